-- Who is who: what services read of the links between subjects.

-- name: hold
-- While this is held, nobody's aliases change. Any number may hold it at once. Statements of such a transaction look rows
-- up by their keys, and are planned so, once: planning a look into the journal, which has many parts, for each
-- parameter would take longer than the look; and a plan that was made while a table was empty reads all of it later.
select
    pg_advisory_xact_lock_shared(7306932501446094702),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true);

-- name: hold_alone
-- Whoever changes aliases, or erases a person, does so while nobody else writes.
select
    pg_advisory_xact_lock(7306932501446094702),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true);

-- name: words
-- All that was ever said of the links of some subjects, and of those whom they were ever linked with; each word
-- once, though it stands in both directions. Most subjects have no links, and are done with at the first step;
-- `offset 0` keeps the planner from reading all links there are to find those of a batch.
with recursive near (customer) as (
    select customer from links where customer = any ($1::text[])
    union
    select link.alias
    from near
    cross join lateral (select alias from links where links.customer = near.customer offset 0) as link
)
select link.*
from near
cross join lateral (
    select customer, alias, drawn, time, id, source, retracted_at
    from links
    where links.customer = near.customer and links.customer < links.alias
    offset 0
) as link;

-- name: relationships
select * from relationships where customer = any ($1::text[]);

-- name: judgements
-- What agents judged of some customers, and what was taken back or is contested of them.
select body from journal where customer = any ($1::text[]) and type = 'egard.judgement.made'
union all
select body
from journal
where customer = any ($1::text[]) and type in ('egard.event.retracted', 'egard.record.contested');

-- name: events_of_types
-- The events of some customers that are of some types. Each customer is looked for by itself, in the one part of the
-- journal where its events are.
select event.body
from unnest($1::text[]) as given (customer)
cross join lateral (
    select body
    from journal
    where journal.customer = given.customer and type = any ($2::text[])
    offset 0
) as event;

-- name: events
-- All of them.
select event.body
from unnest($1::text[]) as given (customer)
cross join lateral (select body from journal where journal.customer = given.customer offset 0) as event;
