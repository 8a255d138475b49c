-- migrate:up

-- By which versions what is stored was folded: the strategy and the code, and what holidays and time zones they
-- know. A projector writes down its own; where there are several, rows of each lie side by side.
create table folded_by (
    version  text        primary key,
    strategy text        not null,
    code     text        not null,
    holidays text        not null,
    zones    text        not null,
    first_at timestamptz not null default clock_timestamp(),
    -- When a projector of this version last said that it runs.
    seen_at  timestamptz not null default clock_timestamp()
);

-- What is there already was folded by nobody knows which.
insert into folded_by (version, strategy, code, holidays, zones, seen_at)
select '', '', '', '', '', '-infinity'
where exists (select from relationships);

-- Customers whose reading a rebuild changed, and who are still to be announced.
create table unannounced (
    customer text collate "C" primary key
);

-- migrate:down

drop table unannounced, folded_by;
