"""Customers who are folded again: those that are linked, and of whom something came meanwhile."""

from collections.abc import Sequence
from time import time

import asyncpg

from events import recall
from projections.fold import no_state
from projections.judgement import judgements
from projections.strategy import Strategy
from services.cli.rebuilding.gathering import Gathered, Gathering
from services.cli.rebuilding.rows import Filler, Member
from services.cli.rebuilding.store import QUERIES, befores, clear, state_of, tell, write
from services.runtime.people import people

_FETCH = 4_000
"""Events that are read at once."""


class Again:
    """Folds customers as they stand now, with two sessions: one reads, the other reads and writes."""

    def __init__(self, strategy: Strategy, reader: asyncpg.Connection, writer: asyncpg.Connection) -> None:
        self._strategy = strategy
        self._filler = Filler(strategy)
        self._reader = reader
        self._writer = writer

    async def fold(self, customers: Sequence[str]) -> int:
        """Folds whole persons, in one transaction; returns how many events they have."""
        async with self._writer.transaction():
            await self._writer.execute(QUERIES["no_erasure"])
            gathered = {one.customer: one for one in await self._gather(customers)}
            persons = await people(self._reader, customers)
            members = {}
            for name in customers:
                known_as = persons.of(name).known_as(name)
                if name in gathered:
                    one = gathered[name]
                    state = await state_of(self._writer, one, self._strategy)
                    made = judgements(one.speaking)
                    members[name] = Member(name, state, one.corrected, known_as, made, one.signs)
                elif name in persons.linked:
                    # Named in a link, and otherwise not heard of.
                    members[name] = Member(name, no_state(), known_as=known_as)
            together = sorted({persons.of(name).members for name in members})
            before = await befores(self._writer, list(members))
            whole = [[members[name] for name in some] for some in together]
            now = time()
            await tell(self._writer, whole, before, self._strategy, now)
            rows = self._filler.fill(whole, before, now)
            await clear(self._writer, customers)
            await write(self._writer, rows)
        return sum(one.change.count for one in gathered.values())

    async def _gather(self, customers: Sequence[str]) -> list[Gathered]:
        gathering, complete = Gathering(self._strategy), list[Gathered]()
        cursor = await self._writer.cursor(QUERIES["histories"], customers)
        while found := await cursor.fetch(_FETCH):
            complete += gathering.take(recall([row["body"] for row in found]))
        return complete + gathering.end()
