-- What waits to be published.

-- name: put
insert into outbox (topic, key, value, traceparent) values ($1, $2, $3, $4);

-- name: alone
-- Whether this relay is the one at work, until its transaction ends.
select pg_try_advisory_xact_lock($1);

-- name: oldest
select id, topic, key, value, traceparent from outbox order by id limit $1;

-- name: delete
delete from outbox where id = any ($1::bigint[]);
