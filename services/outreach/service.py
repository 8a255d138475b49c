"""Outreach as a process: takes causes, decides, sees prompts to their end, and publishes what follows."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from time import monotonic

from services.outreach import taking, watching
from services.outreach.assigning import Assigning
from services.outreach.knowing import SOURCE
from services.outreach.staff import Staff
from services.outreach.taking import Taking
from services.outreach.watching import Watching
from services.outreach.writing import Writer
from services.runtime import outbox
from services.runtime.database import Wakeup, persist
from services.runtime.service import Context, Service

LOOK = 1.0
"""Seconds between two looks at the prompts under way."""

ASSIGN = 1.0
"""Seconds between two looks at who could take what waits."""

LISTEN = 30.0
"""Seconds between two looks at how outreach was taken."""

_REST = 3.0
"""After a look it rests for so many times as long: the database has others to serve."""

_LONGEST_REST = 30.0
"""It rests no longer than so many seconds: a look that the database was away for is no measure."""


class Outreach(Service):
    """The life of prompts, from their causes to their ends. Any number may run."""

    name = "outreach"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wakeup = Wakeup(context.settings.database, "egard_causes")
        self._relay = outbox.Relay(context.pool, context.settings.database, context.producer, SOURCE)
        writer, staff = Writer(context.strategy, context.settings.language), Staff(context.strategy)
        self._taking = Taking(context.pool, context.strategy, writer, staff, context.clock)
        self._watching = Watching(context.pool, context.strategy, writer, staff)
        self._assigning = Assigning(context.pool, context.strategy)

    async def start(self) -> None:
        """Begins to decide, to look after what is under way, and to publish what was decided."""
        self.spawn(self._work())
        self.spawn(self._every(LOOK, self.look_at_some))
        self.spawn(self._every(LISTEN, self.listen_to_some))
        self.spawn(self._every(ASSIGN, self.assign_some))
        self.spawn(self._relay.run())

    async def stop(self) -> None:
        """Ends after what is under way."""
        await super().stop()
        await self._wakeup.close()

    async def _work(self) -> None:
        while True:
            decided = await persist("Outreach", self.decide_some)
            if decided < taking.SOME:
                await self._wakeup.wait()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[int]]) -> None:
        while True:
            began = monotonic()
            done = await persist("Outreach", work)
            rest = min(_LONGEST_REST, _REST * (monotonic() - began))
            await asyncio.sleep(rest if done == watching.SOME else max(seconds, rest))

    async def decide_some(self, most: int = taking.SOME) -> int:
        """Decides on the causes that waited longest; returns how many that were."""
        return await self._taking.some(most)

    async def look_at_some(self, now: datetime | None = None) -> int:
        """Looks at some prompts under way: gives, wakes, returns, ends them; returns how many it saw."""
        return await self._watching.some(now or self.context.clock())

    async def listen_to_some(self, now: datetime | None = None) -> int:
        """Sees how some outreach was taken; returns how many it looked at."""
        return await self._watching.reactions(now or self.context.clock())

    async def assign_some(self, now: datetime | None = None) -> int:
        """Offers what waits to who is there; returns how many prompts changed hands."""
        return await self._assigning.some(now or self.context.clock())
