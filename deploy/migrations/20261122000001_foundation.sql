-- migrate:up

-- Égard's memory. Every table is keyed first by customer and has no constraint across customers, so that
-- sharding by customer stays open. Names sort bytewise (collation C), as they do in the code.

-- ------------------------------------------------------------------------------------ the journal

-- Every accepted event, once: the record. `identity` is a 128-bit hash of (source, id).
create table journal (
    customer        text collate "C" not null,
    identity        bytea            not null,
    type            text             not null,
    time            timestamptz      not null,
    arrived         timestamptz      not null,
    kafka_partition integer          not null,
    kafka_offset    bigint           not null,
    body            bytea            not null,
    primary key (customer, identity)
) partition by hash (customer);

create table journal_0 partition of journal for values with (modulus 8, remainder 0);
create table journal_1 partition of journal for values with (modulus 8, remainder 1);
create table journal_2 partition of journal for values with (modulus 8, remainder 2);
create table journal_3 partition of journal for values with (modulus 8, remainder 3);
create table journal_4 partition of journal for values with (modulus 8, remainder 4);
create table journal_5 partition of journal for values with (modulus 8, remainder 5);
create table journal_6 partition of journal for values with (modulus 8, remainder 6);
create table journal_7 partition of journal for values with (modulus 8, remainder 7);

-- Retractions are few, and every batch asks for those of its customers.
create index journal_retractions on journal (customer) where type = 'egard.event.retracted';

create index journal_place on journal using brin (kafka_partition, kafka_offset);

-- Where the projector is in each partition. A batch is one transaction that begins by moving `next_offset`
-- from the owner's own value: whoever holds another value writes nothing.
create table positions (
    topic            text        not null,
    kafka_partition  integer     not null,
    next_offset      bigint      not null,
    announced_offset bigint      not null,
    moved_at         timestamptz not null default now(),
    primary key (topic, kafka_partition)
);

-- What was refused on the topic, with its reason and its place, to be mended and sent again.
create table dead_letters (
    id              bigint generated always as identity primary key,
    topic           text        not null,
    kafka_partition integer     not null,
    kafka_offset    bigint      not null,
    key             bytea,
    value           bytea,
    headers         jsonb       not null,
    reason          text        not null,
    detail          text        not null,
    pointer         text        not null,
    refused_at      timestamptz not null default now(),
    unique (topic, kafka_partition, kafka_offset)
);

-- ---------------------------------------------------------------------------------------- matters

-- The parts of a matter: what one event says of it. Composite values compare field by field, so least()
-- keeps the earliest by (at, id, source): the join of two rows in any order.
create type part as (at timestamptz, id text collate "C", source text collate "C");
create type attempt as (
    at timestamptz, id text collate "C", source text collate "C", channel text, reason text, case_id text
);
create type answer as (
    at timestamptz, id text collate "C", source text collate "C",
    channel text, by text, agent_id text, waited_s double precision
);
create type miss as (
    at timestamptz, id text collate "C", source text collate "C",
    channel text, cause text, waited_s double precision
);
create type pledge as (
    at timestamptz, id text collate "C", source text collate "C",
    due timestamptz, what text, agent_id text, "to" text
);
create type renegotiation as (at timestamptz, id text collate "C", source text collate "C", due timestamptz);
create type grievance as (
    at timestamptz, id text collate "C", source text collate "C", severity double precision, case_id text
);

create table contacts (
    customer   text collate "C" not null,
    contact_id text collate "C" not null,
    attempted  attempt,
    answered   answer,
    missed     miss,
    returned   part,
    primary key (customer, contact_id)
);
create index contacts_open on contacts (customer) where answered is null and returned is null;

create table promises (
    customer     text collate "C" not null,
    promise_id   text collate "C" not null,
    made         pledge,
    renegotiated renegotiation,
    kept         part,
    released     part,
    broken       part,
    primary key (customer, promise_id)
);
create index promises_open on promises (customer) where kept is null and released is null and broken is null;

create table complaints (
    customer     text collate "C" not null,
    complaint_id text collate "C" not null,
    raised       grievance,
    accepted     part,
    refused      part,
    primary key (customer, complaint_id)
);

