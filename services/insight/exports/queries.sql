-- What exports ask of PostgreSQL: the readings kept for lists, a page at a time, by customer.

-- name: relationships
-- One for each person, under the canonical id; with the last parameter, one for each id.
select
    customer, coalesce(canonical, customer) as canonical, band, health, recognition, responsiveness, trend, confidence,
    taken_at, changed_at, revision, strategy
from relationships
where customer > $1 and confidence >= $2 and changed_at >= $3 and not starts_with(customer, 'agent:')
    and (canonical is null or $5)
order by customer
limit $4;

-- name: relationships_in_bands
-- The same for some bands.
select
    customer, coalesce(canonical, customer) as canonical, band, health, recognition, responsiveness, trend, confidence,
    taken_at, changed_at, revision, strategy
from relationships
where customer > $1 and confidence >= $2 and changed_at >= $3 and not starts_with(customer, 'agent:')
    and (canonical is null or $5) and band = any ($6::text[])
order by customer
limit $4;
