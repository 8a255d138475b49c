-- migrate:up

-- Who is the same person as whom: what events said of each pair of subjects, in both directions. For each pair the
-- last word that stands counts, by (time, rank of type, id, source); so the order of arrival does not matter.
create table links (
    customer     text collate "C" not null,
    alias        text collate "C" not null,
    -- Which of the two the event is of, and its identity there.
    said_by      text collate "C" not null,
    identity     bytea            not null,
    -- Whether it says that they are one person, or that they are not.
    drawn        boolean          not null,
    time         timestamptz      not null,
    id           text collate "C" not null,
    source       text collate "C" not null,
    -- When it was first taken back; null where it stands.
    retracted_at timestamptz,
    primary key (customer, alias, said_by, identity)
);

create index journal_links on journal (customer)
where type in ('egard.customer.linked', 'egard.customer.unlinked');

-- A person has one reading: it stands under the least of the ids, and under each other one with the name of that.
alter table readings add column canonical text collate "C";
create index readings_aliases on readings (canonical) where canonical is not null;

-- Under which ids the reason of a prompt arose, first that of the matter itself; null where that is `customer`.
alter table prompts add column subjects text[] collate "C";
create index prompts_subjects on prompts using gin (subjects) where subjects is not null;

-- What the journal holds already was said before there was this table.
insert into links (customer, alias, said_by, identity, drawn, time, id, source, retracted_at)
with words as (
    select
        customer as said_by, convert_from(body, 'UTF8')::jsonb #>> '{data,alias}' as other, identity,
        type = 'egard.customer.linked' as drawn, time,
        convert_from(body, 'UTF8')::jsonb ->> 'id' as id,
        convert_from(body, 'UTF8')::jsonb ->> 'source' as source
    from journal
    where type in ('egard.customer.linked', 'egard.customer.unlinked')
),
retractions as (
    select
        customer,
        convert_from(body, 'UTF8')::jsonb #>> '{data,source}' as source,
        convert_from(body, 'UTF8')::jsonb #>> '{data,id}' as id,
        min(time) as time
    from journal
    where type = 'egard.event.retracted'
    group by 1, 2, 3
),
found as (
    select words.*, retractions.time as retracted_at
    from words
    left join retractions
        on retractions.customer = words.said_by
        and retractions.source = words.source
        and retractions.id = words.id
    where words.said_by <> words.other collate "C"
        and not starts_with(words.said_by, 'agent:')
        and not starts_with(words.other, 'agent:')
)
select said_by, other, said_by, identity, drawn, time, id, source, retracted_at from found
union all
select other, said_by, said_by, identity, drawn, time, id, source, retracted_at from found;

-- ----------------------------------------------------------------------------------------------- erasure

-- What stays of an erasure: when, and how many rows went. Nothing here tells of whom.
create table erasures (
    id          bigint      generated always as identity primary key,
    asked_at    timestamptz not null,
    swept_at    timestamptz not null default clock_timestamp(),
    -- When it was swept again, after every partition had passed the end that it had at the first time.
    finished_at timestamptz,
    rows        bigint      not null,
    -- These ends, by partition; null until they were asked for.
    ends        jsonb,
    -- Which key the hashes were made with.
    key_id      text        not null
);
create index erasures_under_way on erasures (id) where finished_at is null;

-- Keyed hashes of the ids that were erased: whatever comes of them later is refused.
create table erased (
    hash    bytea  primary key,
    erasure bigint not null
);

-- The ids themselves, until the second sweep is over.
create table erasing (
    customer text collate "C" not null,
    erasure  bigint           not null,
    primary key (customer, erasure)
);

-- The key of these hashes, where EGARD_ERASURE_KEY does not give another: 244 random bits of this installation.
create table erasure_key (
    single boolean primary key default true check (single),
    key    bytea   not null
);
insert into erasure_key (key)
select decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

-- migrate:down

drop table erasure_key, erasing, erased, erasures;
drop index prompts_subjects, readings_aliases, journal_links;
alter table prompts drop column subjects;
alter table readings drop column canonical;
drop table links;
