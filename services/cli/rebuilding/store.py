"""Sessions of a rebuild, and how rows are written beside the tables that are used."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from events import recall
from projections.fold import State, fold, whole
from projections.matters import KINDS
from projections.reading import Reading
from projections.strategy import Strategy
from services.cli.rebuilding.gathering import Gathered
from services.cli.rebuilding.rows import Before, Rows
from services.runtime.database import SESSION, TRANSIENT, Connection, place, sentence
from services.runtime.errors import Fatal
from services.runtime.queries import Queries
from services.runtime.rows import RELATIONSHIP, TABLES, matter_columns

QUERIES = Queries(Path(__file__).with_name("queries.sql"))
BUILD = Queries(Path(__file__).with_name("tables.sql"))

_SCHEMA = "rebuilding"
_DEADLINE = ("customer", "trigger", "matter_id", "due")
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


async def connect(url: str, **settings: str) -> asyncpg.Connection:
    """A session. Raises `Fatal` where the database cannot be used."""
    try:
        return await asyncpg.connect(url, timeout=10, server_settings={**_SESSION, **settings})
    except (*TRANSIENT, asyncpg.PostgresError, ValueError) as error:
        raise Fatal(f"The database at {place(url)} cannot be used: {sentence(error)}") from None


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


async def standing(connection: Connection, since: Mapping[int, int], topic: str) -> dict[int, int]:
    """Where the projector stands in each partition. Raises `Fatal` where it went back."""
    rows = await connection.fetch(QUERIES["positions"], topic)
    now = {row["kafka_partition"]: row["next_offset"] for row in rows}
    for partition, offset in since.items():
        if now.get(partition, 0) < offset:
            raise Fatal(
                f"The projector reads partition {partition} anew from before offset {offset}, where it stood "
                "when the rebuild began: throw it away with `egard rebuild --discard`, and begin again."
            )
    return now


async def _copy(
    connection: Connection, table: str, columns: Sequence[str], records: Sequence[tuple[Any, ...]]
) -> None:
    if records:
        await connection.copy_records_to_table(table, schema_name=_SCHEMA, columns=columns, records=records)
