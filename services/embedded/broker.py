"""A Kafka broker in this process, for the demo and most tests."""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from services.embedded.errors import EmbeddedError

PARTITIONS = 4
"""How many partitions a topic of the embedded broker has."""

PARTITION_BYTES = 5 * 1024 * 1024
"""How many bytes of record batches a partition of the embedded broker keeps; older ones are dropped."""

_ANSWER_WITHIN = 10.0
"""Seconds for the broker to say something about itself."""


class EmbeddedBroker:
    """librdkafka's mock cluster: a broker that speaks Kafka's protocol on a free port of 127.0.0.1.

    It lives in a few threads of this process and in its memory; nothing is on disk. Its limits:

    - a partition keeps `PARTITION_BYTES` and at most 100,000 batches, and then **drops its oldest records,
      read or not**: whoever publishes in bulk waits for the reader;
    - no admin client can create topics: they appear with `PARTITIONS` partitions when first touched;
    - one member per consumer group: do not test rebalances here;
    - no retention by time, no compaction, no isolation levels to rely on, no restart that keeps data;
    - anybody on the machine can connect.

    What depends on these is tested on Apache Kafka (`tests/kafka`).

        async with EmbeddedBroker() as broker:
            await broker.touch(["egard.interactions"])
            producer = AIOKafkaProducer(bootstrap_servers=broker.address)
    """

    def __init__(self) -> None:
        self._cluster: _Cluster | None = None

    @property
    def address(self) -> str:
        """`host:port`, for any client's bootstrap servers.

        Raises:
            EmbeddedError: The broker is not running.
        """
        return self._running().address

    async def start(self) -> None:
        """Start the broker; it answers when this returns.

        Raises:
            EmbeddedError: It is running already, or confluent-kafka is not installed.
        """
        if self._cluster is not None:
            raise EmbeddedError("The embedded broker is running already.")
        self._cluster = await asyncio.to_thread(_Cluster)

    async def stop(self) -> None:
        """Stop the broker and forget its topics and records. Harmless when not running."""
        if self._cluster is not None:
            cluster, self._cluster = self._cluster, None
            await asyncio.to_thread(cluster.close)

    async def touch(self, topics: Iterable[str]) -> None:
        """Make topics exist, each with `PARTITIONS` partitions; one that exists stays as it is.

        Raises:
            EmbeddedError: The broker is not running.
        """
        cluster = self._running()
        for topic in topics:
            await asyncio.to_thread(cluster.touch, topic)

    async def __aenter__(self) -> Self:
        """Start the broker."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the broker."""
        await self.stop()

    def _running(self) -> "_Cluster":
        if self._cluster is None:
            raise EmbeddedError("The embedded broker is not running.")
        return self._cluster


class _Cluster:
    """The mock cluster, by the only handle Python has on it: a producer that owns one."""

    def __init__(self) -> None:
        try:
            from confluent_kafka import Producer
        except ImportError:
            raise EmbeddedError(
                "The embedded broker needs the package confluent-kafka: install Égard's extra `embedded`."
            ) from None
        # log_level 0 is "emergencies only": otherwise it announces on stderr that it is a mock, and complains
        # each time a client goes away.
        self._producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
        (broker,) = self._producer.list_topics(timeout=_ANSWER_WITHIN).brokers.values()
        self.address = f"{broker.host}:{broker.port}"

    def touch(self, topic: str) -> None:
        self._producer.list_topics(topic, timeout=_ANSWER_WITHIN)

    def close(self) -> None:
        self._producer.close()
