-- migrate:up

-- Each version of the strategy that a service has worked by, as its file was when the version was first used.
create table strategies (
    version       text collate "C" primary key,
    digest        text             not null,
    text          text             not null,
    first_used_at timestamptz      not null default clock_timestamp()
);

-- migrate:down

drop table strategies;
