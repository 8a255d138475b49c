-- migrate:up

-- A prompt may be told of more of its reason while it waits, each with the cause that it is decided on again by; it is
-- looked at again when its people have changed, and is over if nobody takes it in time.
alter table prompts
    add column episodes   jsonb,
    add column revision   bigint,
    add column expires_at timestamptz;
-- The episode of a retelling says which telling it was.
update prompts
set episode = coalesce(facts -> 'why' -> 'parameters' ->> 'tellings', '3') || ':' || episode
where trigger = 'retold' and strpos(episode, ':') = 0;
update causes set episode = '3:' || episode where trigger = 'retold' and strpos(episode, ':') = 0;
update prompts
set episodes = jsonb_build_array(jsonb_build_object(
    'prompt_id', prompt_id,
    'episode', episode,
    'cause', jsonb_build_object(
        'customer', coalesce(subjects[1], customer), 'trigger', trigger, 'episode', episode, 'at', cause_at,
        'source', facts -> 'why' ->> 'source', 'event_id', facts -> 'why' ->> 'id', 'traceparent', traceparent
    )
))
where state in ('open', 'claimed', 'snoozed');
-- Of one reason a customer had several under way, until now: the most urgent keeps it.
update prompts
set reason = null
where state in ('open', 'claimed', 'snoozed')
    and exists (
        select from prompts as other
        where other.customer = prompts.customer and other.reason = prompts.reason
            and other.state in ('open', 'claimed', 'snoozed')
            and (other.priority, other.prompt_id) > (prompts.priority, prompts.prompt_id)
    );
-- How outreach of long ago was taken is not asked any more.
update prompts set reaction = 'unknown' where state = 'done' and closed_at < now() - interval '7 days';
-- What is held or snoozed is looked at with all that is under way.
drop index prompts_held, prompts_snoozed;
create unique index prompts_of_reason on prompts (customer, reason)
    where state in ('held', 'open', 'claimed', 'snoozed') and reason is not null;
create index prompts_unanswered on prompts (closed_at) where state = 'done' and reaction is null;
create index prompts_surprise on prompts (prompted_at) where trigger = 'surprise' and withheld is null;

-- migrate:down

create index prompts_held on prompts (deliver_at) where state = 'held';
create index prompts_snoozed on prompts (snoozed_until) where state = 'snoozed';
drop index prompts_surprise, prompts_unanswered, prompts_of_reason;
alter table prompts drop column expires_at, drop column revision, drop column episodes;
