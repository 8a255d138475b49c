-- Erasure: what is kept of some ids goes, table by table. What others still work on comes first: they are
-- waited for, and find nothing afterwards.

-- name: stop_rebuild
-- A rebuild writes nothing of anybody, and has written all that it read, until the sweep is over.
select pg_advisory_xact_lock(7306932501446094703);

-- name: sweep_causes
delete from causes where customer = any ($1::text[]);

-- name: lock_customers
-- Decisions about them that are under way end first.
select pg_advisory_xact_lock(hashtextextended(customer, 0))
from (select customer from unnest($1::text[]) as given (customer) order by 1) as ordered;

-- name: sweep_deadlines
delete from deadlines where customer = any ($1::text[]);

-- name: sweep_prompts
-- Also those of others that rest on what happened under these ids.
delete from prompts where customer = any ($1::text[]) or subjects && $1::text[];

-- name: sweep_outbox
delete from outbox where key = any ($1::bytea[]);

-- name: sweep_journal
delete from journal where customer = any ($1::text[]);

-- name: sweep_words_of_others
-- What others, no longer linked with them, said of such links. Each word stands in both directions.
delete from journal
where (customer, identity) in (
    select said_by, identity from links where customer = any ($1::text[]) and said_by <> all ($1::text[])
)
returning customer;

-- name: count_again
-- The others' events are fewer then.
update relationships
set events = events - fewer.count,
    newest = coalesce(
        (select max(time) from journal where journal.customer = relationships.customer),
        timestamptz '0001-01-02 00:00:00+00'
    )
from (select customer, count(*) from unnest($1::text[]) as given (customer) group by customer) as fewer
where relationships.customer = fewer.customer collate "C";

-- name: sweep_links
-- In both directions.
delete from links
where ctid = any (array(
    select ctid from links where customer = any ($1::text[])
    union
    select mirrored.ctid
    from links as link
    join links as mirrored on mirrored.customer = link.alias and mirrored.alias = link.customer
    where link.customer = any ($1::text[])
));

-- name: sweep_contacts
delete from contacts where customer = any ($1::text[]);

-- name: sweep_promises
delete from promises where customer = any ($1::text[]);

-- name: sweep_complaints
delete from complaints where customer = any ($1::text[]);

-- name: sweep_history
-- Also the rows of others that say by which of these ids they were known.
delete from history where customer = any ($1::text[]) or canonical = any ($1::text[]);

-- name: sweep_comparisons
delete from comparisons where customer = any ($1::text[]);

-- name: sweep_relationships
delete from relationships where customer = any ($1::text[]);

-- name: sweep_dead_letters
-- Whatever names them: as what it is of, as a key, or anywhere as a text of its own.
delete from dead_letters
where subject = any ($1::text[])
    or key = any ($2::bytea[])
    or exists (select from unnest($3::bytea[]) as named (text) where position(named.text in value) > 0)
    or exists (select from unnest($4::jsonb[]) as named (header) where headers @> named.header);

-- name: announce_gone
-- Of whom nothing is kept any more, though they are not erased: a process that dies before it says so leaves that to another.
insert into unannounced (customer) select unnest($1::text[]) on conflict do nothing;

-- name: sweep_unannounced
delete from unannounced where customer = any ($1::text[]);

-- name: rebuilding
-- Whether a rebuild was begun, be it at work or interrupted.
select to_regclass('rebuilding.state') is not null;

-- name: sweep_rebuilding
-- What it folded beside goes too. Those others are folded again.
with
swept_links as (delete from rebuilding.links where customer = any ($1::text[]) or alias = any ($1::text[])),
swept_contacts as (delete from rebuilding.contacts where customer = any ($1::text[])),
swept_promises as (delete from rebuilding.promises where customer = any ($1::text[])),
swept_complaints as (delete from rebuilding.complaints where customer = any ($1::text[])),
swept_relationships as (delete from rebuilding.relationships where customer = any ($1::text[])),
swept_deadlines as (delete from rebuilding.deadlines where customer = any ($1::text[])),
swept_unannounced as (delete from rebuilding.unannounced where customer = any ($1::text[])),
swept_again as (delete from rebuilding.again where customer = any ($1::text[])),
-- A part that came as far as to one of them came as far as to who is before that one.
swept_parts as (
    update rebuilding.parts as part
    set after = coalesce(
        (
            select customer
            from journal
            where customer < part.after and satisfies_hash_partition('journal'::regclass, 8, part.part, customer)
            order by customer desc
            limit 1
        ),
        ''
    )
    where part.after = any ($1::text[]) and part.part >= 0
),
swept_links_part as (update rebuilding.parts set after = '' where after = any ($1::text[]) and part < 0)
insert into rebuilding.again (customer)
select distinct customer from unnest($2::text[]) as others (customer)
on conflict do nothing;

-- name: note_erasure
insert into erasures (asked_at, rows, key_id) values ($1, $2, $3) returning id;

-- name: note_hashes
insert into erased (hash, erasure) select hash, $2 from unnest($1::bytea[]) as given (hash)
on conflict (hash) do nothing;

-- name: note_names
insert into erasing (customer, erasure) select customer, $2 from unnest($1::text[]) as given (customer);

-- name: under_way
-- Erasures that are to be swept again.
select id, ends is null as unasked from erasures where finished_at is null order by id;

-- name: note_ends
update erasures set ends = $2 where id = $1 and ends is null;

-- name: passed
-- Those of which every partition has passed the end that was noted, and announced what came before it. A transaction ends
-- with a marker, which nobody applies: whoever has read on from where all is applied and announced has passed it too.
select erasure.id
from erasures as erasure
where erasure.finished_at is null and erasure.ends is not null
    and not exists (
        select
        from jsonb_each_text(erasure.ends) as noted (number, ending)
        left join positions as position
            on position.topic = $1 and position.kafka_partition = noted.number::integer
        cross join lateral (select least(position.announced_offset, position.next_offset) as done) as reached
        where reached.done is null
            or greatest(reached.done, case when position.read_from = reached.done then position.read_until end)
                < noted.ending::bigint
    )
order by erasure.id;

-- name: names
select customer from erasing where erasure = $1 order by customer;

-- name: swept_again
update erasures set rows = rows + $2 where id = $1;

-- name: forget_names
delete from erasing where erasure = $1;

-- name: finish
update erasures set finished_at = clock_timestamp() where id = $1 and finished_at is null;
