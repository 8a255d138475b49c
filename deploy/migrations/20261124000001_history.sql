-- migrate:up

-- Readings as they were announced, kept apart from what is known now about then: of each person, under the
-- canonical id, one row a day at most, or one a week while nothing happens, and one for each change of band. An
-- alias has a row whenever the id that it is known by changes; from then on its history is that one's.
create table history (
    customer       text collate "C" not null,
    taken_at       timestamptz      not null,
    revision       bigint           not null,
    strategy       text             not null,
    health         double precision not null,
    recognition    double precision not null,
    responsiveness double precision not null,
    confidence     double precision not null,
    trend          double precision not null,
    band           text             not null,
    canonical      text collate "C",
    primary key (customer, taken_at)
) partition by hash (customer);

create table history_0 partition of history for values with (modulus 8, remainder 0);
create table history_1 partition of history for values with (modulus 8, remainder 1);
create table history_2 partition of history for values with (modulus 8, remainder 2);
create table history_3 partition of history for values with (modulus 8, remainder 3);
create table history_4 partition of history for values with (modulus 8, remainder 4);
create table history_5 partition of history for values with (modulus 8, remainder 5);
create table history_6 partition of history for values with (modulus 8, remainder 6);
create table history_7 partition of history for values with (modulus 8, remainder 7);

-- Erasure looks for whom it names, too.
create index history_aliases on history (canonical) where canonical is not null;

-- migrate:down

drop table history;
