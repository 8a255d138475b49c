-- migrate:up

-- A prompt has a reason: a customer has at most one of a reason under way. It may be held until its moment (the
-- customer's quiet hours, somebody's shift), offered to one agent first, and given to a person or to a machine.
alter table prompts
    add column reason        text,
    add column by            text not null default 'human' check (by in ('human', 'machine')),
    add column deliver_at    timestamptz,
    add column delivered_at  timestamptz,
    add column offered_to    text,
    add column offered_at    timestamptz,
    add column offered_why   text,
    add column snoozed_until timestamptz,
    add column snoozed_for   text,
    add column owed          boolean not null default false,
    add column hard          boolean not null default false,
    add column skill         text,
    add column gesture       double precision not null default 0,
    add column gesture_spent double precision not null default 0,
    add column minutes_spent double precision,
    add column decline_reason text,
    add column reaction      text,
    -- Whether the lot of the holdout was drawn, and how it fell: 'given' or 'held_out'.
    add column arm           text check (arm in ('given', 'held_out')),
    -- What is to be known of the customer, as templates and parameters; made when the prompt is given.
    add column brief         jsonb;
update prompts set reason = trigger, delivered_at = case when withheld is null then prompted_at end;
alter table prompts
    drop constraint prompts_state_check,
    add constraint prompts_state_check
        check (state in ('held', 'open', 'claimed', 'snoozed', 'done', 'declined', 'expired', 'withheld'));
create index prompts_held on prompts (deliver_at) where state = 'held';
create index prompts_snoozed on prompts (snoozed_until) where state = 'snoozed';

-- Shifts and strained contacts are few among the events; outreach asks for the latest of all agents.
create index journal_team on journal (time)
    where type in ('egard.team.shift_started', 'egard.team.shift_ended', 'egard.contact.strained');

-- migrate:down

drop index journal_team;
drop index prompts_snoozed, prompts_held;
delete from prompts where state = 'held';
alter table prompts
    drop constraint prompts_state_check,
    add constraint prompts_state_check
        check (state in ('open', 'claimed', 'snoozed', 'done', 'declined', 'expired', 'withheld')),
    drop column brief, drop column arm, drop column reaction, drop column decline_reason, drop column minutes_spent,
    drop column gesture_spent, drop column gesture, drop column skill, drop column hard, drop column owed,
    drop column snoozed_for, drop column snoozed_until, drop column offered_why, drop column offered_at,
    drop column offered_to, drop column delivered_at, drop column deliver_at, drop column by, drop column reason;
