-- By which versions of strategy and code what is stored was folded.

-- name: note
-- A projector of this version writes folds, now.
insert into folded_by (version, strategy, code, holidays, zones)
values ($1, $2, $3, $4, $5)
on conflict (version) do update set seen_at = clock_timestamp();

-- name: others
-- Versions other than ours by which something may have been folded, and how many seconds ago a projector of each
-- was last seen.
select version, strategy, code, holidays, zones, extract(epoch from clock_timestamp() - seen_at)::double precision as ago
from folded_by
where version <> $1
order by first_at;

-- name: only
-- All that is stored was folded by this version.
delete from folded_by where version <> $1;
