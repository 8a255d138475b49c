"""Several batches under way at once, and the events of each subject still in their order."""

import asyncio
from collections.abc import Callable
from zlib import crc32

from services.cli.publishing.lines import Line
from services.cli.publishing.patience import Patience, TryAgain
from services.cli.publishing.target import NotTaken, Target, Verdict

_MOST_BATCH_BYTES = 1024 * 1024

Settle = Callable[[list[Line], Verdict], None]


class Lanes:
    """A subject always takes the same lane, and a lane sends one batch at a time.

    A lane that is idle sends what there is, so a slow source is published as it comes; while it waits for an
    answer its lines add up to a batch. Lines wait in bounded numbers: a full lane holds up the reader.

    Until the first answer one lane goes ahead: whoever may not publish at all hears so while nothing else is
    under way of which nobody would know whether it was taken.
    """

    def __init__(self, target: Target, patience: Patience, settle: Settle, *, lanes: int, batch: int) -> None:
        self._target = target
        self._patience = patience
        self._settle = settle
        self._batch = batch
        self._lanes: list[asyncio.Queue[Line | None]] = [asyncio.Queue(2 * batch) for _ in range(lanes)]
        self._ahead = asyncio.Lock()
        self._answered = False
        self._perhaps = 0

    @property
    def took_nothing(self) -> bool:
        """Whether certainly nothing was taken of all that went out, answered or not."""
        return not self._perhaps

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
        if not self._answered:
            async with self._ahead:
                if not self._answered:
                    await self._deliver(batch)
                    self._answered = True
                    return
        await self._deliver(batch)

    async def _deliver(self, batch: list[Line]) -> None:
        first = True
        while True:
            await self._patience.hold()
            self._perhaps += first
            try:
                verdict = await self._target.publish(batch)
            except TryAgain as answer:
                first = False
                self._patience.not_now(answer)
            except NotTaken:
                self._perhaps -= first  # what was tried before was perhaps taken then
                raise
            else:
                self._perhaps -= first and not verdict.accepted
                self._patience.got_through()
                self._settle(batch, verdict)
                return
