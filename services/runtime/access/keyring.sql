-- What a process reads to know who may do what.

-- name: alive
-- Every key that is neither revoked nor expired.
select prefix, hash, scopes, events_per_second, expires_at
from api_keys
where revoked_at is null and (expires_at is null or expires_at > now());
