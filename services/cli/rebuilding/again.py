"""Customers who are folded again: those that are linked, and of whom something came meanwhile."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from events import recall
from projections.fold import fold, no_state, whole
from projections.strategy import Strategy
from services.cli.rebuilding.gathering import Gathered, Gathering
from services.cli.rebuilding.rows import Filler, Member, member
from services.cli.rebuilding.store import QUERIES, befores, clear, write
from services.runtime.people import people

_FETCH = 4_000


async def fold_again(connection: asyncpg.Connection, customers: Sequence[str], strategy: Strategy) -> int:
    """Folds customers, whole persons all of them, in one transaction; returns how many events they have."""
    async with connection.transaction():
        await connection.execute(QUERIES["no_erasure"])
        gathered = {one.customer: one for one in await _gather(connection, customers, strategy)}
        persons = await people(connection, customers)
        members = {}
        for name in customers:
            known_as = persons.of(name).known_as(name)
            if name in gathered:
                members[name] = await _member(connection, gathered[name], known_as, strategy)
            elif name in persons.linked:
                # Named in a link, and otherwise not heard of.
                members[name] = member(name, no_state(), known_as=known_as)
        together = {persons.of(name).members for name in members}
        before = await befores(connection, list(members))
        rows = Filler(strategy).fill(
            ([members[name] for name in some] for some in sorted(together)), before, datetime.now(UTC)
        )
        await clear(connection, customers)
        await write(connection, rows)
    return sum(one.change.count for one in gathered.values())


async def _gather(
    connection: asyncpg.Connection, customers: Sequence[str], strategy: Strategy
) -> list[Gathered]:
    gathering, complete = Gathering(strategy), list[Gathered]()
    cursor = await connection.cursor(QUERIES["histories"], customers)
    while found := await cursor.fetch(_FETCH):
        complete += gathering.take(recall([row["body"] for row in found]))
    return complete + gathering.end()


async def _member(
    connection: asyncpg.Connection, one: Gathered, known_as: str | None, strategy: Strategy
) -> Member:
    if not one.corrected:
        return member(one.customer, whole(one.change, strategy), known_as=known_as)
    rows = await connection.fetch(QUERIES["history"], one.customer)
    state = fold(recall([row["body"] for row in rows]), strategy)
    return member(one.customer, state, corrected=True, known_as=known_as)
