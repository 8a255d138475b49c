-- What became of prompts that people were given, by trigger and version of the strategy. No agent is told from another.

-- name: outcomes
select
    trigger, strategy,
    count(*) as given,
    count(*) filter (where claims > 0) as claimed,
    count(*) filter (where snoozes > 0) as snoozed,
    count(*) filter (where state = 'declined') as declined,
    count(*) filter (where state = 'done') as done,
    count(*) filter (where state = 'expired') as expired,
    count(*) filter (where state in ('open', 'claimed', 'snoozed')) as under_way
from prompts
where delivered_at >= $1 and by = 'human'
group by trigger, strategy
order by trigger, strategy desc;

-- name: reasons
-- Why they were declined, in the agents' words; of the same words how often, and the latest first.
select trigger, strategy, decline_reason as reason, count(*) as times, max(closed_at) as latest
from prompts
where delivered_at >= $1 and by = 'human'
    and state = 'declined' and decline_reason is not null
group by trigger, strategy, decline_reason
order by latest desc
limit $2;
