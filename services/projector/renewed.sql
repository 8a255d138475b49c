-- What a rebuild leaves to the projectors: readings that are another than before are announced once more.

-- name: take
-- Some who are to be announced. Nobody waits for those that another projector has taken. In no order: while an old
-- snapshot keeps what was deleted from being cleared away, an index would lead through all of it, row by row.
delete from unannounced
where customer in (select customer from unannounced limit $1 for update skip locked)
returning customer;

-- name: renew
-- Their rows, which nobody writes until they are announced: what is announced later is then newer. Whoever asks what
-- changed since an instant finds them from now on.
with locked as (
    select customer from relationships where customer = any ($1::text[]) order by customer for no key update
)
update relationships as relationship
set changed_at = clock_timestamp()
from locked
where relationship.customer = locked.customer
returning relationship.*;
