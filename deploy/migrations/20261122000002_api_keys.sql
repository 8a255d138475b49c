-- migrate:up

-- Who may do what. Of a key's secret only a hash is kept: nobody can read a key from here. Rows stay when a key
-- is revoked or has expired, so that one can see later what a prefix was.
create table api_keys (
    prefix            text        primary key check (prefix ~ '^[a-z0-9]{8,16}$'),
    hash              bytea       not null check (length(hash) = 32),
    name              text        not null,
    scopes            text[]      not null
        check (scopes <@ array['publish', 'read', 'act', 'admin'] and cardinality(scopes) > 0),
    -- Null: no limit.
    events_per_second double precision check (events_per_second > 0),
    created_at        timestamptz not null default now(),
    -- Null: it does not expire.
    expires_at        timestamptz,
    revoked_at        timestamptz
);

-- migrate:down

drop table api_keys;
