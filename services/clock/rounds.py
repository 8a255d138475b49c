"""Rounds through the readings kept for lists: what is old is read anew, what was announced becomes history.

A round goes by customer, slice by slice, and asks no more of the database than its primary keys. Each slice
is a few short statements: nobody waits for it longer than for one update of some hundred rows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from projections.reading import Reader, Reading
from projections.strategy import Strategy
from services.runtime.database import Pool
from services.runtime.people import QUERIES as PEOPLE
from services.runtime.people import holding, judged_of, people
from services.runtime.queries import Queries
from services.runtime.rows import Taken, open_matters, relationship_from
from services.runtime.taking import take

QUERIES = Queries(Path(__file__).with_name("queries.sql"))

RENEW_AFTER = timedelta(hours=20)
"""Readings kept for lists are renewed at this age, so that none is older than a day."""

KEEP_HISTORY = timedelta(days=400)
"""What was announced is kept for so long: a year, and some weeks to look at it."""

_SLICE = 500
"""Customers of one step."""


class Step(msgspec.Struct, frozen=True):
    """What one step of a round did."""

    last: str | None
    """The last customer of the slice, after whom the next begins; None where the round is over."""
    renewed: int = 0
    """How many readings were taken anew."""
    kept: int = 0
    """How many rows the history has more."""


class Rounds:
    """Goes through all readings. Several processes may: what one has done, another finds done."""

    def __init__(self, pool: Pool, strategy: Strategy) -> None:
        self._pool = pool
        self._strategy = strategy
        self._reader = Reader(strategy)

    async def step(self, after: str, now: datetime) -> Step:
        """Sees to the readings of some customers that come after one in order."""
        rows = await self._pool.fetch(QUERIES["next_readings"], after, _SLICE)
        if not rows:
            return Step(None)
        due = [row for row in rows if _is_due(row, now)]
        renewed = await self._renew(due, now) if due else 0
        last = str(rows[-1]["customer"])
        return Step(last, renewed, await self._keep(after, last, now))

    async def _renew(self, due: Sequence[Mapping[str, Any]], now: datetime) -> int:
        """Takes readings again, of those that are still as they were seen; returns how many that were."""
        read = await self._read([row["customer"] for row in due], now)
        # Whoever was erased meanwhile has no reading any more.
        due = [row for row in due if row["customer"] in read]
        taken = [read[row["customer"]] for row in due]
        readings = [one.reading for one in taken]
        passed = [row["customer"] for row in due if _has_passed(row["knots_due_at"], now)]
        async with self._pool.acquire() as connection, connection.transaction():
            done = await connection.execute(
                QUERIES["renew_readings"],
                [row["customer"] for row in due],
                [row["taken_at"] for row in due],
                [one.at for one in taken],
                *([getattr(reading, name) for reading in readings] for name in Reading.__struct_fields__),
                [one.canonical for one in taken],
                [one.judged_until for one in taken],
                [one.knotted or None for one in taken],
                [one.knots_due for one in taken],
                self._strategy.version,
            )
            if passed and self._strategy.triggers.knot_opened is not None:
                # In the same transaction: who was read anew is not known as one whom time has come to.
                await connection.execute(QUERIES["raise_knots"], passed, now)
        return int(done.split()[-1])

    async def _read(self, customers: Sequence[str], now: datetime) -> dict[str, Taken]:
        """The readings of those of some customers who are still there."""
        # One snapshot: a matter settled in between would be missed, or counted twice.
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            persons = await people(connection, customers)
            everybody = sorted({member for name in customers for member in persons.of(name).members})
            found = await connection.fetch(PEOPLE["relationships"], everybody)
            still_open = await open_matters(connection, everybody)
            made = await judged_of(
                connection, everybody if any(row["judged_until"] is not None for row in found) else ()
            )
            relationships = {row["customer"]: relationship_from(row) for row in found}
            everyone = {
                persons.of(name).canonical: persons.of(name) for name in customers if name in relationships
            }
            return await take(
                connection, everyone.values(), relationships, still_open, self._reader, now, made
            )

    async def _keep(self, after: str, last: str, now: datetime) -> int:
        """Writes what the history of some customers lacks; returns how many rows that were."""
        async with holding(self._pool) as connection:
            # Nobody is erased meanwhile: what is gone is not written again.
            kept: int = await connection.fetchval(QUERIES["keep_history"], after, last, now - KEEP_HISTORY)
        return kept


def _is_due(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a reading is old, or time has come to a judgement's end, or opened or closed a knot."""
    passed = (row["judged_until"], row["knots_due_at"])
    return row["taken_at"] < now - RENEW_AFTER or any(_has_passed(one, now) for one in passed)


def _has_passed(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
