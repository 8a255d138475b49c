"""The topics of a run: empty at first, filled at once, and where they end."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Producer

from services.runtime.kafka import INTERACTIONS, STRUCTURED
from tests.bench.stream import Sent
from tests.kafka.conftest import renew_topics

PARTITIONS = 8

_WITHIN = 60.0
"""Seconds for the broker to take all events of a run."""


async def renew(brokers: str) -> None:
    """Makes every topic of ours anew, empty."""
    await renew_topics(brokers, PARTITIONS)


class Filling:
    """Events in one transaction: readers of committed records see none of them, and then all."""

    def __init__(self, brokers: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "transactional.id": "egard-bench",
                "transaction.timeout.ms": int(_WITHIN * 1000),
                # As Java's clients place keys, and aiokafka's.
                "partitioner": "murmur2_random",
                "linger.ms": 50,
                "queue.buffering.max.messages": 2_000_000,
                "log_level": 3,  # errors; while the broker's coordinator loads, it would tell of each try
            }
        )
        self.ends: dict[int, int] = {}
        """The offset after the last event of each partition that has any."""

    async def write(self, some: Iterable[Sent]) -> None:
        """Hands all events to the broker, unseen as yet."""
        await asyncio.to_thread(self._write, some)

    async def commit(self) -> None:
        """Shows them."""
        await asyncio.to_thread(self._producer.commit_transaction, _WITHIN)

    def _write(self, some: Iterable[Sent]) -> None:
        producer = self._producer
        producer.init_transactions(_WITHIN)
        producer.begin_transaction()
        headers: dict[str, str | bytes | None] = {"content-type": STRUCTURED}
        places: Counter[int] = Counter()
        count = partial(_count, places)
        for sent in some:
            producer.produce(
                INTERACTIONS, sent.body, sent.customer.encode(), headers=headers, on_delivery=count
            )
            producer.poll(0)
        left = producer.flush(_WITHIN)
        assert not left, "the broker did not take all events of the bench"
        self.ends = dict(places)


def _count(places: Counter[int], error: Any, message: Any) -> None:
    assert error is None, f"the broker refused an event of the bench: {error}"
    places[message.partition()] = max(places[message.partition()], message.offset() + 1)


async def last_timestamp(brokers: str, topic: str) -> float:
    """When the newest record of a topic was taken by the broker or made, in seconds since the Unix epoch."""
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        newest = 0
        for place, end in (await consumer.end_offsets(places)).items():
            if end:
                consumer.seek(place, end - 1)
                newest = max(newest, (await consumer.getone(place)).timestamp)
        return newest / 1000
    finally:
        await consumer.stop()


async def total(brokers: str, topic: str) -> int:
    """How many records a topic was ever given."""
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        return sum((await consumer.end_offsets(places)).values())
    finally:
        await consumer.stop()
