-- What `egard keys` reads and writes. A key's secret never comes here, only its hash.

-- name: create
insert into api_keys (prefix, hash, name, scopes, events_per_second, expires_at)
values ($1, $2, $3, $4, $5, $6);

-- name: list
-- Every key that ever was, newest first.
select
    prefix, name, scopes, events_per_second, created_at, expires_at, revoked_at,
    case
        when revoked_at is not null then 'revoked'
        when expires_at <= now() then 'expired'
        else 'active'
    end as state
from api_keys
order by created_at desc, prefix;

-- name: revoke
-- Whether this revoked it now; no row where there is no such key.
with before as (select revoked_at from api_keys where prefix = $1 for update)
update api_keys set revoked_at = coalesce(before.revoked_at, now())
from before
where prefix = $1
returning before.revoked_at is null as now;
