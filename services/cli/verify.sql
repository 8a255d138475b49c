-- What `egard verify` reads. It writes nothing.

-- name: count_customers
select count(*) from relationships;

-- name: customers
-- A page of relationships, in order; which ones are in a sample depends on the number that is drawn for a run.
select *
from relationships
where customer > $1 and (hashtextextended(customer, $4) & 1048575) < $3::double precision * 1048576
order by customer
limit $2;

-- name: forgotten
-- Customers with events in the journal and no relationship, and how many there are: the projector writes both
-- or neither.
select customer, count(*) over () as all_of_them
from (
    select distinct customer
    from journal
    where not exists (select from relationships where relationships.customer = journal.customer)
) as forgotten
order by customer
limit $1;

-- name: contacts
select * from contacts where customer = any ($1::text[]);

-- name: promises
select * from promises where customer = any ($1::text[]);

-- name: complaints
select * from complaints where customer = any ($1::text[]);

-- name: links
-- What some customers said of links.
select customer, alias, said_by, identity, drawn, retracted_at
from links
where said_by = any ($1::text[]);

-- name: known_as
-- By which other id the kept reading of each of some customers says that the person is known.
select customer, canonical from relationships where customer = any ($1::text[]);

-- name: history
select body from journal where customer = $1;

-- name: left_over
-- Of whom there are matters, or words on links, and no relationship: those follow from events, which leave a relationship.
-- Some of them, and how many there are.
select customer, kept, count(*) over () as all_of_them
from (
    select customer, 'contacts' as kept from contacts
    where not exists (select from relationships where relationships.customer = contacts.customer)
    union
    select customer, 'promises' from promises
    where not exists (select from relationships where relationships.customer = promises.customer)
    union
    select customer, 'complaints' from complaints
    where not exists (select from relationships where relationships.customer = complaints.customer)
    union
    select said_by, 'links' from links
    where not exists (select from relationships where relationships.customer = links.said_by)
) as left_over
order by customer, kept
limit $1;
