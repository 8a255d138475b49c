"""The clock as a process: deadlines into causes, readings kept fresh, their history, what expires deleted.

It publishes nothing.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic

from services.clock.rounds import QUERIES, Rounds, Step
from services.runtime.database import persist
from services.runtime.service import Context, Service

TICK = 0.5
"""Seconds between looks at what is due."""

ROUND = 300.0
"""Seconds from the beginning of one round through all readings to the next, or as long as one takes."""

REST = 2.0
"""After a slice of a round it rests for so many times as long: the database has others to serve."""

KEEP_DEAD_LETTERS = timedelta(days=30)
"""Dead letters are kept for so long after they were last refused."""

_SOME = 500


class Clock(Service):
    """Sees what did not happen in time. Any number may run: rows are taken with `skip locked`."""

    name = "clock"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._rounds = Rounds(context.pool, context.strategy)

    async def start(self) -> None:
        """Begins to tick."""
        self.spawn(self._tick())
        self.spawn(self._go_round())
        self.spawn(self._expire())

    async def _tick(self) -> None:
        while True:
            turned = await persist("The clock", lambda: self.turn_deadlines(datetime.now(UTC)))
            if turned < _SOME:
                await asyncio.sleep(TICK)

    async def _go_round(self) -> None:
        last, began = "", monotonic()
        while True:
            started = monotonic()
            step = await self._step(last)
            if step.last is not None:
                last = step.last
                await asyncio.sleep(REST * (monotonic() - started))
            else:
                await asyncio.sleep(max(TICK, began + ROUND - monotonic()))
                last, began = "", monotonic()

    async def _step(self, last: str) -> Step:
        return await persist("The clock", lambda: self._rounds.step(last, datetime.now(UTC)))

    async def _expire(self) -> None:
        while True:
            expired = await persist("The clock", lambda: self.expire_dead_letters(datetime.now(UTC)))
            if expired < _SOME:
                await asyncio.sleep(60)

    async def turn_deadlines(self, now: datetime) -> int:
        """Turns deadlines that passed by `now` into causes; returns how many."""
        async with self.context.pool.acquire() as connection, connection.transaction():
            done = await connection.execute(QUERIES["turn_deadlines_into_causes"], now, _SOME)
            count = int(done.split()[-1])
            if count:
                await connection.execute("notify egard_causes")
        return count

    async def expire_dead_letters(self, now: datetime) -> int:
        """Deletes some of the dead letters that were refused too long before `now`; returns how many."""
        done = await self.context.pool.execute(QUERIES["expire_dead_letters"], now - KEEP_DEAD_LETTERS, _SOME)
        return int(done.split()[-1])
