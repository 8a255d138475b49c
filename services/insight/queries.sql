-- Everything that insight asks of PostgreSQL. It only reads.

-- name: is_known
select exists (select from relationships where customer = $1);

-- name: history
-- What is known of a person until an instant, in no order.
select body, arrived
from journal
where customer = any ($1::text[]) and time <= $2;

-- name: timeline
-- The events at an instant, and some before it, with all that share the last one's time. Within one instant
-- their order is the language's, which the journal does not keep: the reader sorts and cuts.
(
    select body, arrived
    from journal
    where customer = any ($1::text[]) and time = $2
)
union all
(
    select body, arrived
    from journal
    where customer = any ($1::text[]) and time < $2
    order by time desc
    fetch first $3 rows with ties
);

-- name: corrections
-- What was taken back of a person until an instant, and what the person contested.
select body, arrived
from journal
where customer = any ($1::text[]) and type in ('egard.event.retracted', 'egard.record.contested') and time <= $2;

-- name: promises
select customer, promise_id, made, renegotiated, kept, released, broken
from promises
where customer = any ($1::text[]);

-- name: relationships
-- A page of the readings kept for lists, by customer: one for each person, under the canonical id. Agents have
-- none: nobody reads a relationship of theirs.
select *
from relationships
where canonical is null and customer > $1 and confidence >= $2 and changed_at >= $3 and not starts_with(customer, 'agent:')
order by customer
limit $4;

-- name: relationships_in_bands
-- The same for some bands; a statement of its own, so that it can use the index by band.
select *
from relationships
where canonical is null and customer > $1 and confidence >= $2 and changed_at >= $3
    and not starts_with(customer, 'agent:') and band = any ($5::text[])
order by customer
limit $4;

-- name: latest
-- A page of the readings kept for lists, the latest change first. Whoever is looked for is found by an alias too.
select *
from relationships as relationship
where canonical is null and (changed_at, customer) < ($1, $2) and confidence >= $3
    and (
        starts_with(customer, $4)
        or exists (
            select from relationships as alias
            where alias.canonical = relationship.customer and starts_with(alias.customer, $4)
        )
    )
    and not starts_with(customer, 'agent:')
    and (cardinality($6::text[]) = 0 or band = any ($6::text[]))
order by changed_at desc, customer desc
limit $5;

-- name: count_bands
select band, count(*) as relationships
from relationships
where canonical is null and not starts_with(customer, 'agent:')
group by band;
