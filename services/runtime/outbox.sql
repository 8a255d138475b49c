-- The outbox: what was decided and is still to be published.

-- name: put
-- Stores records in the order in which they are to be published, and wakes the relays of whoever does so.
with put as (
    insert into outbox (topic, key, value, traceparent)
    select topic, key, value, traceparent
    from unnest($1::text[], $2::bytea[], $3::bytea[], $4::text[])
        with ordinality as entry (topic, key, value, traceparent, place)
    order by place
)
select pg_notify('egard_outbox', $5::text);

-- name: try_to_relay
-- One relay works at a time, so that a customer's events keep their order. (The number spells "egard".)
select pg_try_advisory_xact_lock(435526136420);

-- name: take
select id, topic, key, value, traceparent from outbox order by id limit $1;

-- name: delete
delete from outbox where id = any ($1::bigint[]);
