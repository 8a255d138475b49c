-- migrate:up

-- A deadline may rest on any event, and says on which: the clock makes a cause of it without asking what it is about.
alter table deadlines add column source text, add column event_id text;
update deadlines
set source = (promise.made).source, event_id = (promise.made).id
from promises as promise
where promise.customer = deadlines.customer and promise.promise_id = deadlines.matter_id;
delete from deadlines where source is null;
alter table deadlines alter column source set not null, alter column event_id set not null;

-- migrate:down

alter table deadlines drop column event_id, drop column source;
