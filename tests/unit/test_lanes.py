"""Lanes: what waits while the database works makes the next batch, within bounds."""

import asyncio
import gc
from datetime import UTC, datetime

import pytest

from events import RecognitionGreeted, make
from services.projector import lanes
from services.projector.batch import Batch
from services.projector.lanes import Lane, Lanes
from services.projector.positions import Position
from services.projector.records import Record

NOW = datetime.now(UTC)


def _records(first: int, count: int) -> list[Record]:
    found = []
    for offset in range(first, first + count):
        event = make(RecognitionGreeted(), subject="anna", source="/test", id=str(offset), time=NOW)
        found.append(Record(offset, b"anna", event.body, [], int(NOW.timestamp() * 1000)))
    return found


class _Database:
    """Takes its time: a batch is applied when the test says so."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, int, int]] = []
        self.go = asyncio.Semaphore(0)

    async def apply(self, lane: Lane, batch: Batch) -> None:
        self.batches.append((lane.partition, batch.first, batch.next))
        await self.go.acquire()
        lane.position.next = batch.next


async def _turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_comes_meanwhile_is_one_batch() -> None:
    """While the first record is applied others come; they are applied together, from where it ended."""
    database = _Database()
    some = Lanes(database.apply, at_once=2)
    lane = some.open(0, Position(0, 0))
    await some.put(lane, _records(0, 1))
    await _turns()
    await some.put(lane, _records(1, 2))
    await some.put(lane, _records(3, 4))
    await _turns()
    assert database.batches == [(0, 0, 1)]
    database.go.release()
    await _turns()
    assert database.batches == [(0, 0, 1), (0, 1, 7)]
    assert (lane.read, lane.position.next) == (7, 1)
    database.go.release()
    await some.drain(1)


async def test_only_so_many_partitions_are_applied_at_once() -> None:
    """A third partition waits until one of two is done."""
    database = _Database()
    some = Lanes(database.apply, at_once=2)
    for number in range(3):
        await some.put(some.open(number, Position(0, 0)), _records(0, 1))
    await _turns()
    assert len(database.batches) == 2
    database.go.release()
    await _turns()
    assert len(database.batches) == 3
    for _ in range(2):
        database.go.release()
    await some.drain(1)


async def test_who_reads_waits_while_enough_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are taken in until a lane holds a batch's worth; then reading waits for the database."""
    monkeypatch.setattr(lanes, "MOST_IN_BATCH", 3)
    database = _Database()
    some = Lanes(database.apply, at_once=1)
    lane = some.open(0, Position(0, 0))
    await some.put(lane, _records(0, 1))
    await _turns()
    putting = asyncio.create_task(some.put(lane, _records(1, 3)))
    await _turns()
    assert not putting.done()
    database.go.release()
    await _turns()
    assert putting.done()
    database.go.release()
    await some.drain(1)


async def test_a_partition_that_is_given_back_drops_what_waits() -> None:
    """What was not begun is not applied, whoever reads is let go, and the batch under way ends by itself."""
    database = _Database()
    some = Lanes(database.apply, at_once=1)
    lane = some.open(0, Position(0, 0))
    await some.put(lane, _records(0, 1))
    await _turns()
    await some.put(lane, _records(1, 2))
    some.close(0)
    database.go.release()
    await _turns()
    assert database.batches == [(0, 0, 1)]
    assert some.get(0) is None
    assert lane.task is not None
    assert lane.task.done()


async def test_draining_waits_for_the_batch_under_way() -> None:
    """Who stops lets the database finish what it began."""
    database = _Database()
    some = Lanes(database.apply, at_once=1)
    lane = some.open(0, Position(0, 0))
    await some.put(lane, _records(0, 1))
    await _turns()
    draining = asyncio.create_task(some.drain(5))
    await _turns()
    assert not draining.done()
    database.go.release()
    await draining
    assert lane.position.next == 1


async def test_a_lane_at_rest_holds_no_batch() -> None:
    """What was applied is let go of, however long nothing more comes: many partitions would hold much."""
    database = _Database()
    some = Lanes(database.apply, at_once=2)
    lane = some.open(0, Position(0, 0))
    await some.put(lane, _records(0, 5))
    await _turns()
    database.go.release()
    await _turns()
    assert lane.position.next == 5
    gc.collect()
    assert [one for one in gc.get_objects() if isinstance(one, Batch)] == []
    await some.drain(1)
