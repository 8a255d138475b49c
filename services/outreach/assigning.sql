-- What outreach asks of PostgreSQL to put prompts into hands: what waits, for whom, and what somebody had who has gone.

-- name: try_to_assign
-- One outreach assigns at a time: else two could give one agent the same minutes.
select pg_try_advisory_xact_lock(7306932501446094722);

-- name: of_the_gone
-- What those hold, or were offered, who have gone off shift since; $3 is how long a claim lasts.
select prompt.customer, prompt.prompt_id, prompt.traceparent, gone.agent_id, gone.at
from prompts as prompt
join unnest($1::text[], $2::timestamptz[]) as gone (agent_id, at)
    on gone.agent_id = case prompt.state when 'claimed' then prompt.agent_id else prompt.offered_to end
where (prompt.state = 'open' and prompt.offered_to is not null or prompt.state = 'claimed')
    and case prompt.state when 'claimed' then prompt.lease_until - $3::interval else prompt.offered_at end < gone.at
for update of prompt skip locked;

-- name: free
-- Everybody's again, and to be offered anew.
update prompts
set state = 'open', agent_id = null, lease_until = null, offered_to = null, offered_at = null, offered_why = null,
    changed_at = clock_timestamp()
where customer = $1 and prompt_id = $2;

-- name: offer_to_anybody
-- Whom it was offered to did not take it in time.
update prompts
set offered_to = null, offered_why = 'anybody', changed_at = clock_timestamp()
where state = 'open' and offered_to is not null and offered_at <= $1
returning prompt_id;

-- name: unoffered
-- Prompts that nobody in particular was offered yet, who waits longest first, from a place on.
select
    customer, prompt_id, subjects, delivered_at, minutes, hard, skill,
    facts -> 'why' ->> 'source' as source, facts -> 'why' ->> 'id' as event_id
from prompts
where state = 'open' and by = 'human' and offered_why is null and (delivered_at, prompt_id) > ($1, $2)
order by delivered_at, prompt_id
limit $3
for update skip locked;

-- name: histories
-- All that the journal holds of some people.
select customer, body, arrived from journal where customer = any ($1::text[]);

-- name: offer
with offered as (
    update prompts
    set offered_to = offer.agent_id, offered_why = offer.why, offered_at = $5, changed_at = clock_timestamp()
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as offer (customer, prompt_id, agent_id, why)
    where prompts.customer = offer.customer and prompts.prompt_id = offer.prompt_id
    returning prompts.prompt_id
)
select count(*) from offered;

-- name: persons_met
-- Who was promised that a person would get in touch, and has had one since.
update prompts as promised
set person_met_at = met.at
from (
    select promise.customer, promise.prompt_id, min(done.closed_at) as at
    from prompts as promise
    join prompts as done
        on done.customer = promise.customer and done.state = 'done' and done.by = 'human'
        and done.closed_at > promise.delivered_at
    where promise.person_due is not null and promise.person_met_at is null
    group by promise.customer, promise.prompt_id
) as met
where promised.customer = met.customer and promised.prompt_id = met.prompt_id
returning promised.customer, promised.prompt_id, promised.person_met_at, promised.traceparent;

-- name: leave_undone
-- What is expected to be lost by a prompt for which there are no minutes; $5 says that it will never be given.
update prompts
set expected_loss = $3, loss_source = $4, withheld = case when $5::boolean then 'minutes' else withheld end
where customer = $1 and prompt_id = $2;

-- name: seen_to
-- Somebody, or a machine, has seen to it, or would not, and has said so by an event and not at the desk.
update prompts
set state = $3, closed_at = $4, agent_id = coalesce($5, agent_id), minutes_spent = coalesce($6, minutes_spent),
    lease_until = null, changed_at = clock_timestamp()
where customer = $1 and prompt_id = $2 and state in ('open', 'claimed', 'snoozed');

-- name: left_by_machines
-- What machines were given before an instant and have not seen to.
select customer, prompt_id, trigger, cause_at, priority, minutes, facts, delivered_at, traceparent
from prompts
where state = 'open' and by = 'machine' and delivered_at <= $1
order by delivered_at
limit $2
for update skip locked;

-- name: take_from_machine
-- It is a person's, from the next moment on that is right for the customer.
update prompts
set by = 'human', chosen_why = 'left', state = 'held', deliver_at = $3, changed_at = clock_timestamp()
where customer = $1 and prompt_id = $2;
