"""Topics, as somebody reads them who has no part in any group."""

from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition


async def places_of(consumer: AIOKafkaConsumer, topic: str) -> list[Any]:
    """The partitions of a topic."""
    numbers = await consumer._client._wait_on_metadata(topic)
    return [TopicPartition(topic, number) for number in sorted(numbers)]


async def read(kafka: str, topic: str) -> Sequence[tuple[bytes, bytes | None]]:
    """The keys and values of all records of a topic, in order within each partition."""
    found: list[tuple[bytes, bytes | None]] = []
    async with AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        places = await places_of(consumer, topic)
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        left = {place for place in places if ends[place]}
        while left:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [(record.key, record.value) for record in records]
            left = {place for place in left if await consumer.position(place) < ends[place]}
    return found
