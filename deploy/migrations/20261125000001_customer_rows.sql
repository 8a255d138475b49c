-- migrate:up

-- Of each customer there is one row: the sums and the reading that was taken of them. The projector locks it, folds,
-- and writes it whole; so a customer costs one write a batch, and the lock on it orders all who write of the customer.
alter table relationships
    -- Matters whose outcome depends on when one looks; where there are none, none need be looked for.
    add column unsettled      integer not null default 0,
    -- Whether an event ever took another one back, or contested something: then every new one is held against it.
    add column corrected      boolean not null default false,
    -- The reading that lists show: when it was taken, when the projector last changed it, by which strategy.
    add column taken_at       timestamptz,
    add column changed_at     timestamptz,
    add column strategy       text,
    add column health         double precision,
    add column recognition    double precision,
    add column responsiveness double precision,
    add column confidence     double precision,
    add column trend          double precision,
    add column band           text,
    -- A person has one reading: it stands under the least of the ids, and under each other one with the name of that.
    add column canonical      text collate "C",
    -- Most customers have most sums at nought, which is kept as null and takes no room.
    alter column bond_recognition_positive drop not null,
    alter column bond_recognition_negative drop not null,
    alter column bond_responsiveness_positive drop not null,
    alter column bond_responsiveness_negative drop not null,
    alter column bond_retelling_negative drop not null,
    alter column bond_retelling_count drop not null,
    alter column bond_overlooked_negative drop not null,
    alter column bond_overlooked_count drop not null,
    alter column bond_unanswered_negative drop not null,
    alter column bond_unanswered_count drop not null,
    alter column bond_broken_word_negative drop not null,
    alter column bond_broken_word_count drop not null,
    alter column mood_recognition_positive drop not null,
    alter column mood_recognition_negative drop not null,
    alter column mood_responsiveness_positive drop not null,
    alter column mood_responsiveness_negative drop not null,
    alter column mood_retelling_negative drop not null,
    alter column mood_retelling_count drop not null,
    alter column mood_overlooked_negative drop not null,
    alter column mood_overlooked_count drop not null,
    alter column mood_unanswered_negative drop not null,
    alter column mood_unanswered_count drop not null,
    alter column mood_broken_word_negative drop not null,
    alter column mood_broken_word_count drop not null;

update relationships as relationship
set taken_at = reading.taken_at,
    changed_at = reading.changed_at,
    strategy = reading.strategy,
    health = reading.health,
    recognition = reading.recognition,
    responsiveness = reading.responsiveness,
    confidence = reading.confidence,
    trend = reading.trend,
    band = reading.band,
    canonical = reading.canonical,
    unsettled = (
        select count(*) from contacts
        where contacts.customer = relationship.customer and answered is null and returned is null
    ) + (
        select count(*) from promises
        where promises.customer = relationship.customer and kept is null and released is null and broken is null
    ),
    corrected = exists (
        select from journal
        where journal.customer = relationship.customer
            and type in ('egard.event.retracted', 'egard.record.contested')
    )
from readings as reading
where reading.customer = relationship.customer;

drop table readings;

alter table relationships
    alter column taken_at set not null,
    alter column changed_at set not null,
    alter column strategy set not null,
    alter column health set not null,
    alter column recognition set not null,
    alter column responsiveness set not null,
    alter column confidence set not null,
    alter column trend set not null,
    alter column band set not null;

create index relationships_band on relationships (band, customer);
create index relationships_changed on relationships (changed_at);
create index relationships_aliases on relationships (canonical) where canonical is not null;

-- migrate:down

create table readings (
    customer       text collate "C" primary key,
    revision       bigint           not null,
    taken_at       timestamptz      not null,
    changed_at     timestamptz      not null,
    strategy       text             not null,
    health         double precision not null,
    recognition    double precision not null,
    responsiveness double precision not null,
    confidence     double precision not null,
    trend          double precision not null,
    band           text             not null,
    canonical      text collate "C"
) with (fillfactor = 80);
insert into readings
select customer, revision, taken_at, changed_at, strategy, health, recognition, responsiveness, confidence, trend, band,
    canonical
from relationships;
create index readings_band on readings (band, customer);
create index readings_taken on readings (taken_at);
create index readings_changed on readings (changed_at);
create index readings_aliases on readings (canonical) where canonical is not null;

drop index relationships_aliases, relationships_changed, relationships_band;

update relationships
set bond_recognition_positive = coalesce(bond_recognition_positive, 0),
    bond_recognition_negative = coalesce(bond_recognition_negative, 0),
    bond_responsiveness_positive = coalesce(bond_responsiveness_positive, 0),
    bond_responsiveness_negative = coalesce(bond_responsiveness_negative, 0),
    bond_retelling_negative = coalesce(bond_retelling_negative, 0),
    bond_retelling_count = coalesce(bond_retelling_count, 0),
    bond_overlooked_negative = coalesce(bond_overlooked_negative, 0),
    bond_overlooked_count = coalesce(bond_overlooked_count, 0),
    bond_unanswered_negative = coalesce(bond_unanswered_negative, 0),
    bond_unanswered_count = coalesce(bond_unanswered_count, 0),
    bond_broken_word_negative = coalesce(bond_broken_word_negative, 0),
    bond_broken_word_count = coalesce(bond_broken_word_count, 0),
    mood_recognition_positive = coalesce(mood_recognition_positive, 0),
    mood_recognition_negative = coalesce(mood_recognition_negative, 0),
    mood_responsiveness_positive = coalesce(mood_responsiveness_positive, 0),
    mood_responsiveness_negative = coalesce(mood_responsiveness_negative, 0),
    mood_retelling_negative = coalesce(mood_retelling_negative, 0),
    mood_retelling_count = coalesce(mood_retelling_count, 0),
    mood_overlooked_negative = coalesce(mood_overlooked_negative, 0),
    mood_overlooked_count = coalesce(mood_overlooked_count, 0),
    mood_unanswered_negative = coalesce(mood_unanswered_negative, 0),
    mood_unanswered_count = coalesce(mood_unanswered_count, 0),
    mood_broken_word_negative = coalesce(mood_broken_word_negative, 0),
    mood_broken_word_count = coalesce(mood_broken_word_count, 0);

alter table relationships
    alter column bond_recognition_positive set not null,
    alter column bond_recognition_negative set not null,
    alter column bond_responsiveness_positive set not null,
    alter column bond_responsiveness_negative set not null,
    alter column bond_retelling_negative set not null,
    alter column bond_retelling_count set not null,
    alter column bond_overlooked_negative set not null,
    alter column bond_overlooked_count set not null,
    alter column bond_unanswered_negative set not null,
    alter column bond_unanswered_count set not null,
    alter column bond_broken_word_negative set not null,
    alter column bond_broken_word_count set not null,
    alter column mood_recognition_positive set not null,
    alter column mood_recognition_negative set not null,
    alter column mood_responsiveness_positive set not null,
    alter column mood_responsiveness_negative set not null,
    alter column mood_retelling_negative set not null,
    alter column mood_retelling_count set not null,
    alter column mood_overlooked_negative set not null,
    alter column mood_overlooked_count set not null,
    alter column mood_unanswered_negative set not null,
    alter column mood_unanswered_count set not null,
    alter column mood_broken_word_negative set not null,
    alter column mood_broken_word_count set not null,
    drop column canonical,
    drop column band,
    drop column trend,
    drop column confidence,
    drop column responsiveness,
    drop column recognition,
    drop column health,
    drop column strategy,
    drop column changed_at,
    drop column taken_at,
    drop column corrected,
    drop column unsettled;
