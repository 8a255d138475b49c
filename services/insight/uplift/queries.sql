-- What insight asks of PostgreSQL about outreach and whether it helps: of the prompts on which the lot of the holdout fell.

-- name: arms
-- What became of customers, by trigger, strategy and arm, summed up: of each customer the first prompt of a trigger by a
-- strategy, for the arm of a first one decides who has a second. Those without a horizon are not measured yet.
select
    trigger, strategy, horizon, arm, count(*) as customers, max(cause_at) as last_at,
    coalesce(avg(health_since - health_then), 0) as mean,
    coalesce(var_samp(health_since - health_then), 0) as variance,
    count(*) filter (where complaints > 0) as complaints,
    count(*) filter (where renewals > 0) as renewals,
    count(*) filter (where health_then - health_since > $1 or reaction = 'unwelcome') as harm
from (
    select distinct on (trigger, strategy, customer)
        trigger, strategy, horizon, arm, cause_at, health_then, health_since, complaints, renewals, reaction
    from prompts
    where arm is not null
    order by trigger, strategy, customer, cause_at, prompt_id
) as first
group by trigger, strategy, horizon, arm;

-- name: held_out
-- Who was held out before a place, the latest first.
select customer, prompt_id, trigger, strategy, cause_at, measured_at
from prompts
where arm = 'held_out' and (cause_at, customer, prompt_id) < ($1, $2, $3)
order by cause_at desc, customer desc, prompt_id desc
limit $4;

-- name: drawn
-- A page of all prompts on which the lot fell, by customer, and whether each is the one that counts.
select
    customer, prompt_id, trigger, strategy, arm, state, reaction, cause_at, measured_at, horizon,
    health_then, health_since, complaints, renewals,
    not exists (
        select from prompts as earlier
        where earlier.trigger = prompt.trigger and earlier.strategy = prompt.strategy
            and earlier.customer = prompt.customer and earlier.arm is not null
            and (earlier.cause_at, earlier.prompt_id) < (prompt.cause_at, prompt.prompt_id)
    ) as counts
from prompts as prompt
where arm is not null and (customer, prompt_id) > ($1, $2)
order by customer, prompt_id
limit $3;
