-- migrate:up

-- What all comparisons of a strategy sum up to, by what is held against what and in spans of 20 points: some rows, however
-- many customers said something. The clock writes them at the end of each of its rounds. What begins with `all` is of
-- the whole pairing, and stands in each of its rows; differences are summed up by customer first.
create table calibration_sums (
    strategy        text             not null,
    pairing         text             not null,
    least           double precision not null,
    count           bigint           not null,
    said            double precision not null,
    against         double precision not null,
    distance        double precision not null,
    all_customers   bigint           not null,
    all_count       bigint           not null,
    all_differences double precision not null,
    all_squares     double precision not null,
    all_products    double precision not null,
    all_counts      double precision not null,
    summed_at       timestamptz      not null,
    primary key (strategy, pairing, least)
);

-- migrate:down

drop table calibration_sums;
