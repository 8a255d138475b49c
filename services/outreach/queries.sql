-- Everything outreach asks of PostgreSQL. Each decision is one transaction: the cause goes, and prompt and
-- events come, together. Whoever decides on a person holds the person's lock; what the desk does with a prompt
-- meanwhile is seen by its state.

-- name: take_causes
-- Takes the causes that waited longest, and whether anything was ever said of links of their customers; nobody waits
-- for those that another process holds. `offset 0` has each customer looked for in the index, rather than all links
-- read.
with taken as (
    delete from causes
    where ctid = any (array(
        select ctid
        from causes
        where arisen_at <= clock_timestamp()
        order by arisen_at
        limit $1
        for update skip locked
    ))
    returning customer, trigger, episode, at, source, event_id, traceparent
)
select taken.*, exists (select from links where links.customer = taken.customer offset 0) as linked
from taken;

-- name: put_off_cause
-- A cause that could not be decided lets the others pass.
update causes set arisen_at = clock_timestamp() + interval '1 minute'
where ctid = any (array(
    select ctid
    from causes
    where arisen_at <= clock_timestamp()
    order by arisen_at
    limit 1
    for update skip locked
));

-- name: lock_people
-- Two who decide on one person do so one after the other: what the first one wrote is seen by the statements of the
-- second that come after this one.
select pg_advisory_xact_lock(hashtextextended(customer, 0))
from (select customer from unnest($1::text[]) as given (customer) order by 1) as ordered;

-- name: try_lock_people
-- Those of some people on whom nobody decides just now; nobody does until the transaction ends.
select customer
from unnest($1::text[]) as given (customer)
where pg_try_advisory_xact_lock(hashtextextended(customer, 0));

-- name: known
-- All that the journal holds of some people, every prompt that there was (what it states only of those under way), how
-- often each of their ids was touched, and how often customers come in general.
select
    journal.customer, journal.body, null::jsonb as prompt, null::bigint as revision,
    null::bigint as gaps, null::double precision as observed_s
from journal
where journal.customer = any ($1::text[])
union all
select
    prompts.customer, null,
    to_jsonb(prompts) - case
        when state in ('held', 'open', 'claimed', 'snoozed') then array['brief']
        else array['brief', 'facts']
    end,
    null, null, null
from prompts
where prompts.customer = any ($1::text[]) or prompts.subjects && $1::text[]
union all
select relationships.customer, null, null, relationships.revision, null, null
from relationships
where relationships.customer = any ($1::text[])
union all
select null, null, null, null, gaps, observed_s from cadence;

-- name: lock_surprises
-- So few surprises may there be over all customers that whoever counts them does so alone.
select pg_advisory_xact_lock(7306932501446094721);

-- name: surprises_since
select count(*) from prompts where trigger = 'surprise' and withheld is null and prompted_at > $1;

-- name: keep_prompts
-- Writes prompts, given, held or withheld, unless there was one of their ids, under whatever id the person went by then.
with kept as (
    insert into prompts (
        customer, prompt_id, trigger, reason, episode, matter_id, state, withheld, cause_at, prompted_at, priority,
        minutes, strategy, facts, traceparent, subjects, closed_at, deliver_at, delivered_at, expires_at, owed, hard,
        skill, gesture, episodes, revision, arm, by, chosen_why, person_due, brief, expected_loss, loss_source
    )
    select
        customer, prompt_id, trigger, reason, episode, matter_id, state, withheld, cause_at, prompted_at, priority,
        minutes, strategy, facts, traceparent, subjects, closed_at, deliver_at, delivered_at, expires_at, owed, hard,
        skill, gesture, episodes, revision, arm, by, chosen_why, person_due, brief, expected_loss, loss_source
    from jsonb_populate_recordset(null::prompts, $1::jsonb) as given
    where not exists (select from prompts where prompts.prompt_id = given.prompt_id)
    on conflict do nothing
    returning prompt_id, state
)
select prompt_id, case when state = 'open' then pg_notify('egard_prompts', '') end from kept;

-- name: join_prompt
-- A prompt that is under way is told of more, unless it was told of something else since it was read: several persons
-- may have a share in it who were one when it was decided, and whoever decides on one of them holds the lock of that one.
with joined as (
    update prompts
    set facts = $3::jsonb, episodes = $4::jsonb, priority = $5::double precision, minutes = greatest(minutes, $6::double precision), subjects = $7,
        owed = owed or $8::boolean, hard = hard or $9::boolean, gesture = greatest(gesture, $10::double precision), skill = coalesce(skill, $11::text),
        expires_at = case when not (owed or $8::boolean) then greatest(expires_at, $12::timestamptz) end,
        deliver_at = case when state = 'held' then least(deliver_at, $13::timestamptz) end,
        revision = $14, changed_at = clock_timestamp(),
        brief = case when delivered_at is not null then $15::jsonb end
    where customer = $1 and prompt_id = $2 and state in ('held', 'open', 'claimed', 'snoozed')
        and coalesce(jsonb_array_length(episodes), 0) = $16
    returning prompt_id
)
select prompt_id, pg_notify('egard_prompts', '') from joined;

