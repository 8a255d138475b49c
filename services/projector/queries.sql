-- Everything the projector asks of PostgreSQL. Rows are always written in key order, so that two projectors
-- that meet on one customer wait for each other instead of blocking each other.

-- name: positions
-- Where the projector is in the partitions of a topic.
select kafka_partition, next_offset, announced_offset, topic_id
from positions
where topic = $1 and kafka_partition = any ($2::integer[]);

-- name: first_position
-- A partition that was never read begins at its beginning.
insert into positions (topic, kafka_partition, next_offset, announced_offset)
values ($1, $2, $3, $3)
on conflict (topic, kafka_partition) do nothing;

-- name: keep_topic
-- Of which topic a position is, once that is known: a topic that is made anew has another id.
update positions
set topic_id = $3
where topic = $1 and kafka_partition = $2 and topic_id is null;

-- name: advance_position
-- The compare-and-set that opens every batch: only the owner's own position may move. The row stays locked
-- until the batch commits, so a second owner waits here and then finds another value.
update positions
set next_offset = $4, announced_offset = greatest(announced_offset, $5), moved_at = now()
where topic = $1 and kafka_partition = $2 and next_offset = $3
returning next_offset;

-- name: announced
-- What was announced, where no further batch says so.
update positions
set announced_offset = greatest(announced_offset, $3)
where topic = $1 and kafka_partition = $2;

-- name: accept_gap
-- An operator accepts that what lies before the beginning of a partition is lost.
update positions
set next_offset = greatest(next_offset, $3), announced_offset = greatest(announced_offset, $3)
where topic = $1 and kafka_partition = $2;

-- name: accept
-- Writes a batch to the journal and says which of its events are new, by their offsets.
insert into journal (customer, identity, type, time, arrived, kafka_partition, kafka_offset, body)
select customer, identity, type, time, arrived, $8, kafka_offset, body
from unnest($1::text[], $2::bytea[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::bytea[])
    as event (customer, identity, type, time, arrived, kafka_offset, body)
order by customer, identity
on conflict (customer, identity) do nothing
returning kafka_offset;

-- name: known_bodies
-- What the journal holds under identities that came again.
select customer, identity, body
from journal
where (customer, identity) in (select * from unnest($1::text[], $2::bytea[]));

-- name: join_contacts
insert into contacts as contact (customer, contact_id, attempted, answered, missed, returned)
select * from unnest($1::contacts[]) order by 1, 2
on conflict (customer, contact_id) do update set
    attempted = least(contact.attempted, excluded.attempted),
    answered = least(contact.answered, excluded.answered),
    missed = least(contact.missed, excluded.missed),
    returned = least(contact.returned, excluded.returned)
returning
    new.customer, new.contact_id,
    old.attempted, old.answered, old.missed, old.returned,
    new.attempted, new.answered, new.missed, new.returned;

-- name: join_promises
insert into promises as promise (customer, promise_id, made, renegotiated, kept, released, broken)
select * from unnest($1::promises[]) order by 1, 2
on conflict (customer, promise_id) do update set
    made = least(promise.made, excluded.made),
    renegotiated = greatest(promise.renegotiated, excluded.renegotiated),
    kept = least(promise.kept, excluded.kept),
    released = least(promise.released, excluded.released),
    broken = least(promise.broken, excluded.broken)
returning
    new.customer, new.promise_id,
    old.made, old.renegotiated, old.kept, old.released, old.broken,
    new.made, new.renegotiated, new.kept, new.released, new.broken;

-- name: join_complaints
insert into complaints as complaint (customer, complaint_id, raised, accepted, refused)
select * from unnest($1::complaints[]) order by 1, 2
on conflict (customer, complaint_id) do update set
    raised = least(complaint.raised, excluded.raised),
    accepted = least(complaint.accepted, excluded.accepted),
    refused = least(complaint.refused, excluded.refused)
returning
    new.customer, new.complaint_id,
    old.raised, old.accepted, old.refused,
    new.raised, new.accepted, new.refused;

-- name: add_sums
-- Sums only add. Every accepted event of a customer raises the revision once per batch.
insert into relationships as relationship
select * from unnest($1::relationships[]) order by 1
on conflict (customer) do update set
    revision = relationship.revision + 1,
    events = relationship.events + excluded.events,
    newest = greatest(relationship.newest, excluded.newest),
    bond_recognition_positive = relationship.bond_recognition_positive + excluded.bond_recognition_positive,
    bond_recognition_negative = relationship.bond_recognition_negative + excluded.bond_recognition_negative,
    bond_responsiveness_positive = relationship.bond_responsiveness_positive + excluded.bond_responsiveness_positive,
    bond_responsiveness_negative = relationship.bond_responsiveness_negative + excluded.bond_responsiveness_negative,
    bond_retelling_negative = relationship.bond_retelling_negative + excluded.bond_retelling_negative,
    bond_retelling_count = relationship.bond_retelling_count + excluded.bond_retelling_count,
    bond_overlooked_negative = relationship.bond_overlooked_negative + excluded.bond_overlooked_negative,
    bond_overlooked_count = relationship.bond_overlooked_count + excluded.bond_overlooked_count,
    bond_unanswered_negative = relationship.bond_unanswered_negative + excluded.bond_unanswered_negative,
    bond_unanswered_count = relationship.bond_unanswered_count + excluded.bond_unanswered_count,
    bond_broken_word_negative = relationship.bond_broken_word_negative + excluded.bond_broken_word_negative,
    bond_broken_word_count = relationship.bond_broken_word_count + excluded.bond_broken_word_count,
    mood_recognition_positive = relationship.mood_recognition_positive + excluded.mood_recognition_positive,
    mood_recognition_negative = relationship.mood_recognition_negative + excluded.mood_recognition_negative,
    mood_responsiveness_positive = relationship.mood_responsiveness_positive + excluded.mood_responsiveness_positive,
    mood_responsiveness_negative = relationship.mood_responsiveness_negative + excluded.mood_responsiveness_negative,
    mood_retelling_negative = relationship.mood_retelling_negative + excluded.mood_retelling_negative,
    mood_retelling_count = relationship.mood_retelling_count + excluded.mood_retelling_count,
    mood_overlooked_negative = relationship.mood_overlooked_negative + excluded.mood_overlooked_negative,
    mood_overlooked_count = relationship.mood_overlooked_count + excluded.mood_overlooked_count,
    mood_unanswered_negative = relationship.mood_unanswered_negative + excluded.mood_unanswered_negative,
    mood_unanswered_count = relationship.mood_unanswered_count + excluded.mood_unanswered_count,
    mood_broken_word_negative = relationship.mood_broken_word_negative + excluded.mood_broken_word_negative,
    mood_broken_word_count = relationship.mood_broken_word_count + excluded.mood_broken_word_count
returning *;

-- name: corrections
-- What was ever taken back of some customers, and what they ever contested.
select customer, body, arrived
from journal
where customer = any ($1::text[]) and type in ('egard.event.retracted', 'egard.record.contested');

-- name: history
-- All that the journal holds of a customer.
select body, arrived from journal where customer = $1;

-- name: forget_contacts
delete from contacts where customer = $1;

-- name: forget_promises
delete from promises where customer = $1;

-- name: forget_complaints
delete from complaints where customer = $1;

-- name: forget_deadlines
delete from deadlines where customer = $1;

-- name: forget_relationship
-- The row comes back in the same transaction; its revision goes on.
delete from relationships where customer = $1 returning revision;

-- name: keep_readings
-- Keeps the readings that lists show, and returns each band as it was before.
insert into readings as reading (
    customer, revision, taken_at, changed_at, strategy,
    health, recognition, responsiveness, confidence, trend, band, canonical
)
select * from unnest($1::readings[]) order by 1
on conflict (customer) do update set
    revision = excluded.revision,
    taken_at = excluded.taken_at,
    changed_at = excluded.changed_at,
    strategy = excluded.strategy,
    health = excluded.health,
    recognition = excluded.recognition,
    responsiveness = excluded.responsiveness,
    confidence = excluded.confidence,
    trend = excluded.trend,
    band = excluded.band,
    canonical = excluded.canonical
returning new.customer, old.band as was, new.band as band;

-- name: set_deadlines
insert into deadlines (customer, trigger, matter_id, due, traceparent)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[]) order by 1, 2, 3
on conflict (customer, trigger, matter_id) do update set due = excluded.due;

