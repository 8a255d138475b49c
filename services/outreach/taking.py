"""Taking causes: what is taken is decided on, and what follows is written, in one transaction."""

import logging
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from projections.causes import Cause
from projections.links import Person
from projections.strategy import Strategy
from services.outreach.deciding import Decisions
from services.outreach.knowing import QUERIES, situations
from services.outreach.staff import Staff
from services.outreach.writing import Writer
from services.runtime.database import TRANSIENT, Pool
from services.runtime.people import holding, people
from services.runtime.present import Clock

log = logging.getLogger("egard.outreach")

SOME = 20
"""Causes of one transaction. Who changes links waits until it ends, and whoever comes next waits for them."""


class Taking:
    """Takes causes, and has them decided on. Any number may: causes are taken with `skip locked`."""

    def __init__(self, pool: Pool, strategy: Strategy, writer: Writer, staff: Staff, clock: Clock) -> None:
        self._pool = pool
        self._strategy = strategy
        self._writer = writer
        self._staff = staff
        self._clock = clock

    async def some(self, most: int = SOME) -> int:
        """Decides on the causes that waited longest, and returns how many it took.

        If one of them cannot be decided they are taken singly, and that one is put off for a minute.
        """
        try:
            return await self._decide(most)
        except TRANSIENT:
            raise
        except Exception:
            if most > 1:
                log.warning("A batch of causes could not be decided; taking them singly.")
                return sum([await self.some(1) for _ in range(most)])
            log.exception("A cause could not be decided; it is put off.")
            await self._pool.execute(QUERIES["put_off_cause"])
            return 1

    async def _decide(self, most: int) -> int:
        async with holding(self._pool) as connection:
            rows = await connection.fetch(QUERIES["take_causes"], most)
            if not rows:
                return 0
            causes = [_cause(row) for row in rows]
            persons = await people(connection, {row["customer"] for row in rows if row["linked"]})

            def person(cause: Cause) -> Person:
                return persons.of(cause.customer)

            causes.sort(key=lambda one: (person(one).canonical, one.at, one.trigger, one.customer))
            await connection.execute(
                QUERIES["lock_people"], list({person(cause).canonical for cause in causes})
            )
            known = await situations(connection, map(person, causes), self._strategy)
            decisions = Decisions(connection, self._strategy, self._writer, self._staff, self._clock)
            for who, some in groupby(causes, key=person):
                await decisions.on(some, who, known.pop(who.canonical))
            await decisions.write()
        return len(causes)


def _cause(row: Mapping[str, Any]) -> Cause:
    return Cause(**{name: row[name] for name in Cause.__struct_fields__})
