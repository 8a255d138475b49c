"""The partitions that this process owns: assigned, applied batch by batch, announced, given back."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from opentelemetry.trace import SpanKind

from services.projector import positions
from services.projector.announcer import Announcer
from services.projector.batch import Batch
from services.projector.consumer import Consumer
from services.projector.engine import Applied, Displaced, Engine
from services.projector.lanes import Lane, Lanes
from services.projector.positions import Position
from services.projector.records import Record
from services.projector.sql import QUERIES
from services.projector.standstill import Standstill
from services.runtime import memory, telemetry
from services.runtime.database import Pool, persist, sentence
from services.runtime.errors import Fatal

log = logging.getLogger("egard.projector")

_HOUSEKEEPING = 2.0
"""Seconds between looks at what the broker still holds."""

_COMMITTED_WITHIN = 2.0
"""Seconds that Kafka has to take what is committed, which nothing rests on."""

_AT_ONCE = 3
"""Batches under way at once: as many as keep this process and the database busy."""

_BURST = 1_000
"""Records of a batch that say that the projector was behind."""

_LOG_APPEND_TIME = 1
"""Kafka's mark of a timestamp that the broker set, and not the publisher."""


class Partitions(ConsumerRebalanceListener):  # type: ignore[misc]
    """Applies what comes from Kafka, in order, from the position that the database holds."""

    def __init__(
        self,
        *,
        pool: Pool,
        engine: Engine,
        announcer: Announcer,
        topic: str,
        consumer: Callable[[], Consumer],
        fail: Callable[[BaseException], None],
        accept_gap: bool,
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._announcer = announcer
        self._topic = topic
        self._consumer = consumer
        self._fail = fail
        self._accept_gap = accept_gap
        self._failed = False
        self._burst = False
        self._standstill = Standstill()
        self._lanes = Lanes(self._apply, at_once=_AT_ONCE)
        self._announcing: dict[int, asyncio.Task[None]] = {}
        self.joined = False
        """Whether the group gave this member its share, which may be nothing, at least once."""
        self.applied: Applied = Applied(0, 0, 0, [])

    @property
    def owned(self) -> dict[int, Position]:
        """Where this process stands in each partition that it owns."""
        return {lane.partition: lane.position for lane in self._lanes.all}

    def standing(self) -> dict[Any, int]:
        """The offset of the next record to read in each partition that this process owns."""
        return {TopicPartition(self._topic, lane.partition): lane.read for lane in self._lanes.all}

    async def read(self) -> dict[int, int]:
        """Up to where each partition was read, of those in which all that was handed out is applied.

        Transactions end with markers, which are read and never handed out. So this is further than where we
        stand while there is nothing else.
        """
        found = {}
        for lane in self._lanes.all:
            consumer, place = self._consumer(), TopicPartition(self._topic, lane.partition)
            if place not in consumer.assignment():
                continue
            position = await consumer.position(place)
            # Looked at later than the position: whatever lies before that one has been handed out by now.
            applied = consumer.handed_out.get(place, 0) <= lane.position.next
            if applied and self._lanes.get(lane.partition) is lane:
                found[lane.partition] = position
        return found

    # ------------------------------------------------------------------------------- rebalances

    async def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        """Gives partitions back. Batches under way are safe: their compare-and-set decides."""
        for place in revoked:
            self._lanes.close(place.partition)

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        """Takes partitions over, from their stored positions."""
        # Before anything is awaited: `getmany` may hand out records while this runs (aiokafka #738).
        # And aiokafka must not look for positions of its own: with `auto_offset_reset=none` it would fail.
        places = list(assigned)
        consumer = self._consumer()
        consumer.pause(*places)
        for place in places:
            consumer.seek(place, 0)
        await self._guarded(lambda: self._take(places))
        self.joined = True

    async def _take(self, places: list[Any]) -> None:
        consumer = self._consumer()
        partitions = [place.partition for place in places]
        if not partitions:
            return
        loaded = await persist("The projector", lambda: self._load(partitions))
        await positions.check(consumer, self._topic, loaded)
        await persist("The projector", lambda: positions.keep_topic(self._pool, self._topic, loaded))
        lanes: dict[Any, Lane] = {}
        for partition, position in loaded.items():
            place = TopicPartition(self._topic, partition)
            if place not in consumer.assignment():
                continue
            consumer.seek(place, position.next)
            lanes[place] = self._lanes.open(partition, position)
            if position.announced < position.next:
                await self._announcer.catch_up(partition, position.announced, position.next)
                position.announced = position.next
        # Where it is taken over beside rebalances, one may have come while announcements were made.
        still = consumer.assignment()
        consumer.resume(
            *(
                place
                for place, lane in lanes.items()
                if place in still and self._lanes.get(place.partition) is lane
            )
        )
        log.info("The projector reads %s from %s.", self._topic, {p: one.next for p, one in loaded.items()})

    async def _load(self, partitions: list[int]) -> dict[int, Position]:
        loaded = await positions.load(self._pool, self._topic, partitions)
        if not self._accept_gap:
            return loaded
        await positions.accept_gaps(self._pool, self._consumer(), self._topic, partitions)
        return await positions.load(self._pool, self._topic, partitions)

    # ---------------------------------------------------------------------------------- records

    async def handle(self, records: Sequence[ConsumerRecord]) -> None:
        """Takes in records of any owned partitions, and returns when there is room for more.

        Never raises: a failure stops the process.
        """
        by_partition: dict[int, list[Record]] = defaultdict(list)
        now = time.time_ns() // 1_000_000
        for one in records:
            # Without `LogAppendTime` the timestamp is the publisher's word, or missing. What arrived at an
            # unknown time arrived now: an event is then never refused for its time because of another clock.
            arrived = one.timestamp if one.timestamp_type == _LOG_APPEND_TIME else now
            by_partition[one.partition].append(Record(one.offset, one.key, one.value, one.headers, arrived))
        # They follow what the lanes of now have read. While the first wait for room, another partition may be
        # taken over anew, from an earlier offset: there its records would look like what follows a hole.
        lanes = [(self._lanes.get(partition), some) for partition, some in by_partition.items()]
        for lane, some in lanes:
            if lane is not None:
                await self._guarded(partial(self._put, lane, some))

    async def _put(self, lane: Lane, records: list[Record]) -> None:
        if self._lanes.get(lane.partition) is not lane:
            return
        if records[0].offset < lane.read:
            records = [record for record in records if record.offset >= lane.read]
            if not records:
                return
        if records[0].offset > lane.read:
            # Holes are legal (compaction, transactions); a beginning that moved past us is not.
            next_ = Position(lane.read, lane.read, lane.position.topic_id)
            await positions.check(self._consumer(), self._topic, {lane.partition: next_})
        await self._lanes.put(lane, records)

    async def _apply(self, lane: Lane, batch: Batch) -> None:
        await self._guarded(lambda: self._apply_batch(lane, batch))

    async def _apply_batch(self, lane: Lane, batch: Batch) -> None:
        partition, position = lane.partition, lane.position
        try:
            with telemetry.span("egard.interactions process", links=batch.links, kind=SpanKind.CONSUMER):
                applied = await persist(
                    "The projector", lambda: self._engine.apply(batch, position.announced)
                )
        except Displaced:
            log.warning("Partition %d moved on without us; reading its position again.", partition)
            await self._displaced(lane)
            return
        position.next = batch.next
        self._burst = self._burst or batch.size >= _BURST
        self._count(applied)
        self._tell(partition, applied)
        await self._announce(partition, position, applied, batch.next)

    async def _displaced(self, lane: Lane) -> None:
        """Another process applied these records: a successor, or ourselves before a lost commit answer."""
        if self._lanes.get(lane.partition) is not lane:
            return
        self._lanes.close(lane.partition)
        place = TopicPartition(self._topic, lane.partition)
        if place in self._consumer().assignment():
            self._consumer().pause(place)
            await self._take([place])

    async def _announce(self, partition: int, position: Position, applied: Applied, until: int) -> None:
        """Announces beside the next batch; that one stores how far announcements had come."""
        earlier = self._announcing.get(partition)
        if earlier is not None:
            await earlier

        async def announce() -> None:
            await self._announcer.announce(applied.told, applied.gone)
            position.announced = until

        self._announcing[partition] = asyncio.create_task(announce())

    def _tell(self, partition: int, applied: Applied) -> None:
        """Logs how many records were refused, and why; what they hold is for the table alone."""
        if applied.dropped:
            log.info("Partition %d: %d records of erased customers were dropped.", partition, applied.dropped)
        if applied.buried.new:
            log.warning(
                "Partition %d: %d refused and kept as dead letters (%s).",
                *(partition, *_told(applied.buried.new)),
            )
        if applied.buried.again:
            log.warning(
                "Partition %d: %d sent again, and refused again (%s).",
                *(partition, *_told(applied.buried.again)),
            )

    def _count(self, applied: Applied) -> None:
        before = self.applied
        self.applied = Applied(
            before.accepted + applied.accepted,
            before.repeated + applied.repeated,
            before.refused + applied.refused,
            [],
        )

    # ---------------------------------------------------------------------------- housekeeping

    async def keep_house(self) -> None:
        """Watches that nothing unread is deleted or left unread, and tells Kafka's lag tools where we are.

        After a burst it gives memory back.
        """
        while True:
            await asyncio.sleep(_HOUSEKEEPING)
            with suppress(KafkaError):
                ends = await positions.check(self._consumer(), self._topic, dict(self.owned))
                await self._watch(ends)
            # Without its coordinator a commit waits for ever, and the watch must go on.
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(self._commit(self.owned, await self.read()), _COMMITTED_WITHIN)
            if self._burst and all(lane.read == lane.position.next for lane in self._lanes.all):
                self._burst = False
                memory.give_back()

    async def _watch(self, ends: Mapping[int, int]) -> None:
        """Sounds an alarm where a partition has stood still for long though there is more to read."""
        read = await self.read()
        places = {}
        for partition, position in self.owned.items():
            if partition in ends:
                behind = read.get(partition, position.next) < ends[partition]
                places[partition] = (position.next, ends[partition] if behind else position.next)
        for one in self._standstill.look(time.monotonic(), places):
            log.warning(
                "Partition %d stands still: offset %d is next, the end is %d; nothing was applied for %d s.",
                one.partition,
                one.next,
                one.end,
                one.since,
            )

    async def _commit(self, owned: Mapping[int, Position], read: Mapping[int, int]) -> None:
        # Lag tools count a marker at the end like any record: what was read counts for them.
        offsets = {
            TopicPartition(self._topic, partition): OffsetAndMetadata(
                max(position.next, read.get(partition, 0)), ""
            )
            for partition, position in owned.items()
        }
        if offsets:
            await self._consumer().commit(offsets)

    async def close(self) -> None:
        """Finishes what is under way and its announcements, and stores how far they came."""
        owned, read = self.owned, dict[int, int]()
        with suppress(Exception):
            read = await self.read()
        await self._lanes.drain(within=5)
        tasks = list(self._announcing.values())
        if tasks:
            await asyncio.wait(tasks, timeout=5)
        for task in tasks:
            task.cancel()
        with suppress(Exception):
            for partition, position in owned.items():
                await self._pool.execute(
                    QUERIES["announced"], self._topic, partition, position.announced, timeout=2
                )
        with suppress(Exception):
            await asyncio.wait_for(self._commit(owned, read), _COMMITTED_WITHIN)

    async def _guarded(self, work: Callable[[], Any]) -> None:
        """Nothing may escape into FastStream or aiokafka, which would swallow it and go on."""
        if self._failed:
            return
        try:
            await work()
        except KafkaError as error:
            self._failed = True
            self._fail(Fatal(f"Kafka does not say what {self._topic} holds: {sentence(error)}"))
        except Exception as error:
            self._failed = True
            self._fail(error)


def _told(reasons: Mapping[str, int]) -> tuple[int, str]:
    """How many there are, and of each reason."""
    return sum(reasons.values()), ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
