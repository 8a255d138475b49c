-- migrate:up

-- What customers stated and agents judged, beside what was read at that time. The clock writes it, once for each event
-- and strategy; whoever asks how all of them compare reads no journal.
create table comparisons (
    customer   text collate "C"  not null,
    identity   bytea             not null,
    kind       text              not null,
    strategy   text              not null,
    -- The instant of the reading: the statement's, or the judgement's end. Null where the event was set aside.
    at         timestamptz,
    said       double precision  not null,
    -- Null while a judgement still stands.
    health     double precision,
    confidence double precision,
    -- What the customer last stated while the judgement stood.
    stated     double precision,
    primary key (customer, identity)
);

-- migrate:down

drop table comparisons;
