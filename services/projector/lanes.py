"""Lanes: one for each owned partition, whose records wait, decoded, while the database works.

What comes while a batch is being applied makes the next one. So batches are as small as one record while
there is little to do, and as large as they may be when the projector is behind; and the database and this
process work at the same time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from services.projector.batch import Batch, prepare
from services.projector.positions import Position
from services.projector.records import Record

MOST_IN_BATCH = 10_000
"""The most records of a batch, as far as they are in pieces that small."""

_MOST_WAITING = 15_000
"""The most records that wait in all lanes: more would make it no faster, only larger."""

_MOST_BYTES = 48 * 1024 * 1024
"""And the most bytes of them."""

Apply = Callable[["Lane", Batch], Awaitable[None]]


class Lane:
    """One owned partition: where it stands, and what waits to be applied."""

    def __init__(self, partition: int, position: Position) -> None:
        self.partition = partition
        self.position = position
        self.read = position.next
        """The offset of the next record to be read: what is before it was applied, or waits."""
        self.waiting: Batch | None = None
        self.bytes = 0
        """How many bytes wait."""
        self.wake = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        """How many records wait."""
        return 0 if self.waiting is None else self.waiting.size

    def put(self, records: Sequence[Record]) -> None:
        """Decodes records that come next, and lets them wait."""
        if self.waiting is None:
            self.waiting = prepare(self.partition, self.read, records)
        else:
            self.waiting.extend(records)
        self.read = self.waiting.next
        self.bytes += sum(len(record.value or b"") for record in records)
        self.wake.set()

    def take(self) -> Batch | None:
        """All that waits."""
        batch, self.waiting, self.bytes = self.waiting, None, 0
        self.wake.clear()
        return batch


class Lanes:
    """All lanes of a process, and how much they may do at once."""

    def __init__(self, apply: Apply, *, at_once: int) -> None:
        """`apply` is done for one batch of a lane at a time, and for `at_once` lanes at the same time."""
        self._apply = apply
        self._at_once = asyncio.Semaphore(at_once)
        self._lanes: dict[int, Lane] = {}
        self._room = asyncio.Event()

    def get(self, partition: int) -> Lane | None:
        """The lane of a partition, if it is owned."""
        return self._lanes.get(partition)

    @property
    def all(self) -> list[Lane]:
        """Every lane."""
        return list(self._lanes.values())

    def open(self, partition: int, position: Position) -> Lane:
        """Makes a lane for a partition, in the place of one that there may be."""
        self.close(partition)
        lane = self._lanes[partition] = Lane(partition, position)
        lane.task = asyncio.create_task(self._work(lane), name=f"lane {partition}")
        return lane

    def close(self, partition: int) -> None:
        """Lets go of a partition. A batch under way is safe: its compare-and-set decides."""
        lane = self._lanes.pop(partition, None)
        if lane is not None:
            lane.take()
            lane.wake.set()
            self._room.set()

    async def put(self, lane: Lane, records: Sequence[Record]) -> None:
        """Lets records of a lane wait, and returns once there is room for more."""
        lane.put(records)
        while self._lanes.get(lane.partition) is lane and self._full(lane):
            self._room.clear()
            await self._room.wait()

    async def drain(self, within: float) -> None:
        """Waits for the batches under way, and ends all lanes."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        for partition in list(self._lanes):
            self.close(partition)
        if tasks:
            await asyncio.wait(tasks, timeout=within)
        for task in tasks:
            task.cancel()

    def _full(self, lane: Lane) -> bool:
        if lane.size >= MOST_IN_BATCH:
            return True
        return (
            sum(one.size for one in self._lanes.values()) >= _MOST_WAITING
            or sum(one.bytes for one in self._lanes.values()) >= _MOST_BYTES
        )

    async def _work(self, lane: Lane) -> None:
        while self._lanes.get(lane.partition) is lane:
            await lane.wake.wait()
            async with self._at_once:
                await self._apply_waiting(lane)

    async def _apply_waiting(self, lane: Lane) -> None:
        """Applies what waits. No batch outlives this: each lane would hold its last one, of up to 10,000."""
        batch = lane.take()
        self._room.set()
        if batch is not None:
            await self._apply(lane, batch)
