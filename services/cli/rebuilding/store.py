"""Sessions of a rebuild, and how rows are written beside the tables that are used."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from events import recall
from projections.fold import State, fold, whole
from projections.matters import KINDS
from projections.reading import Reading
from projections.strategy import Strategy
from services.cli.rebuilding.gathering import Gathered
from services.cli.rebuilding.rows import Before, Member, Rows, may_be_knotted
from services.runtime.database import SESSION, TRANSIENT, Connection, place, reason, sentence
from services.runtime.errors import Fatal
from services.runtime.queries import Queries
from services.runtime.rows import RELATIONSHIP, TABLES, matter_columns
from services.runtime.silence import give_up_on_silence

QUERIES = Queries(Path(__file__).with_name("queries.sql"))
BUILD = Queries(Path(__file__).with_name("tables.sql"))

_SCHEMA = "rebuilding"
_DEADLINE = ("customer", "trigger", "matter_id", "due", "source", "event_id")
_CLEARED = ("relationships", *TABLES.values(), "deadlines", "unannounced", "again")

_SESSION = {
    **SESSION,
    "application_name": "egard-rebuild",
    # What is asked of `links` and the like is answered from the new tables; the journal is where it is.
    "search_path": f"{_SCHEMA}, public",
    # A part of the journal is sorted whole, and an index built whole: both may take long.
    "statement_timeout": "0",
    "work_mem": "128MB",
    "maintenance_work_mem": "512MB",
    "jit": "off",
    # Should the server crash, slices and their marks are lost together.
    "synchronous_commit": "off",
}

_SILENT_FOR = 120
"""Seconds without a sign after which the database is gone. A disk that stands still for less ends no COPY."""


async def connect(url: str, **settings: str) -> asyncpg.Connection:
    """A session. Raises `Fatal` where the database cannot be used."""
    try:
        connection = await asyncpg.connect(url, timeout=10, server_settings={**_SESSION, **settings})
    except (*TRANSIENT, asyncpg.PostgresError, ValueError) as error:
        raise Fatal(f"The database at {place(url)} cannot be used: {sentence(error)}") from None
    await give_up_on_silence(connection, _SILENT_FOR)
    return connection


_EPOCH = 946_684_800_000_000
"""The beginning of 2000, from which PostgreSQL counts, in microseconds since the Unix epoch."""


async def use_seconds(connection: asyncpg.Connection) -> None:
    """Has a session take and give instants in seconds since the Unix epoch, as folds have them.

    Most of what is written is instants, and a datetime takes three times as long.
    """
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda at: (round(at * 1e6) - _EPOCH,),
        decoder=lambda value: (value[0] + _EPOCH) / 1e6,
    )


async def befores(connection: Connection, customers: Collection[str]) -> dict[str, Before]:
    """What is used of some customers."""
    found = {}
    for row in await connection.fetch(QUERIES["before"], customers):
        customer, revision, taken_at, changed_at, health, mine, theirs, confidence, trend, band, canonical = (
            row
        )
        reading = Reading(
            health=health,
            recognition=mine,
            responsiveness=theirs,
            confidence=confidence,
            trend=trend,
            band=band,
        )
        found[customer] = Before(revision, taken_at, changed_at, reading, canonical)
    return found


async def state_of(connection: Connection, one: Gathered, strategy: Strategy) -> State:
    """What a customer's events amount to; where some set others aside, all are read once more."""
    if not one.corrected:
        return whole(one.change, strategy)
    rows = await connection.fetch(QUERIES["history"], one.customer)
    return fold(recall([row["body"] for row in rows]), strategy)


async def tell(
    connection: Connection,
    persons: Iterable[Sequence[Member]],
    before: Mapping[str, Before],
    strategy: Strategy,
    now: float,
) -> None:
    """Gives those of some persons who may have an open knot all their events."""
    some = {
        member.customer: member
        for members in persons
        if may_be_knotted(members, before, strategy, round(now, 6))
        for member in members
    }
    if some:
        rows = await connection.fetch(QUERIES["histories"], list(some))
        told = groupby(recall([row["body"] for row in rows]), key=lambda event: event.subject)
        for name, events in told:
            some[name].told = list(events)


async def write(connection: Connection, rows: Rows) -> None:
    """Writes rows of customers of whom there are none yet."""
    await _copy(connection, "relationships", RELATIONSHIP, rows.relationships)
    for kind in KINDS:
        await _copy(connection, TABLES[kind], matter_columns(kind), rows.matters[kind])
    await _copy(connection, "deadlines", _DEADLINE, rows.deadlines)
    await _copy(connection, "unannounced", ("customer",), rows.changed)


async def clear(connection: Connection, customers: Sequence[str]) -> None:
    """Deletes what the new tables hold of some customers, but for what was said of links."""
    for table in _CLEARED:
        await connection.execute(QUERIES[f"clear_{table}"], customers)


class Place(msgspec.Struct, frozen=True):
    """Where the projector stands, or stood, in a partition."""

    next: int
    topic_id: UUID | None
    """Of which topic, where that is known."""


_NOWHERE = Place(0, None)


async def since(connection: Connection) -> dict[int, Place]:
    """Where the projector stood: whatever was journalled before that is, or will be, in the new tables."""
    return _places(await connection.fetch(QUERIES["since"]))


async def standing(connection: Connection, before: Mapping[int, Place], topic: str) -> dict[int, Place]:
    """Where the projector stands in each partition. Raises `Fatal` where it reads anew."""
    now = _places(await connection.fetch(QUERIES["positions"], topic))
    for partition, was in before.items():
        here = now.get(partition, _NOWHERE)
        if here.next < was.next or (was.topic_id is not None and here.topic_id != was.topic_id):
            raise Fatal(
                f"The projector reads partition {partition} anew since the rebuild began, when it stood at "
                f"offset {was.next}: throw the rebuild away with `egard rebuild --discard`, and begin again."
            )
    return now


def _places(rows: Sequence[Mapping[str, Any]]) -> dict[int, Place]:
    return {row["kafka_partition"]: Place(row["next_offset"], row["topic_id"]) for row in rows}


def unavailable(error: BaseException) -> str:
    """Why the database lets a rebuild go no further now, and what helps."""
    if isinstance(error, asyncpg.DiskFullError):
        return (
            f"The disk of the database is full: {sentence(error)} Make room, and `egard rebuild` goes on "
            "from here; `egard rebuild --discard` gives back what it took."
        )
    return f"The database cannot be used any further: {reason(error)} `egard rebuild` goes on from here."


async def _copy(
    connection: Connection, table: str, columns: Sequence[str], records: Sequence[tuple[Any, ...]]
) -> None:
    if records:
        await connection.copy_records_to_table(table, schema_name=_SCHEMA, columns=columns, records=records)
