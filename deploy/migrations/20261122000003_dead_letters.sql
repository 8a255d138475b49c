-- migrate:up

-- What is needed to mend dead letters and to see them mended.
alter table dead_letters
    -- A batch is applied once, so its place need not be unique; and a topic that was made anew counts its
    -- offsets from nought again, at places that older dead letters have.
    drop constraint dead_letters_topic_kafka_partition_kafka_offset_key,
    -- Which event it would have been, where that could be told: then a corrected one clears it. A subject that
    -- was itself what was wrong counts as not told.
    add column source text,
    add column event_id text,
    add column subject text collate "C",
    -- The hash of (source, id) that the journal uses too; null where either could not be told.
    add column identity bytea,
    -- How often it was refused.
    add column attempts integer not null default 1,
    -- What a record must carry to be this dead letter published again: nobody can guess it.
    add column token uuid not null default gen_random_uuid();

create index dead_letters_identity on dead_letters (identity) where identity is not null;
create index dead_letters_refused on dead_letters (refused_at);
create index dead_letters_reason on dead_letters (reason, id);

-- migrate:down

drop index dead_letters_identity, dead_letters_refused, dead_letters_reason;

-- Of several at one place, only the newest can stay.
delete from dead_letters as older
using dead_letters as newer
where newer.topic = older.topic
    and newer.kafka_partition = older.kafka_partition
    and newer.kafka_offset = older.kafka_offset
    and newer.id > older.id;

alter table dead_letters
    drop column token,
    drop column attempts,
    drop column identity,
    drop column subject,
    drop column event_id,
    drop column source,
    add unique (topic, kafka_partition, kafka_offset);
