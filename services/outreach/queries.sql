-- Everything outreach asks of PostgreSQL. Each decision is one transaction: the cause goes, and prompt and
-- events come, together.

-- name: take_causes
-- The causes that waited longest, and whether anything was ever said of links of their customers; nobody waits for
-- those that another process holds. `offset 0` has each customer looked for in the index, rather than all links read.
select
    customer, trigger, episode, at, source, event_id, traceparent,
    exists (select from links where links.customer = causes.customer offset 0) as linked
from causes
where arisen_at <= clock_timestamp()
order by arisen_at
limit $1
for update of causes skip locked;

-- name: lock_history
-- All that the journal holds of a person. Two causes of one person are decided one after the other: caps and cooldowns
-- look, in later statements, at what was decided.
with locked as materialized (select pg_advisory_xact_lock(hashtextextended($1, 0)))
select journal.body, journal.arrived
from locked
cross join journal
where journal.customer = any ($2::text[]);

-- name: settle_causes
delete from causes
where (customer, trigger, episode) in (select * from unnest($1::text[], $2::text[], $3::text[]));

-- name: put_off_cause
-- A cause that could not be decided lets the others pass.
update causes set arisen_at = clock_timestamp() + interval '1 minute'
where customer = $1 and trigger = $2 and episode = $3;

-- name: prompted_since
-- Whether a trigger prompted somebody for this person after an instant.
select exists (
    select from prompts
    where customer = any ($1::text[]) and trigger = $2 and withheld is null and cause_at > $3
);

-- name: keep_prompt
-- Writes a prompt, or one that was withheld, unless there was one for this reason: the same episode, or another that
-- tells of the same, whatever id the person went by then. The same episode never leads to two.
with kept as (
    insert into prompts (
        customer, prompt_id, trigger, episode, matter_id, state, withheld, cause_at, prompted_at,
        priority, minutes, strategy, facts, traceparent, subjects, closed_at
    )
    select
        $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::timestamptz, $9::timestamptz,
        $10::double precision, $11::double precision, $12::text, $13::jsonb, $14::text, $15::text[],
        case when $7::text is null then null else $9::timestamptz end
    where not exists (select from prompts where prompt_id = $2::text)
        and not exists (
            select from prompts
            where customer = any ($16::text[]) and trigger = $3::text and episode = any ($17::text[])
        )
    on conflict (customer, prompt_id) do nothing
    returning prompt_id, withheld
)
select prompt_id, case when withheld is null then pg_notify('egard_prompts', '') end from kept;

-- name: overtaken_prompts
-- Prompts that wait although the promise they are about is settled. It was made to the first of the subjects.
select prompt.customer, prompt.prompt_id, prompt.traceparent
from prompts as prompt
join promises as promise
    on promise.customer = coalesce(prompt.subjects[1], prompt.customer) and promise.promise_id = prompt.matter_id
where prompt.state in ('open', 'snoozed')
    and prompt.matter_id is not null
    and (promise.kept is not null or promise.broken is not null or promise.released is not null)
limit $1
for update of prompt skip locked;

-- name: expire_prompt
update prompts
set state = 'expired', closed_at = $3, changed_at = clock_timestamp()
where customer = $1 and prompt_id = $2;
