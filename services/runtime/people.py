"""People: whom subjects stand for, as the links between them say, and one reading for each person."""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from events import RANK, CustomerLinked, CustomerUnlinked, recall, type_of
from projections.evidence import Sums, merge, no_sums
from projections.fold import judged
from projections.judgement import Judgement, by_subject, in_force, judgements
from projections.links import Persons, Spoken, edges_at, persons
from projections.matters import Matter
from projections.strategy import Strategy
from services.runtime.database import Connection, Pool
from services.runtime.queries import Queries
from services.runtime.rows import Relationship, instant

QUERIES = Queries(Path(__file__).with_name("people.sql"))

_RANKS = {True: RANK[type_of(CustomerLinked)], False: RANK[type_of(CustomerUnlinked)]}


async def hold(connection: Connection, *, alone: bool = False) -> None:
    """Keeps everybody's aliases as they are until the transaction ends; `alone`, to change them."""
    await connection.execute(QUERIES["hold_alone" if alone else "hold"])


@asynccontextmanager
async def holding(pool: Pool, *, alone: bool = False) -> AsyncGenerator[Connection]:
    """A transaction throughout which everybody's aliases stay as they are; `alone`, one that may change them.

    Beginning and holding go to the database in one message.
    """
    async with pool.acquire() as connection:
        try:
            await connection.execute("begin;" + QUERIES["hold_alone" if alone else "hold"])
            yield connection
            await connection.execute("commit")
        except BaseException:
            await _undo(connection)
            raise


async def _undo(connection: Connection) -> None:
    """Rolls back, or gives the session up: the pool would roll back as well, and log an error about it."""
    try:
        await connection.execute("rollback")
    except BaseException as error:
        with suppress(asyncpg.InterfaceError):  # it was lost, and is the pool's again
            connection.terminate()
        if not isinstance(error, Exception):
            raise


async def people(
    connection: Connection | Pool, subjects: Collection[str], at: datetime | None = None
) -> Persons:
    """Who some subjects are by all that is known, or by what was known at an instant."""
    rows = await connection.fetch(QUERIES["words"], list(subjects)) if subjects else []
    return persons(edges_at([_spoken(row) for row in rows], None if at is None else at.timestamp()))


async def words(connection: Connection | Pool, subject: str) -> list[Spoken]:
    """All that was ever said of the links of a subject, and of those whom it was ever linked with."""
    return [_spoken(row) for row in await connection.fetch(QUERIES["words"], [subject])]


def _spoken(row: Mapping[str, Any]) -> Spoken:
    retracted = row["retracted_at"]
    return Spoken(
        (row["customer"], row["alias"]),
        row["drawn"],
        (row["time"].timestamp(), _RANKS[row["drawn"]], row["id"], row["source"]),
        None if retracted is None else retracted.timestamp(),
    )


async def judged_of(connection: Connection, subjects: Collection[str]) -> dict[str, list[Judgement]]:
    """What agents judged of some subjects and what still stands of it, by subject; most have nothing."""
    if not subjects:
        return {}
    rows = await connection.fetch(QUERIES["judgements"], list(subjects))
    return by_subject(judgements(recall([row["body"] for row in rows])))


def judgement_at(
    members: Iterable[str], made: Mapping[str, Sequence[Judgement]], at: datetime
) -> Judgement | None:
    """The judgement that sets a person's band at an instant, from those of all the person's ids."""
    return (
        in_force([one for member in members for one in made.get(member, ())], at.timestamp())
        if made
        else None
    )


def reading_time(members: Sequence[Relationship], now: datetime) -> datetime:
    """When a person's reading is taken: now, or at the time of the newest event."""
    newest = max(member.newest for member in members)
    return instant(newest) if newest > now.timestamp() else now


def person_sums(
    members: Sequence[Relationship],
    still_open: Mapping[str, Sequence[Matter]],
    strategy: Strategy,
    at: float,
) -> Sums:
    """The sums of a person with every open matter judged at an instant."""
    total = no_sums()
    # In one order, whoever asks: sums of the same numbers are then the same to the last bit.
    for member in sorted(members, key=lambda member: member.customer):
        merge(total, judged(member.sums, still_open.get(member.customer, ()), strategy, at))
    return total
