-- What the demo shows in the terminal.

-- name: figures
select
    (select count(*) from relationships) as relationships,
    count(*) filter (where withheld is null) as given,
    count(*) filter (where state in ('open', 'claimed')) as open,
    count(*) filter (where state = 'done') as done,
    count(*) filter (where withheld is not null) as withheld
from prompts;

-- name: journal_size
select coalesce(sum(events), 0)::bigint from relationships;

-- name: a_customer
-- Somebody with a story: the one with the most events.
select customer from relationships where customer not like 'agent:%' order by events desc limit 1;

-- name: latest_prompts
-- Prompts that an event led to at once; the others wait for an hour that was set when their event came.
select customer, facts, prompted_at
from prompts
where
    withheld is null
    and trigger in (
        'retold', 'complaint_raised', 'complaint_refused', 'suggestion_answered', 'praised', 'first_contact'
    )
    and cause_at > $1
order by prompted_at desc
limit 20;

-- name: arrived
select arrived from journal where customer = $1 and identity = $2;
