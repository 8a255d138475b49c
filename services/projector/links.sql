-- What the projector writes of links, beside its batches.

-- name: said
-- All events of some subjects that speak of links, or take something back.
select body
from journal
where customer = any ($1::text[])
    and type in ('egard.customer.linked', 'egard.customer.unlinked');

-- name: taken_back
select body
from journal
where customer = any ($1::text[]) and type in ('egard.event.retracted', 'egard.record.contested');

-- name: takes_back
-- Whether any of some events, each of a customer, said something of links.
select exists (
    select
    from unnest($1::text[], $2::text[], $3::text[]) as back (customer, source, id)
    cross join lateral (select said_by, source, id from links where links.customer = back.customer offset 0) as word
    where word.said_by = back.customer and word.source = back.source and word.id = back.id
);

-- name: keep_words
-- A word stays as it was said; only when it was taken back may change, as earlier retractions come late.
insert into links (customer, alias, said_by, identity, drawn, time, id, source, retracted_at)
select * from unnest(
    $1::text[], $2::text[], $3::text[], $4::bytea[], $5::boolean[], $6::timestamptz[], $7::text[], $8::text[],
    $9::timestamptz[]
)
order by 1, 2, 3, 4
on conflict (customer, alias, said_by, identity) do update set retracted_at = excluded.retracted_at;

-- name: forget_nobodies
-- Who has no events of their own stands here only while linked.
delete from relationships where customer = any ($1::text[]) and events = 0 returning customer;

-- name: forget_history
delete from history where customer = any ($1::text[]);