-- ---------------------------------------------------------------------------------- relationships

-- Forward-decay sums: they only add. `revision` counts the batches that touched the customer.
create table relationships (
    customer                     text collate "C" primary key,
    revision                     bigint           not null,
    events                       bigint           not null,
    newest                       timestamptz      not null,
    bond_recognition_positive    double precision not null,
    bond_recognition_negative    double precision not null,
    bond_responsiveness_positive double precision not null,
    bond_responsiveness_negative double precision not null,
    bond_retelling_negative      double precision not null,
    bond_retelling_count         double precision not null,
    bond_overlooked_negative     double precision not null,
    bond_overlooked_count        double precision not null,
    bond_unanswered_negative     double precision not null,
    bond_unanswered_count        double precision not null,
    bond_broken_word_negative    double precision not null,
    bond_broken_word_count       double precision not null,
    mood_recognition_positive    double precision not null,
    mood_recognition_negative    double precision not null,
    mood_responsiveness_positive double precision not null,
    mood_responsiveness_negative double precision not null,
    mood_retelling_negative      double precision not null,
    mood_retelling_count         double precision not null,
    mood_overlooked_negative     double precision not null,
    mood_overlooked_count        double precision not null,
    mood_unanswered_negative     double precision not null,
    mood_unanswered_count        double precision not null,
    mood_broken_word_negative    double precision not null,
    mood_broken_word_count       double precision not null
) with (fillfactor = 80);

-- Readings kept for lists: each says when it was taken, and by which strategy.
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
    band           text             not null
) with (fillfactor = 80);
create index readings_band on readings (band, customer);
create index readings_taken on readings (taken_at);
create index readings_changed on readings (changed_at);

-- --------------------------------------------------------------------------------- from reading to person

-- What must happen by a time. The clock turns those that passed into causes.
create table deadlines (
    customer    text collate "C" not null,
    trigger     text             not null,
    matter_id   text collate "C" not null,
    due         timestamptz      not null,
    traceparent text,
    primary key (customer, trigger, matter_id)
);
create index deadlines_due on deadlines (due);

-- Why a prompt may be due. Outreach takes them and decides.
create table causes (
    customer    text collate "C" not null,
    trigger     text             not null,
    episode     text collate "C" not null,
    at          timestamptz      not null,
    source      text             not null,
    event_id    text             not null,
    traceparent text,
    arisen_at   timestamptz      not null default clock_timestamp(),
    primary key (customer, trigger, episode)
);
create index causes_arisen on causes (arisen_at);

-- What agents are asked, and what became of it; withheld ones stand here too, so that they can be seen.
create table prompts (
    customer    text collate "C" not null,
    prompt_id   text collate "C" not null,
    trigger     text             not null,
    episode     text collate "C" not null,
    matter_id   text collate "C",
    state       text             not null
        check (state in ('open', 'claimed', 'snoozed', 'done', 'declined', 'expired', 'withheld')),
    -- Why it was not given, where it was not.
    withheld    text,
    cause_at    timestamptz      not null,
    prompted_at timestamptz      not null,
    priority    double precision not null,
    minutes     double precision not null,
    strategy    text             not null,
    facts       jsonb            not null,
    agent_id    text,
    lease_until timestamptz,
    closed_at   timestamptz,
    actions     integer          not null default 0,
    traceparent text,
    changed_at  timestamptz      not null default clock_timestamp(),
    primary key (customer, prompt_id)
);
create index prompts_id on prompts (prompt_id);
create index prompts_waiting on prompts (priority desc, prompted_at) where state in ('open', 'claimed', 'snoozed');
create index prompts_changed on prompts (changed_at);

-- Events and prompts that were decided in a transaction and are still to be published.
create table outbox (
    id          bigint generated always as identity primary key,
    topic       text  not null,
    key         bytea not null,
    value       bytea not null,
    traceparent text
);

-- migrate:down

drop table outbox, prompts, causes, deadlines, readings, relationships, complaints, promises, contacts,
    dead_letters, positions, journal;
drop type grievance, renegotiation, pledge, miss, answer, attempt, part;
