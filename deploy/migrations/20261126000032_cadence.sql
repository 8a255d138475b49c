-- migrate:up

-- How often customers come in general: gaps between their bouts of contacts, in how much time. One row, which the clock
-- renews from a sample; it says nothing of anybody.
create table cadence (
    single      boolean          primary key default true check (single),
    customers   integer          not null,
    gaps        bigint           not null,
    observed_s  double precision not null,
    measured_at timestamptz
);
insert into cadence (customers, gaps, observed_s) values (0, 0, 0);

-- migrate:down

drop table cadence;
