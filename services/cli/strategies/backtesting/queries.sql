-- What `egard strategy backtest` reads. It writes nothing: its session is read-only.

-- name: count_people
-- Whom the walk goes through: one for each person.
select count(*) from relationships where canonical is null and not starts_with(customer, 'agent:');

-- name: people
-- A page of them, in order.
select customer
from relationships
where customer > $1 and canonical is null and not starts_with(customer, 'agent:')
order by customer
limit $2;

-- name: histories
-- All that the journal holds of some people.
select customer, body from journal where customer = any ($1::text[]);

-- name: prompts_before
-- The prompts that some people had by an instant: caps and cooldowns count them. What they state is not needed.
select customer, to_jsonb(prompts) - array['brief', 'facts'] as prompt
from prompts
where customer = any ($1::text[]) and prompted_at <= $2;

-- name: really
-- The prompts that a version of the strategy really gave some people in a span of time.
select customer, prompt_id, trigger
from prompts
where customer = any ($1::text[]) and cause_at > $2 and cause_at <= $3 and strategy = $4 and withheld is null;

-- name: population
-- How often customers come in general.
select gaps, observed_s from cadence;
