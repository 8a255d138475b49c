-- migrate:up

-- What a comparison was made of, so that a late event is noticed: how often the customer, and everybody who was ever
-- linked with them, had been written to, and how many events of theirs there were until its instant. Those of before are
-- made anew once.
alter table comparisons
    add column revision bigint  not null default 0,
    add column events   integer not null default 0;

-- migrate:down

alter table comparisons drop column events, drop column revision;
