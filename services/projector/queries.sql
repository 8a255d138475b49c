-- Everything the projector asks of PostgreSQL. Rows are always written in key order, so that two projectors
-- that meet on one customer wait for each other instead of blocking each other.

-- name: positions
-- Where the projector is in the partitions of a topic.
select kafka_partition, next_offset, announced_offset, topic_id
from positions
where topic = $1 and kafka_partition = any ($2::integer[]);

-- name: first_position
-- A partition that was never read begins at its beginning.
insert into positions (topic, kafka_partition, next_offset, announced_offset)
values ($1, $2, $3, $3)
on conflict (topic, kafka_partition) do nothing;

-- name: keep_topic
-- Of which topic a position is, once that is known: a topic that is made anew has another id.
update positions
set topic_id = $3
where topic = $1 and kafka_partition = $2 and topic_id is null;

-- name: advance_position
-- The compare-and-set that opens every batch: only the owner's own position may move. The row stays locked
-- until the batch commits, so a second owner waits here and then finds another value. Says whether this session
-- has its staging tables. Of these PostgreSQL has no statistics, and would now and then read a whole table to join
-- it with some rows; so until the transaction ends rows are looked up one by one, by their keys. Says as well what a
-- batch may have to reckon with and most have not: whether anybody was ever erased, whether there are dead letters
-- that an event could mend, and whether anything was ever said of links of its customers.
update positions
set next_offset = $4, announced_offset = greatest(announced_offset, $5), moved_at = now()
where topic = $1 and kafka_partition = $2 and next_offset = $3
returning
    to_regclass('pg_temp.arriving') is not null as staged,
    exists (select from erased) as erased,
    (select identity from dead_letters where identity is not null order by identity limit 1) is not null as dead_letters,
    (select customer from links where customer = any ($6::text[]) order by customer limit 1) is not null as links,
    set_config('enable_hashjoin', 'off', true) as no_hashes,
    set_config('enable_mergejoin', 'off', true) as no_merges;

-- name: stage
-- Where rows wait within a transaction, in a session's own tables: no log is written for them.
create temporary table if not exists arriving (
    customer text collate "C", identity bytea, type text, time timestamptz, arrived timestamptz,
    kafka_partition integer, kafka_offset bigint, body bytea
) on commit delete rows;
create temporary table if not exists changed_relationships (like relationships) on commit delete rows;
create temporary table if not exists changed_contacts (like contacts) on commit delete rows;
create temporary table if not exists changed_promises (like promises) on commit delete rows;
create temporary table if not exists changed_complaints (like complaints) on commit delete rows;

-- name: announced
-- What was announced, where no further batch says so.
update positions
set announced_offset = greatest(announced_offset, $3)
where topic = $1 and kafka_partition = $2;

-- name: read
-- How far a partition was read beyond what is applied. Only who stands where the database stands can say so.
update positions
set read_from = $3, read_until = $4
where topic = $1 and kafka_partition = $2 and next_offset = $3;

-- name: accept_gap
-- An operator accepts that what lies before the beginning of a partition is lost.
update positions
set next_offset = greatest(next_offset, $3), announced_offset = greatest(announced_offset, $3)
where topic = $1 and kafka_partition = $2;

-- name: accept
-- Writes what waits in `arriving` to the journal, as far as it is new.
insert into journal (customer, identity, type, time, arrived, kafka_partition, kafka_offset, body)
select customer, identity, type, time, arrived, kafka_partition, kafka_offset, body
from arriving
order by customer, identity
on conflict (customer, identity) do nothing;

-- name: known
-- Which of it the journal had before: rows that this transaction did not write. Each is looked for by itself, in the one
-- part where it can be; `offset 0` keeps the planner from reading the whole journal to find those of a batch.
select known.*
from arriving
cross join lateral (
    select customer, identity, body
    from journal
    where journal.customer = arriving.customer
        and journal.identity = arriving.identity
        and journal.xmin <> pg_current_xact_id()::xid
    offset 0
) as known;

