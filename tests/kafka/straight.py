"""Straight to Kafka and from it: events published to a topic, and all that one holds."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from events import RecognitionRemembered
from services.runtime.kafka import INTERACTIONS
from tests.stack import Stack, Teller

PARTITIONS = 4
"""Of each topic."""


async def publish(brokers: str, teller: Teller, count: int) -> None:
    """Publishes so many events straight to Kafka, into every partition in turn."""
    async with AIOKafkaProducer(bootstrap_servers=brokers) as producer:
        for number in range(count):
            body = teller.tell(RecognitionRemembered(what="x")).body
            await producer.send_and_wait(INTERACTIONS, body, partition=number % PARTITIONS)


async def everything_on(brokers: str, topic: str) -> Sequence[Any]:
    """All records that a topic holds, those of a partition in order."""
    found: list[Any] = []
    async with AIOKafkaConsumer(topic, bootstrap_servers=brokers, auto_offset_reset="earliest") as consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
    return found


def journalled(stack: Stack, count: int) -> Callable[[], Awaitable[bool]]:
    """Whether the journal holds so many events."""

    async def look() -> bool:
        [row] = await stack.fetch("select count(*) as many from journal")
        return bool(row["many"] == count)

    return look
