-- The ledgers over all customers. Every list has a limit, and goes on from the last row of the page before.

-- name: owed
-- Promises that are still owed and due in a span, by their due; to customers, to agents, or to both. Of either as
-- many are read as there is room for, so that who has few of them is not looked for among all others.
select found.*
from unnest($6::text[]) as whose (name)
cross join lateral (
    select customer, promise_id, made, renegotiated, kept, released, broken
    from promises
    where kept is null and released is null and broken is null and (made).at is not null
        and coalesce((made)."to", 'customer') = whose.name
        and coalesce((renegotiated).due, (made).due) >= $1 and coalesce((renegotiated).due, (made).due) < $2
        and (coalesce((renegotiated).due, (made).due), customer, promise_id) > ($3::timestamptz, $4::text, $5::text)
    order by coalesce((renegotiated).due, (made).due), customer, promise_id
    limit $7
) as found
order by coalesce((renegotiated).due, (made).due), customer, promise_id
limit $7;

-- name: waiting
-- Contacts that nobody answered and that were first heard of in a span, who waits the longest first.
select customer, contact_id, attempted, answered, missed, returned
from contacts
where answered is null and returned is null
    and least((attempted).at, (missed).at) >= $1 and least((attempted).at, (missed).at) < $2
    and (least((attempted).at, (missed).at), customer, contact_id) > ($3::timestamptz, $4::text, $5::text)
order by least((attempted).at, (missed).at), customer, contact_id
limit $6;

-- name: last_said
-- Events of some types that ledgers are made of, the latest first; likewise of each type as many as there is room for.
select found.*
from unnest($1::text[]) as said (type)
cross join lateral (
    select customer, identity, time, body, arrived
    from journal
    where type = said.type
        and type in (
            'egard.contact.retold', 'egard.recognition.remembered', 'egard.recognition.overlooked',
            'egard.promise.kept', 'egard.promise.broken', 'egard.promise.released'
        )
        and (time, customer, identity) < ($2::timestamptz, $3::text, $4::bytea)
    order by time desc, customer desc, identity desc
    limit $5
) as found
order by time desc, customer desc, identity desc
limit $5;

-- name: corrected
-- What some customers took back or contested.
select body, arrived
from journal
where customer = any ($1::text[]) and type in ('egard.event.retracted', 'egard.record.contested');

-- name: promises_named
-- Some promises, by their keys.
select customer, promise_id, made, renegotiated, kept, released, broken
from promises
where (customer, promise_id) in (select * from unnest($1::text[], $2::text[]));

-- name: contacts_told
-- What was said of the contacts of some customers, and of what they took back.
select body, arrived
from journal
where customer = any ($1::text[]) and type = any ($2::text[]);

-- name: changed
-- Persons to whom something happened since an instant, the latest change first.
select customer, changed_at
from relationships
where canonical is null and (changed_at, customer) < ($1::timestamptz, $2::text) and changed_at >= $3
    and not starts_with(customer, 'agent:')
order by changed_at desc, customer desc
limit $4;
