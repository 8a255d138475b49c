"""The producer that every service publishes with: a lane per partition, whose records wait together.

aiokafka makes a future of every record. Here those of one call share one, and what comes while a lane waits
for Kafka goes with its next batch, whoever published it.
"""

import asyncio
import random
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from services.runtime.errors import Fatal

GOODBYE = 3.0
"""Seconds that Kafka has to answer when we take our leave."""

Place = tuple[int, int]
"""Where a record stands: partition and offset."""

_LOOK_EVERY = 0.1
"""Seconds between looks at what takes too long."""

_PARTITIONS_KNOWN_FOR = 30.0
"""Seconds after which the partitions of a topic are asked for again: more may have been added."""


class Outgoing(msgspec.Struct, frozen=True):
    """A record to be published."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class _Parcel:
    """The records of one call, and what became of them."""

    __slots__ = ("done", "left", "places", "until")

    def __init__(self, count: int, until: float) -> None:
        self.until = until
        self.left = count
        self.places: list[Place] = [(-1, -1)] * count
        self.done: asyncio.Future[list[Place]] = asyncio.get_running_loop().create_future()


class _Waiting(NamedTuple):
    """A record, and its place among those of its parcel."""

    record: Outgoing
    parcel: _Parcel
    number: int


class _Lane:
    """One partition: a batch under way, and what waits for the next."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, partition: int) -> None:
        self._producer = producer
        self._topic = topic
        self._partition = partition
        self._wake = asyncio.Event()
        self._waiting: deque[_Waiting] = deque()
        self.task = asyncio.create_task(self._work())

    def put(self, waiting: _Waiting) -> None:
        """Puts a record at the end."""
        self._waiting.append(waiting)
        self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._send()

    async def _send(self) -> None:
        """Sends as much of what waits as a batch can hold."""
        builder, sent = self._producer.create_batch(), []
        while self._waiting:
            record, parcel, _ = self._waiting[0]
            # Whoever gave up does not want it sent any more.
            if not parcel.done.done():
                added = builder.append(
                    key=record.key, value=record.value, timestamp=None, headers=list(record.headers)
                )
                if added is None:
                    break  # the batch is full
                sent.append(self._waiting[0])
            self._waiting.popleft()
        if not sent:
            return
        try:
            acknowledged = await self._producer.send_batch(builder, self._topic, partition=self._partition)
            base = (await acknowledged).offset
        except (KafkaError, TimeoutError) as error:
            for _, parcel, _ in sent:
                if not parcel.done.done():
                    parcel.done.set_exception(error)
            return
        for offset, (_, parcel, number) in enumerate(sent, base):
            parcel.places[number] = (self._partition, offset)
            parcel.left -= 1
            if not parcel.left and not parcel.done.done():
                parcel.done.set_result(parcel.places)


class Producer:
    """Publishes records and returns once all in-sync replicas hold them."""

    def __init__(self, brokers: str, *, client: str, within: float = 30.0) -> None:
        """`within` is how long, in seconds, a record may take before it counts as not published."""
        self._brokers = brokers
        self._client = client
        self._within = within
        self._producer: AIOKafkaProducer | None = None
        self._lanes: dict[str, list[_Lane]] = {}
        self._asked: dict[str, float] = {}
        self._under_way: dict[_Parcel, None] = {}
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connects. Raises `Fatal` where no broker answers."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._brokers,
            client_id=self._client,
            acks="all",
            linger_ms=0,
            max_batch_size=256 * 1024,
            request_timeout_ms=int(self._within * 1000),
            metadata_max_age_ms=30_000,
        )
        try:
            await producer.start()
        except BaseException as error:
            await producer.stop()
            if isinstance(error, KafkaError):
                raise Fatal(f"Kafka at {self._brokers} cannot be reached: {error}.") from None
            raise
        self._producer = producer
        self._watch = asyncio.create_task(self._give_up())

    async def publish(self, records: Iterable[Outgoing]) -> list[Place]:
        """Publishes records; returns the place (partition, offset) of each, in order.

        Records of one key keep their order. Raises `KafkaError` or `asyncio.TimeoutError` if any was not
        acknowledged; those before and after it may have been.
        """
        if self._producer is None:
            raise RuntimeError("the producer was not started")
        some = list(records)
        if not some:
            return []
        until = asyncio.get_running_loop().time() + self._within
        lanes: dict[str, list[_Lane]] = {}
        for one in some:
            if one.topic not in lanes:
                lanes[one.topic] = await self._of(one.topic)
        parcel = _Parcel(len(some), until)
        self._under_way[parcel] = None
        try:
            for number, record in enumerate(some):
                _one(lanes[record.topic], record.key).put(_Waiting(record, parcel, number))
            return await parcel.done
        finally:
            del self._under_way[parcel]
            parcel.done.cancel()

    async def _give_up(self) -> None:
        """Ends what takes too long: one watch for all calls, since timers for each would cost more."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            for parcel in self._under_way:
                if parcel.until > loop.time():
                    break  # the others came later
                if not parcel.done.done():
                    parcel.done.set_exception(TimeoutError())

    async def stop(self) -> None:
        """Sends what is under way and disconnects; does not wait long for a Kafka that does not answer."""
        if self._producer is None:
            return
        producer, self._producer = self._producer, None
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                if self._under_way:
                    await asyncio.wait([parcel.done for parcel in self._under_way])
                await producer.stop()
        tasks = [lane.task for lanes in self._lanes.values() for lane in lanes]
        if self._watch is not None:
            tasks.append(self._watch)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()

    async def _of(self, topic: str) -> list[_Lane]:
        """The lanes of a topic, by partition."""
        lanes = self._lanes.setdefault(topic, [])
        now = asyncio.get_running_loop().time()
        if now - self._asked.get(topic, float("-inf")) > _PARTITIONS_KNOWN_FOR:
            async with asyncio.timeout(self._within):
                found: Any = await self._producer.partitions_for(topic)  # type: ignore[union-attr]
            lanes += [_Lane(self._producer, topic, number) for number in range(len(lanes), len(found))]
            self._asked[topic] = now
        return lanes


def _one(lanes: list[_Lane], key: bytes | None) -> _Lane:
    """Where a key belongs, as Kafka's Java clients have it; without a key, anywhere."""
    if key is None:
        return random.choice(lanes)  # noqa: S311 - nothing depends on the choice
    return lanes[(_hash(key) & 0x7FFFFFFF) % len(lanes)]


@lru_cache(maxsize=65_536)  # customers come again and again, and the hash is pure Python
def _hash(key: bytes) -> int:
    found: int = murmur2(key)
    return found
