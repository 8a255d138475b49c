-- migrate:up

-- What became of the customer of a prompt on which the lot of the holdout fell, within a horizon: the clock writes it, once,
-- when that is over. Whoever asks whether prompts help reads no journal.
alter table prompts
    add column measured_at  timestamptz,
    -- Seconds after the cause.
    add column horizon      double precision,
    add column health_then  double precision,
    add column health_since double precision,
    add column complaints   integer,
    add column renewals     integer;
create index prompts_unmeasured on prompts (cause_at) where arm is not null and measured_at is null;
-- The first of each customer is what counts.
create index prompts_drawn on prompts (trigger, strategy, customer, cause_at, prompt_id) where arm is not null;
create index prompts_held_out on prompts (cause_at, customer, prompt_id) where arm = 'held_out';

-- migrate:down

drop index prompts_held_out, prompts_drawn, prompts_unmeasured;
alter table prompts
    drop column renewals, drop column complaints, drop column health_since, drop column health_then,
    drop column horizon, drop column measured_at;
