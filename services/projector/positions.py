"""Where the projector is: PostgreSQL owns the position, and a partition that does not fit it is an alarm."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.projector.sql import QUERIES
from services.projector.topic_ids import topic_id
from services.runtime.database import Pool
from services.runtime.errors import Fatal

_SETTLES_WITHIN = 10.0
"""Seconds in which a leader that was just elected may tell an end below what was read (KIP-207 of Kafka)."""

_ASKED_EVERY = 0.5


class Position(msgspec.Struct):
    """One owned partition."""

    next: int
    """The offset of the next record to apply."""
    announced: int
    """Readings of all records before this offset were announced."""
    topic_id: UUID | None = None
    """Of which topic it is, of all that had or will have this name; None where nobody could tell so far."""


async def load(pool: Pool, topic: str, partitions: Collection[int]) -> dict[int, Position]:
    """The stored positions of partitions; one that was never read stands at 0."""
    wanted = sorted(partitions)
    async with pool.acquire() as connection, connection.transaction():
        for partition in wanted:
            await connection.execute(QUERIES["first_position"], topic, partition, 0)
        rows = await connection.fetch(QUERIES["positions"], topic, wanted)
    return {
        row["kafka_partition"]: Position(row["next_offset"], row["announced_offset"], row["topic_id"])
        for row in rows
    }


async def check(consumer: AIOKafkaConsumer, topic: str, owned: Mapping[int, Position]) -> dict[int, int]:
    """The end of each partition: the offset after its last record.

    Raises `Fatal` where a partition no longer holds what comes next, holds less than was read, or is of
    another topic. A position whose topic could not be told before is this topic's from now on.
    """
    partitions: list[Any] = [TopicPartition(topic, partition) for partition in owned]
    if not partitions:
        return {}
    wanted = {partition: position.next for partition, position in owned.items()}
    begins = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    # Last, for only these two wait for a broker that is coming back.
    found = await topic_id(consumer, partitions)
    for partition, one in owned.items():
        if found is not None and one.topic_id not in (None, found):
            raise Fatal(
                f"The topic is not the one that was read: {topic} was deleted and made anew. It has the id "
                f"{found} now, and partition {partition} was read up to offset {one.next} under the id "
                f"{one.topic_id}. It stops here and skips nothing."
            )
    patience = _SETTLES_WITHIN
    while patience > 0 and any(ends[place] < wanted[place.partition] for place in partitions):
        await asyncio.sleep(_ASKED_EVERY)
        patience -= _ASKED_EVERY
        ends = await consumer.end_offsets(partitions)
    for place in partitions:
        position, begin, end = wanted[place.partition], begins[place], ends[place]
        if begin > position:
            raise Fatal(
                f"Events were lost: {topic} partition {place.partition} begins at offset {begin}, but "
                f"offsets {position} to {begin - 1} ({begin - position} records) were never read; they were "
                "deleted before the projector could read them. It stops here and skips nothing: publish "
                "them again from their source, and let `egard serve projector --accept-gap` pass the gap."
            )
        if end < position:
            raise Fatal(
                f"The topic is not the one that was read: {topic} partition {place.partition} ends at offset "
                f"{end}, and {position} was already read. It was made anew, or lost records."
            )
    for one in owned.values():
        one.topic_id = one.topic_id or found
    return {place.partition: end for place, end in ends.items()}


async def keep_topic(pool: Pool, topic: str, owned: Mapping[int, Position]) -> None:
    """Stores of which topic positions are, where that was not known before."""
    for partition, position in owned.items():
        if position.topic_id is not None:
            await pool.execute(QUERIES["keep_topic"], topic, partition, position.topic_id)


async def accept_gaps(
    pool: Pool, consumer: AIOKafkaConsumer, topic: str, partitions: Collection[int]
) -> None:
    """Moves positions that lie before the beginning of their partition up to it: an operator said so."""
    places: list[Any] = [TopicPartition(topic, partition) for partition in sorted(partitions)]
    begins = await consumer.beginning_offsets(places)
    async with pool.acquire() as connection, connection.transaction():
        for place in places:
            await connection.execute(QUERIES["accept_gap"], topic, place.partition, begins[place])
