-- What is asked of those who were erased: nothing but hashes.

-- name: key
select key from erasure_key;

-- name: other_key
-- Whether there are hashes of another key than this.
select exists (select from erasures where key_id <> $1);

-- name: known
select hash from erased where hash = any ($1::bytea[]);
