-- migrate:up

-- How often a prompt was taken on and put off: what a prompt came to says only the last of it. `last_action` is what an
-- agent did last and how: the same again, because an answer was lost, is the same action.
alter table prompts
    add column claims      integer not null default 0,
    add column snoozes     integer not null default 0,
    add column last_action text;

-- migrate:down

alter table prompts drop column last_action, drop column snoozes, drop column claims;
