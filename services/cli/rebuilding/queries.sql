-- What a rebuild reads of the journal and of the tables that are used, and writes beside them. Its sessions look for
-- names in the schema `rebuilding` first: what is asked of `links` there is answered from the new table.

-- name: alone
-- One rebuild at a time. Held until the session ends.
select pg_try_advisory_lock(7306932501446094704);

-- name: work
-- Held by every session that folds: whoever begins waits until those of an earlier run are gone.
select pg_advisory_lock_shared(7306932501446094705);

-- name: nobody_works
select pg_advisory_xact_lock(7306932501446094705);

-- name: no_erasure
-- While this is held nobody is swept: what was read of somebody may be written.
select pg_advisory_xact_lock_shared(7306932501446094703);

-- name: erasures
-- Another value than before says that somebody was swept since.
select coalesce(max(id), 0)::text || ' ' || coalesce(sum(rows), 0)::text from public.erasures;

-- name: gone
-- Of whom the journal has nothing any more.
select given.customer
from unnest($1::text[]) as given (customer)
where not exists (select from public.journal where journal.customer = given.customer);

-- name: part_0
select body from public.journal_0 where customer > $1 order by customer;

-- name: part_1
select body from public.journal_1 where customer > $1 order by customer;

-- name: part_2
select body from public.journal_2 where customer > $1 order by customer;

-- name: part_3
select body from public.journal_3 where customer > $1 order by customer;

-- name: part_4
select body from public.journal_4 where customer > $1 order by customer;

-- name: part_5
select body from public.journal_5 where customer > $1 order by customer;

-- name: part_6
select body from public.journal_6 where customer > $1 order by customer;

-- name: part_7
select body from public.journal_7 where customer > $1 order by customer;

-- name: where_part_stands
select after, folded, done from rebuilding.parts where part = $1;

-- name: advance_part
-- A slice and this mark are one transaction; whoever has another idea of how far the part is writes nothing.
update rebuilding.parts
set after = case when $5 then '' else $3 end, folded = folded + $4, done = $5
where part = $1 and folded = $2 and not done;

-- name: part_done
update rebuilding.parts set done = true where part = $1;

-- name: history
select body from public.journal where customer = $1;

-- name: histories
-- All that the journal holds of some customers, one after the other. Each is looked for by itself, in the one part where
-- its events are.
select event.body
from unnest($1::text[]) as given (customer)
cross join lateral (
    select customer, body from public.journal where journal.customer = given.customer offset 0
) as event
order by event.customer;

-- name: before
-- What is used of some customers.
select customer, revision, taken_at, changed_at, health, recognition, responsiveness, confidence, trend, band, canonical
from public.relationships
where customer = any ($1::text[]);

-- name: any_links
select exists (select from rebuilding.links);

-- name: linked
select distinct customer from rebuilding.links where customer = any ($1::text[]);

-- name: speakers
-- Who said anything of links, some at a time.
select distinct customer
from public.journal
where type in ('egard.customer.linked', 'egard.customer.unlinked') and customer > $1
order by customer
limit $2;

-- name: unsay
delete from rebuilding.links where said_by = any ($1::text[]);

-- name: again_linked
-- Whom some speakers named is folded with all that they are linked with, once everybody's words are known.
insert into rebuilding.again (customer)
select distinct customer from rebuilding.links where said_by = any ($1::text[])
on conflict do nothing;

-- name: positions
select kafka_partition, next_offset, topic_id from public.positions where topic = $1 order by kafka_partition;

-- name: since
select kafka_partition, next_offset, topic_id from rebuilding.since order by kafka_partition;

-- name: move_since
insert into rebuilding.since (kafka_partition, next_offset, topic_id)
select * from unnest($1::integer[], $2::bigint[], $3::uuid[])
on conflict (kafka_partition) do update set next_offset = excluded.next_offset, topic_id = excluded.topic_id;

-- name: touch
-- Of whom something was journalled between two offsets of a partition.
insert into rebuilding.again (customer)
select distinct customer
from public.journal
where kafka_partition = $1 and kafka_offset >= $2 and kafka_offset < $3
on conflict do nothing;

-- name: spoke
-- Who spoke of links there, or took something back.
select distinct customer
from public.journal
where kafka_partition = $1 and kafka_offset >= $2 and kafka_offset < $3
    and type in (
        'egard.customer.linked', 'egard.customer.unlinked', 'egard.event.retracted', 'egard.record.contested'
    );

-- name: near
-- Who is to be folded again, and everybody whom they are or ever were linked with.
with recursive near (customer) as (
    select customer from rebuilding.again
    union
    select link.alias
    from near
    cross join lateral (select alias from rebuilding.links where links.customer = near.customer offset 0) as link
)
select customer from near order by customer;

-- name: near_links
-- Who was ever linked with whom among some.
select distinct customer, alias from rebuilding.links where customer = any ($1::text[]) and customer < alias;

-- name: clear_relationships
delete from rebuilding.relationships where customer = any ($1::text[]);

-- name: clear_contacts
delete from rebuilding.contacts where customer = any ($1::text[]);

-- name: clear_promises
delete from rebuilding.promises where customer = any ($1::text[]);

-- name: clear_complaints
delete from rebuilding.complaints where customer = any ($1::text[]);

-- name: clear_deadlines
delete from rebuilding.deadlines where customer = any ($1::text[]);

-- name: clear_unannounced
delete from rebuilding.unannounced where customer = any ($1::text[]);

-- name: clear_again
delete from rebuilding.again where customer = any ($1::text[]);

-- name: count_changed
select count(*) from rebuilding.unannounced;
