"""Records that Kafka handed out before their partition was taken over anew: they are read once more."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError

from events import RecognitionRemembered
from projections.strategy import Strategy
from services.projector import lanes, positions
from services.projector.announcer import Announcer
from services.projector.batch import Batch
from services.projector.engine import Applied, Engine
from services.projector.partitions import Partitions
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import Outgoing, Place
from tests.integration.identity.told import told
from tests.stack import until

BUSY, CUT = 0, 1
"""A partition that is behind, and one whose commit is answered by nobody."""


class _Consumer:
    """Kafka's side: what is read next of each partition."""

    def __init__(self) -> None:
        self.next: dict[int, int] = {}
        self.owned = {BUSY, CUT}

    def assignment(self) -> set[Any]:
        return {TopicPartition(INTERACTIONS, partition) for partition in self.owned}

    def seek(self, place: Any, offset: int) -> None:
        self.next[place.partition] = offset

    def pause(self, *places: Any) -> None:
        if not self.assignment().issuperset(places):
            raise IllegalStateError("No current assignment")

    resume = pause

    def hand_out(self, partition: int, count: int) -> list[ConsumerRecord]:
        first = self.next[partition]
        self.next[partition] += count
        return [_record(partition, offset) for offset in range(first, first + count)]


class _Producer:
    async def publish(self, records: Sequence[Outgoing]) -> list[Place]:
        return [(0, 0)] * len(records)


class _Engine(Engine):
    """Waits with one partition, and with the answer to the first commit of another, which is then lost."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self.goes_on = asyncio.Event()
        self.breaks = asyncio.Event()
        self.committed = asyncio.Event()

    async def apply(self, batch: Batch, announced: int) -> Applied:
        if batch.partition == BUSY:
            await self.goes_on.wait()
        applied = await super().apply(batch, announced)
        if batch.partition == CUT and not self.committed.is_set():
            self.committed.set()
            await self.breaks.wait()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return applied


def _record(partition: int, offset: int) -> ConsumerRecord:
    body = told(f"customer-{partition}", 1, RecognitionRemembered(what="x"), f"{partition}-{offset}").body
    return ConsumerRecord(INTERACTIONS, partition, offset, 0, 0, None, body, None, -1, len(body), ())


def _partitions(
    pool: Pool,
    engine: Engine,
    consumer: _Consumer,
    failures: list[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> Partitions:
    async def check(*_: object) -> dict[int, int]:
        return {}

    monkeypatch.setattr(positions, "check", check)
    return Partitions(
        pool=pool,
        engine=engine,
        announcer=Announcer(pool, _Producer()),  # type: ignore[arg-type]
        topic=INTERACTIONS,
        consumer=lambda: consumer,
        fail=failures.append,
        accept_gap=False,
    )


async def test_records_that_were_handed_out_before_a_takeover_do_not_count_after_it(
    pool: Pool, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a commit is lost while later records wait behind a partition without room: all come."""

    async def journalled() -> list[int]:
        rows = await pool.fetch(
            "select kafka_offset from journal where kafka_partition = $1 order by kafka_offset", CUT
        )
        return [row["kafka_offset"] for row in rows]

    monkeypatch.setattr(lanes, "MOST_IN_BATCH", 2)
    consumer, engine, failures = _Consumer(), _Engine(pool, strategy, INTERACTIONS), list[BaseException]()
    partitions = _partitions(pool, engine, consumer, failures, monkeypatch)
    await partitions.on_partitions_assigned(consumer.assignment())
    await partitions.handle([*consumer.hand_out(BUSY, 1), *consumer.hand_out(CUT, 1)])
    await engine.committed.wait()
    await partitions.handle(consumer.hand_out(CUT, 1))
    # The first of these find no room, and the others are in line behind them.
    handling = asyncio.create_task(
        partitions.handle([*consumer.hand_out(BUSY, 2), *consumer.hand_out(CUT, 1)])
    )
    await asyncio.sleep(0)
    engine.breaks.set()

    async def taken_over() -> bool:
        return consumer.next[CUT] == 1

    await until(taken_over)
    engine.goes_on.set()
    await handling
    await partitions.handle(consumer.hand_out(CUT, 2))

    async def applied() -> bool:
        return CUT in partitions.owned and partitions.owned[CUT].next == 3

    await until(applied)
    assert await journalled() == [0, 1, 2]
    assert failures == []
    await partitions.close()


async def test_a_partition_that_is_taken_from_us_while_it_is_taken_over_stops_nobody(
    pool: Pool, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebalance comes while what was left unannounced is announced: the partition is another's now."""
    consumer, engine, failures = _Consumer(), _Engine(pool, strategy, INTERACTIONS), list[BaseException]()
    partitions = _partitions(pool, engine, consumer, failures, monkeypatch)
    announce = Announcer.catch_up

    async def taken_from_us(self: Announcer, *words: int) -> None:
        await partitions.on_partitions_revoked([TopicPartition(INTERACTIONS, CUT)])
        consumer.owned.discard(CUT)
        await announce(self, *words)

    await partitions.on_partitions_assigned(consumer.assignment())
    monkeypatch.setattr(Announcer, "catch_up", taken_from_us)
    await partitions.handle(consumer.hand_out(CUT, 1))
    engine.breaks.set()

    async def displaced() -> bool:
        return CUT not in consumer.owned

    await until(displaced)
    await partitions.close()
    assert failures == []
