-- migrate:up

-- Corrections (what was taken back, what a customer contests) are few, and every batch asks for those of its
-- customers.
create index journal_corrections on journal (customer)
where type in ('egard.event.retracted', 'egard.record.contested');

drop index journal_retractions;

-- migrate:down

create index journal_retractions on journal (customer) where type = 'egard.event.retracted';

drop index journal_corrections;
