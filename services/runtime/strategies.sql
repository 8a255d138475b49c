-- The versions of the strategy that services have worked by.

-- name: keep
-- The first to use a version keeps it.
insert into strategies (version, digest, text) values ($1, $2, $3) on conflict (version) do nothing;

-- name: kept
select digest, text, first_used_at from strategies where version = $1;

-- name: all
-- All versions, the latest first; there are as many as somebody has written.
select version, digest, first_used_at from strategies order by first_used_at desc;
