-- What `egard deadletters` asks of PostgreSQL. It only reads: the projector alone writes dead letters.

-- name: counts
select reason, count(*) as count from dead_letters group by reason order by count desc, reason;

-- name: newest
-- The dead letters that were refused last, without their bytes; of one reason where one is given.
select
    id, refused_at, reason, detail, pointer, topic, kafka_partition, kafka_offset,
    source, event_id, subject, attempts
from dead_letters
where $1::text is null or reason = $1
order by refused_at desc, id desc
limit $2;

-- name: letter
select * from dead_letters where id = $1;

-- name: there
select id from dead_letters where id = any ($1::bigint[]);

-- name: chosen
-- How many dead letters there are of some numbers, of a reason, or at all; and the highest number among them.
select count(*) as count, max(id) as last
from dead_letters
where ($1::bigint[] is null or id = any ($1)) and ($2::text is null or reason = $2);

-- name: page
-- The next ones to be sent again, the oldest first. What is refused meanwhile has higher numbers.
select id, key, value, headers, token, attempts
from dead_letters
where ($1::bigint[] is null or id = any ($1)) and ($2::text is null or reason = $2) and id > $3 and id <= $4
order by id
limit $5;

-- name: states
-- What became of some that were sent again: those that are gone were accepted.
select id, attempts, reason, detail from dead_letters where id = any ($1::bigint[]);
