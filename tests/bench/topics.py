"""The topics of a run: empty at first, filled at once, and where they end."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from confluent_kafka import Consumer, Producer, TopicPartition

from services.runtime.kafka import INTERACTIONS, RELATIONSHIPS, STRUCTURED
from tests.bench.stream import Sent
from tests.kafka.conftest import renew_topics

PARTITIONS = 8

_WITHIN = 60.0
"""Seconds for the broker to take all events of a run, or to answer."""

_LOG_LEVEL = 2
"""librdkafka tells of every try on standard error; what fails for good comes as an exception."""


async def renew(brokers: str) -> None:
    """Makes every topic of ours anew, empty."""
    await renew_topics(brokers, PARTITIONS)


@asynccontextmanager
async def topic(brokers: str, name: str, partitions: int) -> AsyncIterator[None]:
    """A topic of a measurement's own, which goes with it; it is there when a client can find its leaders."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])
        # Kafka tells nobody when it is ready.
        while not all(found["leader"] >= 0 for found in await _described(admin, name)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        try:
            yield
        finally:
            await admin.delete_topics([name])
    finally:
        await admin.close()


async def _described(admin: AIOKafkaAdminClient, name: str) -> list[dict[str, Any]]:
    [described] = await admin.describe_topics([name])
    partitions: list[dict[str, Any]] = described["partitions"]
    return partitions or [{"leader": -1}]


class Filling:
    """Events in transactions: readers of committed records see none of a transaction, and then all of it."""

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
                "log_level": _LOG_LEVEL,
            }
        )
        self._begun = False
        self.ends: dict[int, int] = {}
        """The offset after the last event of each partition that has any."""

    async def write(self, some: Iterable[Sent]) -> None:
        """Hands all events of a transaction to the broker, unseen as yet."""
        await asyncio.to_thread(self._write, some)

    async def commit(self) -> None:
        """Shows them."""
        await asyncio.to_thread(self._producer.commit_transaction, _WITHIN)

    def _write(self, some: Iterable[Sent]) -> None:
        producer = self._producer
        if not self._begun:
            producer.init_transactions(_WITHIN)
            self._begun = True
        producer.begin_transaction()
        headers: dict[str, str | bytes | None] = {"content-type": STRUCTURED}
        places = Counter(self.ends)
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


class _Announcement(msgspec.Struct):
    customer: str
    revision: int


class Announcements:
    """What an outside reader of `egard.relationships` sees."""

    def __init__(self, brokers: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": "egard-bench",
                "enable.auto.commit": False,
                "log_level": _LOG_LEVEL,
            }
        )

    async def count(self) -> int:
        """How many there were so far."""
        return sum((await asyncio.to_thread(self._ends)).values())

    async def read(self) -> tuple[dict[str, int], float]:
        """The last revision of each customer, and when the last was announced (Unix epoch, seconds)."""
        return await asyncio.to_thread(self._read)

    async def close(self) -> None:
        """Lets go of the broker."""
        await asyncio.to_thread(self._consumer.close)

    def _ends(self) -> dict[int, int]:
        return {
            partition: self._consumer.get_watermark_offsets(TopicPartition(RELATIONSHIPS, partition))[1]
            for partition in range(PARTITIONS)
        }

    def _read(self) -> tuple[dict[str, int], float]:
        left = {partition: end for partition, end in self._ends().items() if end}
        self._consumer.assign([TopicPartition(RELATIONSHIPS, partition, 0) for partition in left])
        decode = msgspec.json.Decoder(_Announcement).decode
        revisions: dict[str, int] = {}
        newest = 0
        until = time.monotonic() + _WITHIN
        while left:
            assert time.monotonic() < until, "the broker does not give what was announced"
            # It waits until it has so many, or for so many seconds.
            for record in self._consumer.consume(10_000, 0.2):
                error, value = record.error(), record.value()
                assert error is None, f"what was announced cannot be read: {error}"
                assert value is not None, "an announcement is empty"
                told = decode(value)
                revisions[told.customer] = max(told.revision, revisions.get(told.customer, 0))
                newest = max(newest, record.timestamp()[1])
                partition, offset = record.partition(), record.offset()
                if offset is not None and partition in left and offset + 1 >= left[partition]:
                    del left[partition]
        return revisions, newest / 1000
