-- What insight asks about the team as a whole.

-- name: under_way
-- How many prompts there are of each kind, and their minutes.
select
    state, by, offered_to is not null as offered, skill, count(*) as prompts, sum(minutes) as minutes,
    min(delivered_at) as since
from prompts
where state in ('open', 'claimed', 'snoozed', 'held')
group by 1, 2, 3, 4;

-- name: undone
-- What was left undone for lack of minutes, from a place on; what is expected to cost most first.
select customer, prompt_id, trigger, cause_at, minutes, state, deliver_at, expected_loss, loss_source
from prompts
where expected_loss is not null and (state = 'held' or withheld = 'minutes') and prompted_at >= $1
    and (expected_loss < $2 or (expected_loss = $2 and prompt_id > $3))
order by expected_loss desc, prompt_id
limit $4;

-- name: undone_in_all
select count(*) as prompts, coalesce(sum(minutes), 0) as minutes, coalesce(sum(expected_loss), 0) as expected_loss
from prompts
where expected_loss is not null and (state = 'held' or withheld = 'minutes') and prompted_at >= $1;
