"""Several batches under way at once, and the events of each subject still in their order."""

import asyncio
from collections.abc import Callable
from zlib import crc32

from services.cli.publishing.lines import Line
from services.cli.publishing.patience import Patience, TryAgain
from services.cli.publishing.target import Target, Verdict

_MOST_BATCH_BYTES = 1024 * 1024

Settle = Callable[[list[Line], Verdict], None]


class Lanes:
    """A subject always takes the same lane, and a lane sends one batch at a time.

    A lane that is idle sends what there is, so a slow source is published as it comes; while it waits for an
    answer its lines add up to a batch. Lines wait in bounded numbers: a full lane holds up the reader.
    """

    def __init__(self, target: Target, patience: Patience, settle: Settle, *, lanes: int, batch: int) -> None:
        self._target = target
        self._patience = patience
        self._settle = settle
        self._batch = batch
        self._lanes: list[asyncio.Queue[Line | None]] = [asyncio.Queue(2 * batch) for _ in range(lanes)]

    async def put(self, line: Line) -> None:
        """Hands a line to its subject's lane."""
        await self._lanes[crc32(line.subject.encode()) % len(self._lanes)].put(line)

    async def end(self) -> None:
        """Says that no more lines will come."""
        for lane in self._lanes:
            await lane.put(None)

    def start(self, group: asyncio.TaskGroup) -> None:
        """Sets the lanes to work."""
        for lane in self._lanes:
            group.create_task(self._work(lane))

    async def _work(self, lane: asyncio.Queue[Line | None]) -> None:
        more = True
        while more:
            batch, more = await self._next(lane)
            if batch:
                await self._send(batch)

    async def _next(self, lane: asyncio.Queue[Line | None]) -> tuple[list[Line], bool]:
        """What waits in a lane, at least a line of it; False once its end was met."""
        batch: list[Line] = []
        size = 0
        while not batch or (len(batch) < self._batch and size < _MOST_BATCH_BYTES and not lane.empty()):
            line = await lane.get()
            if line is None:
                return batch, False
            batch.append(line)
            size += len(line.body)
        return batch, True

    async def _send(self, batch: list[Line]) -> None:
        while True:
            await self._patience.hold()
            try:
                verdict = await self._target.publish(batch)
            except TryAgain as answer:
                self._patience.not_now(answer)
            else:
                self._patience.got_through()
                self._settle(batch, verdict)
                return
