"""The producer that every service publishes with: a lane per partition, whose records wait together.

aiokafka makes a future of every record. Here those of one call share one, and what comes while a lane waits
for Kafka goes with its next batch, whoever published it.
"""

import asyncio
import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed, UnknownTopicOrPartitionError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from services.runtime.errors import Fatal

GOODBYE = 3.0
"""Seconds that Kafka has to answer when we take our leave."""

_PARTITIONS_KNOWN_FOR_MS = 30_000
"""Milliseconds after which the partitions of topics are asked for again: some may have been added."""

Place = tuple[int, int]
"""Where a record stands: partition and offset."""

_LOOK_EVERY = 0.1
"""Seconds between looks at what takes too long."""


class Outgoing(msgspec.Struct, frozen=True):
    """A record to be published."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class _Parcel:
    """The records of one call, and what became of them."""

    __slots__ = ("_left", "_places", "done", "records", "until")

    def __init__(self, records: list[Outgoing], until: float) -> None:
        self.records = records
        self.until = until
        self.done: asyncio.Future[list[Place]] = asyncio.get_running_loop().create_future()
        self._left = len(records)
        self._places: list[Place] = [(-1, -1)] * len(records)

    def stored(self, number: int, place: Place) -> None:
        """All in-sync replicas hold one of the records."""
        self._places[number] = place
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result(self._places)

    def fail(self, error: Exception) -> None:
        """Ends the call, unless it has ended."""
        if not self.done.done():
            self.done.set_exception(error)

    def close(self) -> None:
        """Lets go of the records, and of the error: lanes pass over what is left of them in their queues.

        Until they do they hold this, and an error holds all that was at work when it was raised.
        """
        self.done.cancel()
        self.done = asyncio.get_running_loop().create_future()
        self.done.cancel()
        self.records.clear()


_Waiting = tuple[_Parcel, int]
"""A parcel, and the place of one of its records."""


class _Lane:
    """One partition: a batch under way, and what waits for the next."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, partition: int) -> None:
        self._producer = producer
        self._topic = topic
        self._partition = partition
        self._wake = asyncio.Event()
        self._waiting: deque[_Waiting] = deque()
        self.task = asyncio.create_task(self._work(), name=f"{topic} {partition}")

    def put(self, records: Iterable[_Waiting]) -> None:
        """Puts records at the end."""
        self._waiting.extend(records)
        self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._send()

    async def _send(self) -> None:
        """Sends as much of what waits as a batch can hold."""
        builder = self._producer.create_batch()
        sent = self._fill(builder)
        if not sent:
            return
        try:
            base = await self._store(builder)
        except Exception as error:  # whatever it is, the lane goes on: others wait in it
            for parcel, _ in sent:
                parcel.fail(error)
            sent.clear()  # aiokafka may keep the error for long, and with it what is in this frame
            return
        for offset, (parcel, number) in enumerate(sent, base):
            parcel.stored(number, (self._partition, offset))

    async def _store(self, builder: BatchBuilder) -> int:
        """Sends a batch; returns the offset of its first record."""
        if self._partition not in await self._producer.partitions_for(self._topic):
            # The topic was made anew with fewer: whoever repeats the call finds another lane.
            raise UnknownTopicOrPartitionError(f"{self._topic} has no partition {self._partition} any more")
        acknowledged = await self._producer.send_batch(builder, self._topic, partition=self._partition)
        base: int = (await acknowledged).offset
        return base

    def _fill(self, builder: BatchBuilder) -> list[_Waiting]:
        """Takes from what waits until the batch is full; returns what is in it."""
        sent: list[_Waiting] = []
        while self._waiting:
            parcel, number = self._waiting[0]
            # Whoever gave up does not want it sent any more.
            if not parcel.done.done():
                record = parcel.records[number]
                try:
                    added = builder.append(
                        key=record.key, value=record.value, timestamp=None, headers=list(record.headers)
                    )
                except Exception as error:
                    # It cannot be written: that is its caller's matter alone. The others begin a new batch.
                    parcel.fail(error)
                    self._waiting.extendleft(reversed(sent))
                    return []
                if added is None:
                    break  # the batch is full
                sent.append((parcel, number))
            self._waiting.popleft()
        return sent