-- name: void_deadlines
delete from deadlines
where (customer, trigger, matter_id) in (select * from unnest($1::text[], $2::text[], $3::text[]));

-- name: raise_causes
insert into causes (customer, trigger, episode, at, source, event_id, traceparent)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
order by 1, 2, 3
on conflict (customer, trigger, episode) do nothing;

-- name: keep_dead_letters
insert into dead_letters (
    topic, kafka_partition, kafka_offset, key, value, headers, reason, detail, pointer,
    source, event_id, subject, identity
)
select $1, $2, * from unnest(
    $3::bigint[], $4::bytea[], $5::bytea[], $6::jsonb[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::bytea[]
);

-- name: clear_redriven
-- What came in place of these dead letters is in the journal. Where it was there before, those for id_reused
-- stay: it may be the very event that their id belongs to.
delete from dead_letters
where id in (
    select letter.id
    from dead_letters as letter
    join unnest($1::bigint[], $2::uuid[], $3::boolean[]) as named (id, token, new) using (id, token)
    where named.new or letter.reason <> 'id_reused'
    order by letter.id
    for update of letter
);

-- name: clear_corrected
-- These events are new in the journal: what was refused under their names is mended.
delete from dead_letters
where id in (
    select letter.id
    from dead_letters as letter
    join unnest($1::text[], $2::bytea[]) as accepted (customer, identity) using (identity)
    where letter.subject is null or letter.subject = accepted.customer
    order by letter.id
    for update of letter
);

-- name: refuse_again
-- Dead letters that were sent again and refused again: the same rows, with what was wrong this time.
with again as (
    select distinct on (id, token) *
    from unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::text[])
        as named (id, token, value, reason, detail, pointer)
    order by id, token
),
there as (
    select id, token
    from dead_letters as letter
    join again using (id, token)
    order by letter.id
    for update of letter
)
update dead_letters as letter
set attempts = letter.attempts + 1,
    refused_at = now(),
    reason = again.reason,
    pointer = again.pointer,
    detail = case when again.value is distinct from letter.value then 'What was sent in its place: ' else '' end
        || again.detail
from again
join there using (id, token)
where letter.id = again.id
returning letter.id, letter.token;

-- name: unannounced
-- Readings of the customers whose events lie between what was announced and what was committed, and of all whom
-- they are, or were, linked with; without a reading where there is none any more.
with touched as (
    select distinct customer
    from journal
    where kafka_partition = $1 and kafka_offset >= $2 and kafka_offset < $3
),
near as (
    select customer from touched
    union
    select link.alias from touched join links as link using (customer)
),
persons as (
    select distinct coalesce(reading.canonical, near.customer) as canonical
    from near left join readings as reading using (customer)
),
names as (
    select customer from near
    union
    select canonical from persons
    union
    select reading.customer from persons join readings as reading using (canonical)
)
select names.customer as name, reading.*
from names left join readings as reading using (customer)
order by names.customer;
