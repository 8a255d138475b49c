-- migrate:up

-- An agent's judgement stands beside the reading and sets the band until it expires. Until when, where one does: most
-- customers have none, and null takes no room.
alter table relationships add column judged_until timestamptz;

-- What agents judged, and what customers stated, are few among the events. They are asked for by customer.
create index journal_views on journal (customer) where type in ('egard.judgement.made', 'egard.perception.stated');

-- migrate:down

drop index journal_views;
alter table relationships drop column judged_until;