-- name: accept_few
-- The same without `arriving`, for a batch so small that emptying a staging table would take longer than all else.
insert into journal (customer, identity, type, time, arrived, kafka_partition, kafka_offset, body)
select * from unnest(
    $1::text[], $2::bytea[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::integer[], $7::bigint[], $8::bytea[]
)
order by 1, 2
on conflict (customer, identity) do nothing;

-- name: known_few
select journal.customer, journal.identity, journal.body
from unnest($1::text[], $2::bytea[]) as arriving (customer, identity)
join journal on journal.customer = arriving.customer and journal.identity = arriving.identity
where journal.xmin <> pg_current_xact_id()::xid;

-- name: lock_relationships
-- What is kept of some customers, in key order, and nobody else's to write until the transaction ends.
select
    customer, revision, events, newest, unsettled, corrected, band, judged_until, knots_spoke_at, resolved_at, knots_due_at,
    bond_recognition_positive, bond_recognition_negative, bond_responsiveness_positive, bond_responsiveness_negative,
    bond_retelling_negative, bond_retelling_count, bond_overlooked_negative, bond_overlooked_count,
    bond_unanswered_negative, bond_unanswered_count, bond_broken_word_negative, bond_broken_word_count,
    mood_recognition_positive, mood_recognition_negative, mood_responsiveness_positive, mood_responsiveness_negative,
    mood_retelling_negative, mood_retelling_count, mood_overlooked_negative, mood_overlooked_count,
    mood_unanswered_negative, mood_unanswered_count, mood_broken_word_negative, mood_broken_word_count
from relationships
where customer = any ($1::text[])
order by customer
for no key update;

-- name: replace_relationships
update relationships
set
    revision = changed.revision,
    events = changed.events,
    newest = changed.newest,
    unsettled = changed.unsettled,
    corrected = changed.corrected,
    taken_at = changed.taken_at,
    changed_at = changed.changed_at,
    strategy = changed.strategy,
    health = changed.health,
    recognition = changed.recognition,
    responsiveness = changed.responsiveness,
    confidence = changed.confidence,
    trend = changed.trend,
    band = changed.band,
    canonical = changed.canonical,
    judged_until = changed.judged_until,
    knotted = changed.knotted,
    knots_due_at = changed.knots_due_at,
    knots_spoke_at = changed.knots_spoke_at,
    resolved_at = changed.resolved_at,
    bond_recognition_positive = changed.bond_recognition_positive,
    bond_recognition_negative = changed.bond_recognition_negative,
    bond_responsiveness_positive = changed.bond_responsiveness_positive,
    bond_responsiveness_negative = changed.bond_responsiveness_negative,
    bond_retelling_negative = changed.bond_retelling_negative,
    bond_retelling_count = changed.bond_retelling_count,
    bond_overlooked_negative = changed.bond_overlooked_negative,
    bond_overlooked_count = changed.bond_overlooked_count,
    bond_unanswered_negative = changed.bond_unanswered_negative,
    bond_unanswered_count = changed.bond_unanswered_count,
    bond_broken_word_negative = changed.bond_broken_word_negative,
    bond_broken_word_count = changed.bond_broken_word_count,
    mood_recognition_positive = changed.mood_recognition_positive,
    mood_recognition_negative = changed.mood_recognition_negative,
    mood_responsiveness_positive = changed.mood_responsiveness_positive,
    mood_responsiveness_negative = changed.mood_responsiveness_negative,
    mood_retelling_negative = changed.mood_retelling_negative,
    mood_retelling_count = changed.mood_retelling_count,
    mood_overlooked_negative = changed.mood_overlooked_negative,
    mood_overlooked_count = changed.mood_overlooked_count,
    mood_unanswered_negative = changed.mood_unanswered_negative,
    mood_unanswered_count = changed.mood_unanswered_count,
    mood_broken_word_negative = changed.mood_broken_word_negative,
    mood_broken_word_count = changed.mood_broken_word_count
from changed_relationships as changed
where relationships.customer = changed.customer;

-- name: add_few_relationships
-- A row of somebody who had none.
insert into relationships (
    customer,
    revision, events, newest, unsettled, corrected, taken_at, changed_at, strategy,
    health, recognition, responsiveness, confidence, trend, band, canonical, judged_until,
    knotted, knots_due_at, knots_spoke_at, resolved_at,
    bond_recognition_positive, bond_recognition_negative, bond_responsiveness_positive, bond_responsiveness_negative,
    bond_retelling_negative, bond_retelling_count, bond_overlooked_negative, bond_overlooked_count,
    bond_unanswered_negative, bond_unanswered_count, bond_broken_word_negative, bond_broken_word_count,
    mood_recognition_positive, mood_recognition_negative, mood_responsiveness_positive, mood_responsiveness_negative,
    mood_retelling_negative, mood_retelling_count, mood_overlooked_negative, mood_overlooked_count,
    mood_unanswered_negative, mood_unanswered_count, mood_broken_word_negative, mood_broken_word_count
) values (
    $1,
    $2, $3, $4, $5, $6, $7, $8, $9,
    $10, $11, $12, $13, $14, $15, $16, $17,
    $18, $19, $20, $21,
    $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33,
    $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45
);

-- name: replace_few_relationships
-- The same for one row.
update relationships
set (
    revision, events, newest, unsettled, corrected, taken_at, changed_at, strategy,
    health, recognition, responsiveness, confidence, trend, band, canonical, judged_until,
    knotted, knots_due_at, knots_spoke_at, resolved_at,
    bond_recognition_positive, bond_recognition_negative, bond_responsiveness_positive, bond_responsiveness_negative,
    bond_retelling_negative, bond_retelling_count, bond_overlooked_negative, bond_overlooked_count,
    bond_unanswered_negative, bond_unanswered_count, bond_broken_word_negative, bond_broken_word_count,
    mood_recognition_positive, mood_recognition_negative, mood_responsiveness_positive, mood_responsiveness_negative,
    mood_retelling_negative, mood_retelling_count, mood_overlooked_negative, mood_overlooked_count,
    mood_unanswered_negative, mood_unanswered_count, mood_broken_word_negative, mood_broken_word_count
) = (
    $2, $3, $4, $5, $6, $7, $8, $9,
    $10, $11, $12, $13, $14, $15, $16, $17,
    $18, $19, $20, $21,
    $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33,
    $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45
)
where customer = $1;

-- name: known_contacts
select customer, contact_id, attempted, answered, missed, returned
from contacts
where (customer, contact_id) in (select * from unnest($1::text[], $2::text[]));

-- name: replace_contacts
update contacts
set attempted = changed.attempted, answered = changed.answered, missed = changed.missed, returned = changed.returned
from changed_contacts as changed
where contacts.customer = changed.customer and contacts.contact_id = changed.contact_id;

-- name: add_few_contacts
insert into contacts (customer, contact_id, attempted, answered, missed, returned)
values ($1, $2, $3, $4, $5, $6);

-- name: replace_few_contacts
update contacts
set attempted = $3, answered = $4, missed = $5, returned = $6
where customer = $1 and contact_id = $2;

-- name: known_promises
select customer, promise_id, made, renegotiated, kept, released, broken
from promises
where (customer, promise_id) in (select * from unnest($1::text[], $2::text[]));

-- name: replace_promises
update promises
set made = changed.made, renegotiated = changed.renegotiated, kept = changed.kept, released = changed.released, broken = changed.broken
from changed_promises as changed
where promises.customer = changed.customer and promises.promise_id = changed.promise_id;

-- name: add_few_promises
insert into promises (customer, promise_id, made, renegotiated, kept, released, broken)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: replace_few_promises
update promises
set made = $3, renegotiated = $4, kept = $5, released = $6, broken = $7
where customer = $1 and promise_id = $2;

-- name: known_complaints
select customer, complaint_id, raised, accepted, refused
from complaints
where (customer, complaint_id) in (select * from unnest($1::text[], $2::text[]));

-- name: replace_complaints
update complaints
set raised = changed.raised, accepted = changed.accepted, refused = changed.refused
from changed_complaints as changed
where complaints.customer = changed.customer and complaints.complaint_id = changed.complaint_id;

-- name: add_few_complaints
insert into complaints (customer, complaint_id, raised, accepted, refused)
values ($1, $2, $3, $4, $5);

-- name: replace_few_complaints
update complaints
set raised = $3, accepted = $4, refused = $5
where customer = $1 and complaint_id = $2;

-- name: corrections
-- What was ever taken back of some customers, and what they ever contested.
select customer, body
from journal
where customer = any ($1::text[]) and type in ('egard.event.retracted', 'egard.record.contested');

-- name: history
-- All that the journal holds of a customer.
select body from journal where customer = $1;

-- name: forget_contacts
delete from contacts where customer = $1;

-- name: forget_promises
delete from promises where customer = $1;

-- name: forget_complaints
delete from complaints where customer = $1;

-- name: forget_deadlines
-- Those of matters are set anew from what still stands, and the clock finds anew when to look at the others; but of
-- disruptions nothing is kept that they would follow from.
delete from deadlines where customer = $1 and trigger <> 'disrupted';

-- name: forget_comparisons
-- What was set aside is not to be compared with a reading, nor is what was read with it.
delete from comparisons where customer = $1;

-- name: set_deadlines
-- A matter says itself what its deadline is now. Of what is told of one disruption the first counts, in whatever order
-- it comes.
insert into deadlines (customer, trigger, matter_id, due, source, event_id, traceparent)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
order by 1, 2, 3
on conflict (customer, trigger, matter_id) do update
set due = excluded.due, source = excluded.source, event_id = excluded.event_id
where excluded.trigger <> 'disrupted' or excluded.due < deadlines.due;

-- name: void_deadlines
-- What is due after an instant, where one is given, rests on something that came later, and stays.
delete from deadlines
using unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as void (customer, trigger, matter_id, until)
where deadlines.customer = void.customer and deadlines.trigger = void.trigger
    and deadlines.matter_id = void.matter_id and (void.until is null or deadlines.due <= void.until);

-- name: have_contacted
-- Who of some customers contacted us before: what a batch adds is not written yet.
select given.customer
from unnest($1::text[]) as given (customer)
where exists (select from contacts where contacts.customer = given.customer);

-- name: raise_causes
-- Outreach is woken when the transaction commits.
with raised as (
    insert into causes (customer, trigger, episode, at, source, event_id, traceparent)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
    order by 1, 2, 3
    on conflict (customer, trigger, episode) do nothing
)
select pg_notify('egard_causes', '');

-- name: keep_dead_letters
insert into dead_letters (
    topic, kafka_partition, kafka_offset, key, value, headers, reason, detail, pointer,
    source, event_id, subject, identity
)
select $1, $2, * from unnest(
    $3::bigint[], $4::bytea[], $5::bytea[], $6::jsonb[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::bytea[]
);

-- name: clear_redriven
-- What came in place of these dead letters is in the journal. Where it was there before, those for id_reused
-- stay: it may be the very event that their id belongs to.
delete from dead_letters
where id in (
    select letter.id
    from dead_letters as letter
    join unnest($1::bigint[], $2::uuid[], $3::boolean[]) as named (id, token, new) using (id, token)
    where named.new or letter.reason <> 'id_reused'
    order by letter.id
    for update of letter
);

-- name: clear_corrected
-- These events are new in the journal: what was refused under their names is mended.
delete from dead_letters
where id in (
    select letter.id
    from dead_letters as letter
    join unnest($1::text[], $2::bytea[]) as accepted (customer, identity) using (identity)
    where letter.subject is null or letter.subject = accepted.customer
    order by letter.id
    for update of letter
);

-- name: refuse_again
-- Dead letters that were sent again and refused again: the same rows, with what was wrong this time.
with again as (
    select distinct on (id, token) *
    from unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::text[])
        as named (id, token, value, reason, detail, pointer)
    order by id, token
),
there as (
    select id, token
    from dead_letters as letter
    join again using (id, token)
    order by letter.id
    for update of letter
)
update dead_letters as letter
set attempts = letter.attempts + 1,
    refused_at = now(),
    reason = again.reason,
    pointer = again.pointer,
    detail = case when again.value is distinct from letter.value then 'What was sent in its place: ' else '' end
        || again.detail
from again
join there using (id, token)
where letter.id = again.id
returning letter.id, letter.token;

-- name: unannounced
-- Readings of the customers whose events lie between what was announced and what was committed, and of all whom
-- they are, or were, linked with; without a reading where there is none any more.
with touched as (
    select distinct customer
    from journal
    where kafka_partition = $1 and kafka_offset >= $2 and kafka_offset < $3
),
near as (
    select customer from touched
    union
    select link.alias from touched join links as link using (customer)
),
persons as (
    select distinct coalesce(relationship.canonical, near.customer) as canonical
    from near left join relationships as relationship using (customer)
),
names as (
    select customer from near
    union
    select canonical from persons
    union
    select relationship.customer from persons join relationships as relationship using (canonical)
)
select names.customer as name, relationship.*
from names left join relationships as relationship using (customer)
order by names.customer;
