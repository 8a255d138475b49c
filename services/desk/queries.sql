-- Everything the desk asks of PostgreSQL. An action is one statement that only succeeds from the right state:
-- of any number of agents who claim at once, one wins. A lease that ran out makes a prompt open again.

-- name: list_prompts
select *
from prompts
where state = any ($1::text[])
    or ('open' = any ($1::text[]) and state = 'claimed' and lease_until < clock_timestamp())
order by priority desc, prompted_at
limit $2;

-- name: changed_prompts
-- What changed since an instant, but for changes that are known; and whether anything was ever said of links of the
-- customer (`offset 0` has each one looked for in the index, rather than all links read).
select *, exists (select from links where links.customer = prompts.customer offset 0) as linked
from prompts
where changed_at > $1::timestamptz
    and state not in ('withheld', 'held')
    and (prompt_id, changed_at) not in (select * from unnest($2::text[], $3::timestamptz[]))
order by changed_at
limit 1000;

-- name: prompt
select * from prompts where prompt_id = $1;

-- name: claim
update prompts
set state = 'claimed', agent_id = $2, lease_until = clock_timestamp() + $3::interval,
    actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1
    and (
        state in ('open', 'snoozed')
        or (state = 'claimed' and (agent_id = $2 or lease_until < clock_timestamp()))
    )
returning *;

-- name: release
update prompts
set state = 'open', agent_id = null, lease_until = null,
    actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1 and state = 'claimed' and agent_id = $2
returning *;

-- name: close
-- Done or declined: by whoever holds it, or by anyone where nobody does.
update prompts
set state = $3, agent_id = $2, lease_until = null, closed_at = clock_timestamp(),
    actions = actions + 1, changed_at = clock_timestamp()
where prompt_id = $1
    and (
        state in ('open', 'snoozed')
        or (state = 'claimed' and (agent_id = $2 or lease_until < clock_timestamp()))
    )
returning *;
