-- What more than one service reads of the folds.

-- name: open_contacts
select customer, contact_id, attempted, answered, missed, returned
from contacts
where customer = any ($1::text[]) and answered is null and returned is null;

-- name: open_promises
select customer, promise_id, made, renegotiated, kept, released, broken
from promises
where customer = any ($1::text[]) and kept is null and released is null and broken is null;
