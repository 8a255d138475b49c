-- migrate:up

-- Ledgers over all customers: what is owed by due, who waits the longest, and what was said last of telling,
-- recognition and the ends of promises. Most matters are settled, and most events are none of these: the indexes hold
-- the rest.
create index promises_due on promises (
    (coalesce((made)."to", 'customer')), (coalesce((renegotiated).due, (made).due)), customer, promise_id
)
where kept is null and released is null and broken is null and (made).at is not null;

create index contacts_waiting on contacts ((least((attempted).at, (missed).at)), customer, contact_id)
where answered is null and returned is null;

create index journal_ledgers on journal (type, time, customer, identity)
where type in (
    'egard.contact.retold', 'egard.recognition.remembered', 'egard.recognition.overlooked',
    'egard.promise.kept', 'egard.promise.broken', 'egard.promise.released'
);

-- migrate:down

drop index journal_ledgers, contacts_waiting, promises_due;
