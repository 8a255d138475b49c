-- migrate:up

-- Why a person or a machine sees to a prompt; by when a person was promised beside a machine, and when one got in touch;
-- and what is expected to be lost by what was left undone for lack of minutes.
alter table prompts
    add column chosen_why    text,
    add column person_due    timestamptz,
    add column person_met_at timestamptz,
    add column expected_loss double precision,
    add column loss_source   text;

-- Those that nobody in particular was offered yet; those with machines; those that are offered; those that were done lately; those whose
-- minutes count in a week; those for which there were no minutes; those whose customers were promised a person.
create index prompts_unoffered on prompts (delivered_at, prompt_id)
    where state = 'open' and by = 'human' and offered_why is null;
create index prompts_with_machines on prompts (delivered_at) where state = 'open' and by = 'machine';
create index prompts_offered on prompts (offered_at) where state = 'open' and offered_to is not null;
create index prompts_done on prompts (closed_at) where state = 'done' and by = 'human';
create index prompts_delivered on prompts (delivered_at) where by = 'human' and delivered_at is not null;
create index prompts_undone on prompts (expected_loss desc, prompt_id)
    where expected_loss is not null and (state = 'held' or withheld = 'minutes');
create index prompts_person_due on prompts (person_due) where person_due is not null and person_met_at is null;

-- migrate:down

drop index prompts_with_machines, prompts_person_due, prompts_undone, prompts_delivered, prompts_done, prompts_offered, prompts_unoffered;
alter table prompts
    drop column loss_source, drop column expected_loss, drop column person_met_at, drop column person_due,
    drop column chosen_why;