-- name: to_look_at
-- Prompts under way whose moment has come, or whose people have changed since they were looked at, and none of some.
select prompt.customer, prompt.prompt_id, prompt.subjects
from prompts as prompt
where prompt.state in ('held', 'open', 'snoozed', 'claimed')
    and prompt.prompt_id <> all ($2::text[])
    and (
        case prompt.state
            when 'held' then prompt.deliver_at <= $1
            when 'open' then prompt.expires_at <= $1
            when 'snoozed' then prompt.snoozed_until <= $1
            when 'claimed' then prompt.lease_until <= $1
        end
        or prompt.state <> 'claimed'
        and prompt.revision is distinct from (
            select sum(revision)
            from relationships
            where relationships.customer = any (array[prompt.customer] || coalesce(prompt.subjects, '{}'))
        )
    )
limit $3;

-- name: seen
-- Nothing became of it; what it states, or its brief, may be otherwise. What was told of more since it was read is looked
-- at again.
with seen as (
    update prompts
    set revision = $4, facts = coalesce($5::jsonb, facts), episodes = $6::jsonb, priority = $7, minutes = $8,
        brief = case when delivered_at is not null then coalesce($9::jsonb, brief) end, subjects = $10,
        changed_at = case
            when coalesce($5::jsonb, facts) = facts
                and (delivered_at is null or coalesce($9::jsonb, brief) is not distinct from brief)
            then changed_at else clock_timestamp()
        end
    where customer = $1 and prompt_id = $2 and state = $3 and coalesce(jsonb_array_length(episodes), 0) = $11
    returning prompt_id, new.changed_at <> old.changed_at as changed
)
select prompt_id, case when changed then pg_notify('egard_prompts', '') end from seen;

-- name: open_prompt
-- Its moment has come. Whoever it was offered to before it was put off may be gone.
with opened as (
    update prompts
    set state = 'open', revision = $4, facts = coalesce($5::jsonb, facts), episodes = $6::jsonb, priority = $7,
        minutes = $8, delivered_at = coalesce(delivered_at, $9::timestamptz),
        expires_at = case when not owed then $10::timestamptz end,
        by = coalesce($11::text, by), chosen_why = coalesce($12::text, chosen_why),
        person_due = coalesce($13::timestamptz, person_due), brief = coalesce($14::jsonb, brief),
        offered_to = null, offered_at = null, offered_why = null,
        subjects = $15,
        deliver_at = null, snoozed_until = null, snoozed_for = null, changed_at = clock_timestamp()
    where customer = $1 and prompt_id = $2 and state = $3 and coalesce(jsonb_array_length(episodes), 0) = $16
    returning prompt_id
)
select prompt_id, pg_notify('egard_prompts', '') from opened;

-- name: hold_prompt
-- Its moment comes later.
update prompts
set state = 'held', deliver_at = $4, revision = $5, snoozed_until = null, snoozed_for = null,
    changed_at = clock_timestamp()
where customer = $1 and prompt_id = $2 and state = $3
returning prompt_id;

-- name: expire_prompt
with expired as (
    update prompts
    set state = 'expired', closed_at = clock_timestamp(), changed_at = clock_timestamp()
    where customer = $1 and prompt_id = $2 and state = $3 and coalesce(jsonb_array_length(episodes), 0) = $4
    returning prompt_id
)
select prompt_id, pg_notify('egard_prompts', '') from expired;

-- name: return_prompt
-- Whoever claimed it did not act while it was theirs.
with returned as (
    update prompts
    set state = 'open', agent_id = null, lease_until = null, changed_at = clock_timestamp()
    where customer = $1 and prompt_id = $2 and state = 'claimed' and lease_until = $3
    returning prompt_id
)
select prompt_id, pg_notify('egard_prompts', '') from returned;

-- name: unanswered
-- Outreach that was made long enough ago, and of which nobody said how it was taken.
select customer, prompt_id, subjects
from prompts
where state = 'done' and reaction is null and closed_at < $1 and prompt_id <> all ($2::text[])
order by closed_at
limit $3;

-- name: keep_reaction
update prompts set reaction = $3 where customer = $1 and prompt_id = $2 and reaction is distinct from $3
returning prompt_id;
