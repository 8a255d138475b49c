-- name: turn_deadlines_into_causes
-- A deadline that passed becomes a cause, once; its episode names the due, so that a new due is a new one.
with passed as (
    delete from deadlines
    where (customer, trigger, matter_id) in (
        select customer, trigger, matter_id
        from deadlines
        where due <= $1
        order by due
        limit $2
        for update skip locked
    )
    returning customer, trigger, matter_id, due, traceparent
)
insert into causes (customer, trigger, episode, at, source, event_id, traceparent)
select
    passed.customer, passed.trigger,
    passed.matter_id || '@' || to_char(passed.due at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    passed.due, (promise.made).source, (promise.made).id, passed.traceparent
from passed
join promises as promise on promise.customer = passed.customer and promise.promise_id = passed.matter_id
order by passed.customer, passed.trigger, passed.matter_id
on conflict (customer, trigger, episode) do nothing;

-- name: stale_readings
-- Whose readings, kept for lists, are older than they may be; nobody waits for another clock's.
select customer
from relationships
where customer > $3 and taken_at < $1
order by customer
limit $2
for no key update skip locked;

-- name: renew_reading
update relationships
set taken_at = $2, strategy = $3, health = $4, recognition = $5, responsiveness = $6, confidence = $7,
    trend = $8, band = $9, canonical = $10
where customer = $1;

-- name: expire_dead_letters
-- Dead letters whose time is over, the oldest first; whoever mends one meanwhile is not kept waiting.
delete from dead_letters
where id in (
    select id from dead_letters where refused_at < $1 order by refused_at limit $2 for update skip locked
);