class Producer:
    """Publishes records and returns once all in-sync replicas hold them."""

    def __init__(self, brokers: str, *, client: str, within: float = 30.0) -> None:
        """`within` is how long, in seconds, a record may take before it counts as not published."""
        self._brokers = brokers
        self._client = client
        self._within = within
        self._producer: AIOKafkaProducer | None = None
        self._lanes: dict[str, list[_Lane]] = {}
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
            metadata_max_age_ms=_PARTITIONS_KNOWN_FOR_MS,
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

        Records of one key keep their order. Raises `KafkaError` or `TimeoutError` if any was not
        acknowledged; those before and after it may have been. `ProducerClosed` is the `KafkaError` of a
        producer that was not started, or has stopped.
        """
        some = list(records)
        if not some:
            return []
        until = asyncio.get_running_loop().time() + self._within
        lanes: dict[str, list[_Lane]] = {}
        for one in some:
            if one.topic not in lanes:
                lanes[one.topic] = await self._of(one.topic)
        parcel = _Parcel(some, until)
        self._under_way[parcel] = None
        try:
            _hand_out(parcel, lanes)
            return await parcel.done
        finally:
            del self._under_way[parcel]
            parcel.close()

    async def lacks(self, topics: Iterable[str]) -> list[str]:
        """Which of these topics the brokers do not have. Raises `KafkaError` and `ProducerClosed`."""
        if self._producer is None:
            raise ProducerClosed
        cluster = await self._producer.client.fetch_all_metadata()
        there = cluster.topics()
        return [topic for topic in topics if topic not in there]

    async def _give_up(self) -> None:
        """Ends what takes too long: one watch for all calls, since timers for each would cost more."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            now = loop.time()
            # All of them: one that waited for its topic to be known began before those ahead of it.
            for parcel in self._under_way:
                if parcel.until <= now:
                    parcel.fail(TimeoutError())

    async def stop(self) -> None:
        """Sends what is under way and disconnects; does not wait long for a Kafka that does not answer.

        Calls that have not ended by then end with `ProducerClosed`.
        """
        if self._producer is None:
            return
        producer, self._producer = self._producer, None
        if self._under_way:
            await asyncio.wait([parcel.done for parcel in self._under_way], timeout=GOODBYE)
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await producer.stop()
        tasks = [lane.task for lanes in self._lanes.values() for lane in lanes]
        if self._watch is not None:
            tasks.append(self._watch)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        for parcel in self._under_way:
            parcel.fail(ProducerClosed())

    async def _of(self, topic: str) -> list[_Lane]:
        """The lanes of a topic, by partition. Raises `ProducerClosed`, also where we stop meanwhile."""
        producer = self._producer
        if producer is None:
            raise ProducerClosed
        # Only the first time does anybody have to be asked.
        async with asyncio.timeout(self._within):
            found: Any = await producer.partitions_for(topic)
        if self._producer is None:
            raise ProducerClosed
        lanes = self._lanes.setdefault(topic, [])
        lanes += [_Lane(producer, topic, number) for number in range(len(lanes), len(found))]
        return lanes[: len(found)]


def _hand_out(parcel: _Parcel, lanes: Mapping[str, list[_Lane]]) -> None:
    """Puts each record of a parcel into the lane where it belongs."""
    shares: dict[_Lane, list[_Waiting]] = {}
    for number, record in enumerate(parcel.records):
        lane = _one(lanes[record.topic], record.key)
        share = shares.get(lane)
        if share is None:
            share = shares[lane] = []
        share.append((parcel, number))
    for lane, share in shares.items():
        lane.put(share)


def _one(lanes: list[_Lane], key: bytes | None) -> _Lane:
    """Where a key belongs, as Kafka's Java clients have it; without a key, anywhere."""
    if key is None:
        return random.choice(lanes)  # noqa: S311 - nothing depends on the choice
    return lanes[(_hash(key) & 0x7FFFFFFF) % len(lanes)]


# Customers come again and again, and the hash is pure Python. 65,536 of them took 18 MiB, 16,384 take 5.
@lru_cache(maxsize=16_384)
def _hash(key: bytes) -> int:
    found: int = murmur2(key)
    return found
