-- What `egard customer` reads of a person. It writes nothing here: links and erasure are events.

-- name: known
-- Which of some ids anything is kept of.
select customer from relationships where customer = any ($1::text[]) order by customer;

-- name: there
-- Whether an event is in the journal.
select exists (select from journal where customer = $1 and identity = $2);

-- name: erasure
-- The erasure of somebody, by a hash of the id.
select erasure.id, erasure.swept_at, erasure.finished_at, erasure.rows
from erased join erasures as erasure on erasure.id = erased.erasure
where erased.hash = $1;

-- name: count_events
select count(*) from journal where customer = any ($1::text[]);

-- name: events
select customer, arrived, kafka_partition, kafka_offset, body
from journal
where customer = any ($1::text[])
order by time, customer, identity;

-- name: links
select customer, alias, said_by, drawn, time, source, id, retracted_at
from links
where customer = any ($1::text[])
order by time, source, id, customer;

-- name: contacts
select * from contacts where customer = any ($1::text[]) order by customer, contact_id;

-- name: promises
select * from promises where customer = any ($1::text[]) order by customer, promise_id;

-- name: complaints
select * from complaints where customer = any ($1::text[]) order by customer, complaint_id;

-- name: relationships
select * from relationships where customer = any ($1::text[]) order by customer;

-- name: history
-- Readings as they were announced.
select * from history where customer = any ($1::text[]) order by customer, taken_at;

-- name: comparisons
-- What was said under these ids, beside what was read.
select * from comparisons where customer = any ($1::text[]) order by customer, at, identity;

-- name: prompts
-- Also those of others that rest on what happened under these ids.
select *
from prompts
where customer = any ($1::text[]) or subjects && $1::text[]
order by prompted_at, prompt_id;

-- name: deadlines
select * from deadlines where customer = any ($1::text[]) order by due, customer;

-- name: causes
select * from causes where customer = any ($1::text[]) order by at, customer;

-- name: outbox
-- What is still to be published.
select topic, convert_from(value, 'UTF8') as value
from outbox
where key = any ($1::bytea[]) and value is not null
order by id;

-- name: dead_letters
-- Those that name them: as what they are of, as a key, or anywhere as a text of its own.
select *
from dead_letters
where subject = any ($1::text[])
    or key = any ($2::bytea[])
    or exists (select from unnest($3::bytea[]) as named (text) where position(named.text in value) > 0)
    or exists (select from unnest($4::jsonb[]) as named (header) where headers @> named.header)
order by id;
