"""The clock as a process: deadlines, readings and their history, what became of prompts, what expires.

It publishes nothing.
"""

import asyncio
from datetime import datetime, timedelta
from time import monotonic

from services.clock.cadence import measure
from services.clock.comparing import compare_some, sum_up
from services.clock.measuring import measure_some
from services.clock.occasions import look_at_some
from services.clock.rounds import QUERIES, Rounds, Step
from services.clock.waiting import raise_waiting
from services.runtime.database import persist
from services.runtime.service import Context, Service

TICK = 0.5
"""Seconds between looks at what is due."""

ROUND = 300.0
"""Seconds from the beginning of one round through all readings to the next, or as long as one takes."""

REST = 2.0
"""After a slice of a round it rests for so many times as long: the database has others to serve."""

_LONGEST_REST = 30.0
"""It rests no longer than so many seconds: a slice that the database was away for is no measure."""

MEASURE = 3600.0
"""Seconds between two looks at how often customers come."""

LOOK = 10.0
"""Seconds between two looks at what became of some prompts."""

KEEP_DEAD_LETTERS = timedelta(days=30)
"""Dead letters are kept for so long after they were last refused."""

_SOME = 500


class Clock(Service):
    """Sees what did not happen in time. Any number may run: rows are taken with `skip locked`."""

    name = "clock"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._rounds = Rounds(context.pool, context.strategy)
        self._waited_for: datetime | None = None

    async def start(self) -> None:
        """Begins to tick."""
        self.spawn(self._tick())
        self.spawn(self._go_round())
        self.spawn(self._expire())
        self.spawn(self._measure())
        self.spawn(self._measure_prompts())
        self.spawn(self._see_who_waits())

    async def _tick(self) -> None:
        while True:
            turned = await persist("The clock", lambda: self.turn_deadlines(self.context.clock()))
            if turned < _SOME:
                await asyncio.sleep(TICK)

    async def _go_round(self) -> None:
        last, began = "", monotonic()
        while True:
            started = monotonic()
            step = await self._step(last)
            if step.last is not None:
                last = step.last
                await asyncio.sleep(min(_LONGEST_REST, REST * (monotonic() - started)))
            else:
                await persist("The clock", lambda: self.sum_up(self.context.clock()))
                await asyncio.sleep(max(TICK, began + ROUND - monotonic()))
                last, began = "", monotonic()

    async def _step(self, last: str) -> Step:
        step = await persist("The clock", lambda: self._rounds.step(last, self.context.clock()))
        end = step.last
        if end is not None:
            await persist("The clock", lambda: self.compare(last, end, self.context.clock()))
            await persist("The clock", lambda: self.look(last, end, self.context.clock()))
        return step

    async def compare(self, after: str, last: str, now: datetime) -> int:
        """Sets beside a reading what customers in a span stated, and what was judged of them."""
        return await compare_some(self.context.pool, self.context.strategy, after, last, now)

    async def look(self, after: str, last: str, now: datetime) -> int:
        """Finds when to look at customers in a span again: at their silence, and at anniversaries."""
        return await look_at_some(self.context.pool, self.context.strategy, after, last, now)

    async def sum_up(self, now: datetime) -> None:
        """Sums up what all customers said beside what was read, at the end of a round."""
        await sum_up(self.context.pool, self.context.strategy, now)

    async def _expire(self) -> None:
        while True:
            expired = await persist("The clock", lambda: self.expire_dead_letters(self.context.clock()))
            if expired < _SOME:
                await asyncio.sleep(60)

    async def _measure(self) -> None:
        while True:
            await persist("The clock", lambda: measure(self.context.pool, self.context.clock()))
            await asyncio.sleep(MEASURE)

    async def _see_who_waits(self) -> None:
        while True:
            await persist("The clock", lambda: self.raise_waiting(self.context.clock()))
            await asyncio.sleep(ROUND)

    async def raise_waiting(self, now: datetime) -> int:
        """Raises causes for attempts that have gone unanswered for too long since the look before."""
        raised = await raise_waiting(self.context.pool, self.context.strategy, self._waited_for, now)
        self._waited_for = now
        return raised

    async def _measure_prompts(self) -> None:
        while True:
            await persist("The clock", lambda: self.measure_prompts(self.context.clock()))
            await asyncio.sleep(LOOK)

    async def measure_prompts(self, now: datetime) -> int:
        """Sees what became of those who were prompted for, or held out, long enough ago; returns how many."""
        return await measure_some(self.context.pool, self.context.strategy, now)

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
