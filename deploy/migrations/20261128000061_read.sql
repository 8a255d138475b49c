-- migrate:up

-- How far a partition was read beyond what is applied: from `read_from`, where the projector stood then, up to `read_until`
-- there is nothing to apply. Transactions end with markers, which are read and never handed out, so that a quiet
-- partition can be read to its end though `next_offset` stands before it. It holds while `next_offset` is `read_from`,
-- and moves no position. Null where nobody said so.
alter table positions
    add column read_from  bigint,
    add column read_until bigint;

-- migrate:down

alter table positions drop column read_until, drop column read_from;
