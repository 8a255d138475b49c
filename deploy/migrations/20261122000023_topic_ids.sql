-- migrate:up

-- Which topic a position is of. Kafka gives each topic an id when it is made: one that was deleted and made anew
-- under the same name has another. Null where that was not told yet: then the next projector takes over what it finds.
alter table positions add column topic_id uuid;

-- migrate:down

alter table positions drop column topic_id;
