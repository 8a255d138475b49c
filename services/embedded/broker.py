"""A Kafka broker in this process, for the demo and most tests."""

import asyncio
import ctypes
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from services.embedded.errors import EmbeddedError

PARTITIONS = 4
"""How many partitions a topic of the embedded broker has."""

PARTITION_BYTES = 5 * 1024 * 1024
"""How many bytes of record batches a partition of the embedded broker keeps; older ones are dropped."""


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
    """The mock cluster, through the interface in C that librdkafka has for it: Python has none.

    What is in use of that is documented in librdkafka's `rdkafka_mock.h`.
    """

    def __init__(self) -> None:
        try:
            from confluent_kafka import cimpl
        except ImportError:
            raise EmbeddedError(
                "The embedded broker needs the package confluent-kafka: install Égard's extra `embedded`."
            ) from None
        # librdkafka is what this module is linked with, wherever the wheel has put it.
        self._library = library = _declared(ctypes.CDLL(cimpl.__file__))
        settings, why = library.rd_kafka_conf_new(), ctypes.create_string_buffer(512)
        # "Emergencies only": otherwise it announces on stderr that it is a mock, and complains each time a
        # client goes away.
        library.rd_kafka_conf_set(settings, b"log_level", b"0", why, len(why))
        self._client = library.rd_kafka_new(_PRODUCER, settings, why, len(why))
        if not self._client:
            raise EmbeddedError(f"The embedded broker does not start: {why.value.decode()}.")
        self._cluster = library.rd_kafka_mock_cluster_new(self._client, 1)
        # By default the first member of a group waits three seconds for a second one, which never comes here.
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        self.address: str = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def touch(self, topic: str) -> None:
        """Makes a topic, if it is not there."""
        self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), PARTITIONS, 1)

    def close(self) -> None:
        """Forgets everything."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)


_PRODUCER = 0
"""librdkafka's number of a client that produces; any client may own a mock cluster."""


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """librdkafka with the types of what we call: pointers would else be cut to the size of a number."""
    pointer, text, number, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t
    for name, gives, takes in (
        ("rd_kafka_conf_new", pointer, []),
        ("rd_kafka_conf_set", number, [pointer, text, text, text, size]),
        ("rd_kafka_new", pointer, [number, pointer, text, size]),
        ("rd_kafka_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_new", pointer, [pointer, number]),
        ("rd_kafka_mock_cluster_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_bootstraps", text, [pointer]),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
        ("rd_kafka_mock_topic_create", number, [pointer, text, number, number]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library
