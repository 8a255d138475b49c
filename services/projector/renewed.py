"""After a rebuild: who reads otherwise than before is announced once more, under a higher revision.

Meanwhile every projector says by which version it folds: rows of several are told by that.
"""

import asyncio
from pathlib import Path
from time import monotonic

from projections.strategy import Strategy
from services.projector.announcer import Announcer, told
from services.runtime import version as versions
from services.runtime.database import Pool, persist
from services.runtime.queries import Queries

QUERIES = Queries(Path(__file__).with_name("renewed.sql"))

_LOOK_EVERY = 2.0
"""Seconds between looks at what a rebuild may have changed."""

_SAY_EVERY = 5.0
"""Seconds between two words of a projector that it runs."""

_SOME = 500

_WITHIN = 10.0
"""Seconds for Kafka to take some announcements: the rows are locked meanwhile."""


class Renewed:
    """Announces what rebuilds changed. Every projector may: each takes what no other has."""

    def __init__(self, pool: Pool, announcer: Announcer, strategy: Strategy) -> None:
        self._pool = pool
        self._announcer = announcer
        self._version = versions.version_of(strategy)

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        said = -_SAY_EVERY
        while True:
            if monotonic() - said >= _SAY_EVERY:
                await persist("The projector", self.say_so)
                said = monotonic()
            if await persist("The projector", self.announce_some) < _SOME:
                await asyncio.sleep(_LOOK_EVERY)

    async def say_so(self) -> None:
        """Says by which version this process folds."""
        await versions.note(self._pool, self._version)

    async def announce_some(self) -> int:
        """Announces some of those whom a rebuild read otherwise; returns how many.

        They stay in the table until Kafka has them: whoever dies before leaves them to another.
        """
        async with self._pool.acquire() as connection:
            try:
                async with connection.transaction():
                    names = [row["customer"] for row in await connection.fetch(QUERIES["take"], _SOME)]
                    if names:
                        found = await connection.fetch(QUERIES["renew"], names)
                        gone = sorted(set(names) - {row["customer"] for row in found})
                        async with asyncio.timeout(_WITHIN):
                            await self._announcer.announce([told(row) for row in found], gone)
            except TimeoutError:
                return 0
        return len(names)
