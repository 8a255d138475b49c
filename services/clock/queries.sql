-- name: turn_deadlines_into_causes
-- A deadline that passed becomes a cause, once; its episode names the due, so that a new due is a new one. Rows are
-- found again by their place: the planner, who does not know the limit, would else look for them in the whole table.
with passed as (
    delete from deadlines
    where ctid = any (array(
        select ctid
        from deadlines
        where due <= $1
        order by due
        limit $2
        for update skip locked
    ))
    returning customer, trigger, matter_id, due, source, event_id, traceparent
)
insert into causes (customer, trigger, episode, at, source, event_id, traceparent)
select
    passed.customer, passed.trigger,
    passed.matter_id || '@' || to_char(passed.due at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    passed.due, passed.source, passed.event_id, passed.traceparent
from passed
order by passed.customer, passed.trigger, passed.matter_id
on conflict (customer, trigger, episode) do nothing;

-- name: next_readings
-- The next of the readings kept for lists, by customer, when each was taken, until when its band is judged, and when time
-- alone may open or close a knot.
select customer, taken_at, judged_until, knots_due_at
from relationships
where customer > $1
order by customer
limit $2;

-- name: renew_readings
-- Puts readings in the place of those that were seen, all at once. Whatever was read anew since is newer than these,
-- and who is being written to just now is left to the next round: nobody is waited for.
with new as (
    select given.*
    from relationships as reading
    join unnest(
        $1::text[], $2::timestamptz[], $3::timestamptz[], $4::double precision[], $5::double precision[],
        $6::double precision[], $7::double precision[], $8::double precision[], $9::text[], $10::text[],
        $11::timestamptz[], $12::boolean[], $13::timestamptz[]
    ) as given (
        customer, seen, taken_at, health, recognition, responsiveness, confidence, trend, band, canonical, judged_until,
        knotted, knots_due_at
    ) on given.customer = reading.customer and given.seen = reading.taken_at
    for no key update of reading skip locked
)
update relationships as reading
set taken_at = new.taken_at, strategy = $14, health = new.health, recognition = new.recognition,
    responsiveness = new.responsiveness, confidence = new.confidence, trend = new.trend, band = new.band,
    canonical = new.canonical, judged_until = new.judged_until, knotted = new.knotted, knots_due_at = new.knots_due_at
from new
where reading.customer = new.customer;

-- name: raise_knots
-- Of some customers time has tied a knot, or untied one: those who have one now are causes to look, once for each instant
-- at which something might have changed. Aliases are looked at with the id they are known by.
with raised as (
    insert into causes (customer, trigger, episode, at, source, event_id)
    select reading.customer, 'knot_opened', 'time@' || extract(epoch from $2::timestamptz)::text, $2, '', ''
    from relationships as reading
    where reading.customer = any ($1::text[]) and reading.knotted and reading.canonical is null
    order by reading.customer
    on conflict (customer, trigger, episode) do nothing
    returning 1
)
select pg_notify('egard_causes', '') where exists (select from raised);

-- name: keep_history
-- What readings of customers after one, up to another, say and their history does not hold yet: the first one, what
-- another strategy says, a change of band (an hour after the last row at least), a day on which something happened,
-- a week on which nothing did. Of an alias only by which id it is known now: its history is that one's. Whose history
-- grows loses what has been kept for long enough.
with kept as (
    insert into history (
        customer, taken_at, revision, strategy,
        health, recognition, responsiveness, confidence, trend, band, canonical
    )
    select
        reading.customer, reading.taken_at, reading.revision, reading.strategy,
        reading.health, reading.recognition, reading.responsiveness, reading.confidence, reading.trend,
        reading.band, reading.canonical
    from relationships as reading
    left join lateral (
        select taken_at, revision, strategy, band, canonical
        from history
        where history.customer = reading.customer
        order by taken_at desc
        limit 1
    ) as latest on true
    where reading.customer > $1 and reading.customer <= $2
        and not starts_with(reading.customer, 'agent:')
        and (
            latest.taken_at is null
            or reading.canonical is distinct from latest.canonical
            or reading.canonical is null and (
                reading.strategy <> latest.strategy
                or reading.band <> latest.band and reading.taken_at >= latest.taken_at + interval '1 hour'
                or reading.revision <> latest.revision and reading.taken_at >= latest.taken_at + interval '1 day'
                or reading.taken_at >= latest.taken_at + interval '7 days'
            )
        )
    order by reading.customer
    on conflict (customer, taken_at) do nothing
    returning customer
),
outlived as (
    delete from history
    where customer = any (array(select customer from kept)) and taken_at < $3
)
select count(*) from kept;

-- name: expire_dead_letters
-- Dead letters whose time is over, the oldest first; whoever mends one meanwhile is not kept waiting.
delete from dead_letters
where ctid = any (array(
    select ctid from dead_letters where refused_at < $1 order by refused_at limit $2 for update skip locked
));

-- name: pages_there
-- On how many pages the rows of relationships lie.
select pg_relation_size('relationships') / current_setting('block_size')::integer;

-- name: sample_contacts
-- When some customers came, each contact by its first event: those on so many percent of the pages of `relationships`,
-- and no more of them than a limit.
select sample.customer, array_agg(contact.began) as began
from (
    select customer
    from relationships tablesample system ($1::double precision)
    where not starts_with(customer, 'agent:')
    limit $2
) as sample
cross join lateral (
    select least((attempted).at, (missed).at, (answered).at, (returned).at) as began
    from contacts
    where contacts.customer = sample.customer
    offset 0
) as contact
group by sample.customer;

-- name: keep_cadence
update cadence set customers = $1, gaps = $2, observed_s = $3, measured_at = $4;

-- name: uncompared
-- What customers after one, up to another, stated and what was judged of them, as far as it is not yet compared with a
-- reading by a strategy; judgements again when they are over. And what was compared, where the customer or anybody who
-- was ever linked with them was written to since: `late` says whether there are other events until its instant than then.
select
    journal.customer, journal.identity, near.revision,
    known.health is null or known.events <> (
        select count(*) from journal as event where event.customer = any (near.names) and event.time <= known.at
    ) as late
from journal
left join comparisons as known
    on known.customer = journal.customer and known.identity = journal.identity and known.strategy = $3
cross join lateral (
    with recursive linked (customer) as (
        select journal.customer
        union
        select link.alias
        from linked
        cross join lateral (select alias from links where links.customer = linked.customer offset 0) as link
    )
    select array_agg(linked.customer) as names, coalesce(sum(reading.revision), 0)::bigint as revision
    from linked
    left join lateral (
        select revision from relationships where relationships.customer = linked.customer offset 0
    ) as reading on true
) as near
where journal.customer > $1 and journal.customer <= $2
    and journal.type in ('egard.judgement.made', 'egard.perception.stated')
    and (
        known.identity is null
        or known.health is null and known.at <= $4
        or known.health is not null and known.revision <> near.revision
    );

-- name: see_comparisons
-- Comparisons of which nothing changed, though somebody was written to.
update comparisons as known
set revision = given.revision
from unnest($1::text[], $2::bytea[], $3::bigint[]) as given (customer, identity, revision)
where known.customer = given.customer and known.identity = given.identity;

-- name: history
-- All that the journal holds of a customer.
select body from journal where customer = $1;

-- name: keep_comparisons
-- Of events that are still there. What is set aside has no instant: it is done with until its customer is folded anew.
insert into comparisons (
    customer, strategy, revision, identity, kind, at, said, health, confidence, stated, events
)
select $1, $2, $3, given.*
from unnest(
    $4::bytea[], $5::text[], $6::timestamptz[], $7::double precision[], $8::double precision[],
    $9::double precision[], $10::double precision[], $11::integer[]
) as given (identity, kind, at, said, health, confidence, stated, events)
where exists (select from journal where journal.customer = $1 and journal.identity = given.identity)
on conflict (customer, identity) do update set
    strategy = excluded.strategy, revision = excluded.revision, kind = excluded.kind, at = excluded.at,
    said = excluded.said, health = excluded.health, confidence = excluded.confidence, stated = excluded.stated,
    events = excluded.events;

-- name: unmeasured
-- Prompts on which the lot of the holdout fell and whose cause lies before an instant, the oldest first, of which it is
-- not yet measured what became of their customer.
select customer, prompt_id, cause_at
from prompts
where arm is not null and measured_at is null and cause_at <= $1
order by cause_at
limit $2;

-- name: keep_measured
-- What became of a customer after some prompts. What is measured once stays, whatever arrives later.
update prompts
set health_then = given.health_then, health_since = given.health_since, complaints = given.complaints,
    renewals = given.renewals, horizon = $7, measured_at = $8
from unnest(
    $2::text[], $3::double precision[], $4::double precision[], $5::integer[], $6::integer[]
) as given (prompt_id, health_then, health_since, complaints, renewals)
where prompts.customer = $1 and prompts.prompt_id = given.prompt_id and prompts.measured_at is null;

-- name: unlooked
-- Customers after one, up to another, of whom nobody knows when to look at them again: at their anniversary if one
-- wants to know ($3), and in some bands ($4) at their silence. Aliases are looked at with the id they are known by.
select
    reading.customer,
    $3::boolean and milestone.customer is null as anniversary,
    reading.band = any ($4::text[]) and silence.customer is null as quiet
from relationships as reading
left join deadlines as milestone
    on milestone.customer = reading.customer and milestone.trigger = 'milestone' and milestone.matter_id = ''
left join deadlines as silence
    on silence.customer = reading.customer and silence.trigger = 'silence' and silence.matter_id = ''
where reading.customer > $1 and reading.customer <= $2
    and reading.canonical is null and not starts_with(reading.customer, 'agent:')
    and (
        $3::boolean and milestone.customer is null
        or reading.band = any ($4::text[]) and silence.customer is null
    )
order by reading.customer;

-- name: cadence
-- How often customers come in general.
select gaps, observed_s from cadence;

-- name: was_prompted
-- Whether there was a prompt, given or withheld.
select exists (select from prompts where prompt_id = $1);

-- name: keep_looks
-- When to look at some again; whoever is gone, or was looked at meanwhile, is left alone.
insert into deadlines (customer, trigger, matter_id, due, source, event_id)
select given.customer, given.trigger, '', given.due, given.source, given.event_id
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
    as given (customer, trigger, due, source, event_id)
where exists (select from relationships where relationships.customer = given.customer)
order by given.customer, given.trigger
on conflict (customer, trigger, matter_id) do nothing;

-- name: sum_up_comparisons
-- What all customers stated and agents judged, held against what was read by a strategy, or what was stated meanwhile:
-- summed up by spans of 20 points, beside what all of a pairing sum up to over customers. Spans that nothing lies in any
-- more are deleted, and what strategies of before came to.
with pairs as (
    select pair.pairing, known.customer, pair.said, pair.against
    from comparisons as known
    cross join lateral (
        values
            (case when known.confidence >= $2 then known.kind else 'not_known' end, known.said, known.health),
            ('judged_and_stated', known.said, known.stated)
    ) as pair (pairing, said, against)
    where known.strategy = $1 and known.health is not null and not starts_with(known.customer, 'agent:')
        and pair.against is not null
        and (pair.pairing <> 'not_known' or known.kind = 'stated')
),
of_customers as (
    select
        pairing, customer, least(4, floor(against / 20)) * 20 as least,
        count(*) as count, sum(said) as said, sum(against) as against, sum(abs(said - against)) as distance
    from pairs
    group by 1, 2, 3
),
spans as (
    select
        pairing, least, sum(count)::bigint as count, sum(said) as said, sum(against) as against,
        sum(distance) as distance
    from of_customers
    group by 1, 2
),
spreads as (
    select
        pairing, count(*) as all_customers, sum(count)::bigint as all_count, sum(differences) as all_differences,
        sum(differences ^ 2) as all_squares, sum(differences * count) as all_products,
        sum(count ^ 2) as all_counts
    from (
        select pairing, customer, sum(count)::double precision as count, sum(said - against) as differences
        from of_customers
        group by 1, 2
    ) as each
    group by 1
),
kept as (
    insert into calibration_sums (
        strategy, pairing, least, count, said, against, distance, all_customers, all_count,
        all_differences, all_squares, all_products, all_counts, summed_at
    )
    select
        $1, pairing, least, count, said, against, distance, all_customers, all_count,
        all_differences, all_squares, all_products, all_counts, $3
    from spans
    join spreads using (pairing)
    on conflict (strategy, pairing, least) do update set
        count = excluded.count, said = excluded.said, against = excluded.against, distance = excluded.distance,
        all_customers = excluded.all_customers, all_count = excluded.all_count,
        all_differences = excluded.all_differences, all_squares = excluded.all_squares,
        all_products = excluded.all_products, all_counts = excluded.all_counts, summed_at = excluded.summed_at
)
delete from calibration_sums
where strategy = $1 and (pairing, least) not in (select pairing, least from spans)
    or strategy <> $1 and summed_at < $3 - interval '1 day';

-- name: waiting
-- Contacts that nobody answered and of which no miss was recorded, after a place ($1, $2, $3) and begun by an instant, in
-- the order of the index that has only those who wait.
select
    customer, contact_id, least((attempted).at, (missed).at) as began, attempted, answered, missed, returned
from contacts
where answered is null and returned is null and missed is null
    and (least((attempted).at, (missed).at), customer, contact_id) > ($1, $2, $3)
    and least((attempted).at, (missed).at) <= $4
order by least((attempted).at, (missed).at), customer, contact_id
limit $5;

-- name: raise_waiting
-- Causes of those who have waited for too long, but for customers who are gone.
with raised as (
    insert into causes (customer, trigger, episode, at, source, event_id)
    select given.customer, 'unanswered', given.episode, given.at, given.source, given.event_id
    from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
        as given (customer, episode, at, source, event_id)
    where exists (select from relationships where relationships.customer = given.customer)
    order by given.customer, given.episode
    on conflict (customer, trigger, episode) do nothing
    returning customer
)
select count(*), pg_notify('egard_causes', '') from raised;
