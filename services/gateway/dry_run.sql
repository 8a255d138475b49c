-- What a dry run asks of PostgreSQL. It writes nothing.

-- name: known_bodies
-- What the journal holds under some identities.
select customer, identity, body
from journal
where (customer, identity) in (select * from unnest($1::text[], $2::bytea[]));

-- name: count_events
-- How long the histories of some customers are.
select coalesce(sum(events), 0)::bigint from relationships where customer = any ($1::text[]);

-- name: measure_events
-- And how large.
select coalesce(sum(octet_length(body)), 0)::bigint from journal where customer = any ($1::text[]);

-- name: history
-- All that the journal holds of some customers.
select customer, body, arrived from journal where customer = any ($1::text[]);

-- name: bands
-- The bands that were last kept: a fall is told from these.
select customer, band from relationships where customer = any ($1::text[]);

-- name: prompts
-- What was prompted for some customers, or withheld.
select customer, to_jsonb(prompts) - array['facts', 'brief'] as prompt
from prompts
where customer = any ($1::text[]);
