-- Everything the desk asks of PostgreSQL. An action is one statement that only succeeds from the right state:
-- of any number of agents who claim at once, one wins. A lease that ran out makes a prompt open again. Whoever holds a
-- prompt may act on it, and anyone where nobody does; nobody is refused because it was offered to somebody else.

-- name: list_prompts
select *
from prompts
where by = $3
    and (
        state = any ($1::text[])
        or ('open' = any ($1::text[]) and state = 'claimed' and lease_until < clock_timestamp())
    )
order by priority desc, prompted_at
limit $2;

-- name: changed_prompts
-- What changed since an instant of what people are prompted for, but for changes that are known; and whether anything was
-- ever said of links of the customer (`offset 0` has each one looked for in the index, rather than all links read).
select *, exists (select from links where links.customer = prompts.customer offset 0) as linked
from prompts
where changed_at > $1::timestamptz
    and state not in ('withheld', 'held')
    and by = 'human'
    and (prompt_id, changed_at) not in (select * from unnest($2::text[], $3::timestamptz[]))
order by changed_at
limit 1000;

-- name: prompt
select * from prompts where prompt_id = $1;

-- name: claim
-- Who claims again what they hold has it for longer.
update prompts
set state = 'claimed', agent_id = $2, lease_until = clock_timestamp() + $4::interval,
    snoozed_until = null, snoozed_for = null,
    claims = claims + (state <> 'claimed' or agent_id <> $2)::int,
    last_action = $3, actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1
    and (
        state in ('open', 'snoozed')
        or (state = 'claimed' and (agent_id = $2 or lease_until < clock_timestamp()))
    )
returning *;

-- name: release
update prompts
set state = 'open', agent_id = null, lease_until = null,
    last_action = $3, actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1 and state = 'claimed' and agent_id = $2
returning *;

-- name: close
-- Done or declined.
update prompts
set state = $4, agent_id = $2, lease_until = null, snoozed_until = null, snoozed_for = null,
    minutes_spent = $5, decline_reason = $6, closed_at = clock_timestamp(),
    last_action = $3, actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1
    and (
        state in ('open', 'snoozed')
        or (state = 'claimed' and (agent_id = $2 or lease_until < clock_timestamp()))
    )
returning *;

-- name: snooze
-- Until a time, or an event of a type, or whichever comes first.
update prompts
set state = 'snoozed', agent_id = $2, lease_until = null, snoozed_until = $4, snoozed_for = $5,
    snoozes = snoozes + 1, last_action = $3, actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1
    and (
        state = 'open'
        or (state = 'snoozed' and last_action is distinct from $3)
        or (state = 'claimed' and (agent_id = $2 or lease_until < clock_timestamp()))
    )
returning *;

-- name: delegate
-- To a colleague: it is offered to them, and nobody's until they take it.
update prompts
set state = 'open', agent_id = null, lease_until = null, snoozed_until = null, snoozed_for = null,
    offered_to = $4, offered_at = clock_timestamp(), offered_why = 'delegated',
    last_action = $3, actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1
    and (
        state = 'snoozed'
        or (state = 'open' and last_action is distinct from $3)
        or (state = 'claimed' and (agent_id = $2 or lease_until < clock_timestamp()))
    )
returning *;

-- name: give
-- Something is spent on a gesture, within what may be: nobody has to be asked.
update prompts
set gesture_spent = gesture_spent + $4,
    last_action = $3, actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1
    and (
        state in ('open', 'snoozed')
        or (state = 'claimed' and (agent_id = $2 or lease_until < clock_timestamp()))
    )
    and last_action is distinct from $3
    and gesture_spent + $4 <= gesture
returning *;

-- name: note
-- Something was done about a promise; where the prompt stands stays as it is.
update prompts
set last_action = $3, actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1
    and (
        state in ('open', 'snoozed')
        or (state = 'claimed' and (agent_id = $2 or lease_until < clock_timestamp()))
    )
    and last_action is distinct from $3
returning *;

-- name: promise
-- To which of a person's ids something was promised that is still owed; first the one that the prompt is about.
select customer
from promises
where customer = any ($1::text[]) and promise_id = $2
    and (made).at is not null and kept is null and broken is null and released is null
    and (made)."to" is distinct from 'agent'
order by customer <> $3, customer
limit 1;
