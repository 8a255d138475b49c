"""The clock as a process: deadlines into causes, readings for lists kept fresh, and what expires deleted.

It publishes nothing.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from projections.reading import Reader
from services.runtime.database import persist
from services.runtime.people import QUERIES as PEOPLE
from services.runtime.people import hold, people, person_reading
from services.runtime.queries import Queries
from services.runtime.rows import open_matters, relationship_from
from services.runtime.service import Context, Service

QUERIES = Queries(Path(__file__).with_name("queries.sql"))

TICK = 0.5
"""Seconds between looks at what is due."""

RENEW_AFTER = timedelta(hours=20)
"""Readings kept for lists are renewed at this age, so that none is older than a day."""

KEEP_DEAD_LETTERS = timedelta(days=30)
"""Dead letters are kept for so long after they were last refused."""

_SOME = 500


class Clock(Service):
    """Sees what did not happen in time. Any number may run: rows are taken with `skip locked`."""

    name = "clock"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._reader = Reader(context.strategy)
        self._after = ""

    async def start(self) -> None:
        """Begins to tick."""
        self.spawn(self._tick())
        self.spawn(self._renew())
        self.spawn(self._expire())

    async def _tick(self) -> None:
        while True:
            turned = await persist("The clock", lambda: self.turn_deadlines(datetime.now(UTC)))
            if turned < _SOME:
                await asyncio.sleep(TICK)

    async def _renew(self) -> None:
        while True:
            renewed = await persist("The clock", lambda: self.renew_readings(datetime.now(UTC)))
            if renewed < _SOME:
                await asyncio.sleep(60)

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

    async def renew_readings(self, now: datetime) -> int:
        """Takes readings again that are older than lists may show; returns how many."""
        async with self.context.pool.acquire() as connection, connection.transaction():
            await hold(connection)
            stale = await connection.fetch(QUERIES["stale_readings"], now - RENEW_AFTER, _SOME, self._after)
            customers = [row["customer"] for row in stale]
            self._after = customers[-1] if len(customers) == _SOME else ""
            persons = await people(connection, customers)
            everybody = sorted({member for name in customers for member in persons.of(name).members})
            found = await connection.fetch(PEOPLE["relationships"], everybody)
            relationships = {row["customer"]: relationship_from(row) for row in found}
            still_open = await open_matters(connection, everybody)
            for customer in customers:
                person = persons.of(customer)
                members = [relationships[name] for name in person.members if name in relationships]
                at, reading = person_reading(members, still_open, self._reader, now)
                await connection.execute(
                    QUERIES["renew_reading"],
                    customer,
                    at,
                    self.context.strategy.version,
                    reading.health,
                    reading.recognition,
                    reading.responsiveness,
                    reading.confidence,
                    reading.trend,
                    reading.band,
                    person.known_as(customer),
                )
        return len(customers)

    async def expire_dead_letters(self, now: datetime) -> int:
        """Deletes some of the dead letters that were refused too long before `now`; returns how many."""
        done = await self.context.pool.execute(QUERIES["expire_dead_letters"], now - KEEP_DEAD_LETTERS, _SOME)
        return int(done.split()[-1])
