-- migrate:up

-- `egard verify` asks what some customers said of links, in either direction.
create index links_said_by on links (said_by);

-- The desk asks for the prompts of some states, and most prompts that ever were are done. An index of those that
-- wait does not serve it: the states are parameters.
create index prompts_state on prompts (state, priority desc, prompted_at);
drop index prompts_waiting;

-- migrate:down

create index prompts_waiting on prompts (priority desc, prompted_at) where state in ('open', 'claimed', 'snoozed');
drop index prompts_state, links_said_by;
