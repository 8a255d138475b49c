-- Everything that insight asks of PostgreSQL. It only reads.

-- name: is_known
select exists (select from relationships where customer = $1);

-- name: history
-- What is known of a person until an instant, in no order.
select body, arrived
from journal
where customer = any ($1::text[]) and time <= $2;

-- name: knot_events
-- Of a person until an instant, the events of some types, in no order. They are not cut off at an age: a knot stays open
-- as long as more of its evidence comes, and what a contact or a promise is about may have been said long before.
select type, time, body, arrived
from journal
where customer = any ($1::text[]) and type = any ($2::text[]) and time <= $3;

-- name: announced
-- What was announced of a customer before an instant, the latest first: under its own id, and while it was known by
-- another one, what was announced under that.
with own as (
    select *, lead(taken_at, 1, 'infinity') over (order by taken_at) as next
    from history
    where customer = $1
)
select
    coalesce(canonical, customer) as known_as, taken_at, revision, strategy,
    health, recognition, responsiveness, confidence, trend, band
from own
where taken_at < $2
union all
select
    theirs.customer, theirs.taken_at, theirs.revision, theirs.strategy,
    theirs.health, theirs.recognition, theirs.responsiveness, theirs.confidence, theirs.trend, theirs.band
from own
join history as theirs
    on theirs.customer = own.canonical and theirs.taken_at > own.taken_at and theirs.taken_at < own.next
where theirs.canonical is null and theirs.taken_at < $2
order by taken_at desc
limit $3;

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

-- name: cadence
-- How often customers come in general, as the clock last measured it.
select gaps, observed_s from cadence;

-- name: calibration
-- What all customers stated and agents judged, beside what was read by a strategy, as the clock last summed it up.
select * from calibration_sums where strategy = $1;
