-- What is asked about the team: who is there, and what minutes they have given and have in hand.

-- name: team
-- Shifts and hard contacts since an instant, and what was taken back by those who told of them.
with told as materialized (
    select customer, body, arrived
    from journal
    where type in ('egard.team.shift_started', 'egard.team.shift_ended', 'egard.contact.strained') and time > $1
)
select body, arrived from told
union all
select retraction.body, retraction.arrived
from (select distinct customer from told) as who
join journal as retraction
    on retraction.customer = who.customer and retraction.type = 'egard.event.retracted';

-- name: tells_of_shifts
-- Whether anybody published a shift since an instant.
select exists (
    select
    from journal
    where type in ('egard.team.shift_started', 'egard.team.shift_ended', 'egard.contact.strained')
        and type <> 'egard.contact.strained' and time > $1
);

-- name: in_hand
-- The minutes that agents were offered or have claimed, and those of what they did since their shifts began.
select agent_id, sum(minutes) as minutes
from (
    select offered_to as agent_id, minutes
    from prompts
    where state = 'open' and offered_to is not null and offered_to = any ($1::text[])
    union all
    select agent_id, minutes from prompts where state = 'claimed' and agent_id = any ($1::text[])
    union all
    select done.agent_id, coalesce(done.minutes_spent, done.minutes)
    from prompts as done
    join unnest($1::text[], $2::timestamptz[]) as shift (agent_id, began) on shift.agent_id = done.agent_id
    where done.state = 'done' and done.by = 'human' and done.closed_at >= $3 and done.closed_at >= shift.began
) as taken
group by agent_id;

-- name: minutes_of_week
-- Minutes of people between two instants: of what was done, those that went into it; of what may still be, those planned.
select coalesce(sum(case when state = 'done' then coalesce(minutes_spent, minutes) else minutes end), 0)
from prompts
where by = 'human' and delivered_at is not null and delivered_at >= $1 and delivered_at < $2
    and state in ('open', 'claimed', 'snoozed', 'done');
