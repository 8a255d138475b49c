-- Who is who: what services read of the links between subjects.

-- name: hold
-- While this is held, nobody's aliases change. Any number may hold it at once.
select pg_advisory_xact_lock_shared(7306932501446094702);

-- name: hold_alone
-- Whoever changes aliases, or erases a person, does so while nobody else writes.
select pg_advisory_xact_lock(7306932501446094702);

-- name: words
-- All that was ever said of the links of some subjects, and of those whom they were ever linked with; each word
-- once, though it stands in both directions.
with recursive near (customer) as (
    select given.customer collate "C" from unnest($1::text[]) as given (customer)
    union
    select link.alias from near join links as link using (customer)
)
select link.customer, link.alias, link.drawn, link.time, link.id, link.source, link.retracted_at
from near join links as link using (customer)
where link.customer < link.alias;

-- name: relationships
select * from relationships where customer = any ($1::text[]);
