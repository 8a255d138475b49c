"""What tests of the rebuild share: one run of it in this process, and all that is kept, to compare."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.console import Console

from projections.strategy import Strategy
from services.cli.rebuilding import run
from services.cli.rebuilding.folder import Folder
from services.runtime.database import Pool
from services.runtime.version import version_of

WAITING = "select from pg_locks where not granted and locktype = $1"

SAME = 1e-9

READING = ("health", "recognition", "responsiveness", "confidence", "trend")

_TABLES = {
    "contacts": "customer, contact_id",
    "promises": "customer, promise_id",
    "complaints": "customer, complaint_id",
    "links": "customer, alias, said_by, identity",
    "deadlines": "customer, trigger, matter_id",
    "unannounced": "customer",
}


_AT_MOST = ("knots_spoke_at", "knots_due_at")
"""As events come, these may be kept where of all of them together they need not be."""


@asynccontextmanager
async def leading(url: str, strategy: Strategy) -> AsyncIterator[run.Rebuild]:
    """A rebuild to be taken step by step; what it has not switched to stays."""
    connection = await run.lead(url)
    try:
        yield run.Rebuild(url, connection, version_of(strategy), Console(quiet=True))
    finally:
        await connection.close()


@asynccontextmanager
async def folding(url: str, strategy: Strategy) -> AsyncIterator[Folder]:
    """Who folds, in this process."""
    folder = await Folder.open(url, strategy)
    try:
        yield folder
    finally:
        folder.close()


async def rebuild(url: str, strategy: Strategy) -> run.Done:
    """A rebuild from its beginning, or from where it was left, to the switch."""
    async with leading(url, strategy) as work:
        await work.begin()
        async with folding(url, strategy) as folder:
            await work.fold(folder, _ignore)
            await work.index()
            await work.catch_up(folder)
            return await work.switch(folder)


def _ignore(events: int) -> None:
    pass


async def kept(pool: Pool) -> dict[str, Any]:
    """All that is folded, by table; relationships by customer."""
    found: dict[str, Any] = {
        table: [tuple(row) for row in await pool.fetch(f"select * from {table} order by {key}")]  # noqa: S608
        for table, key in _TABLES.items()
    }
    rows = await pool.fetch("select * from relationships order by customer")
    found["relationships"] = {row["customer"]: dict(row) for row in rows}
    return found


def assert_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Two states say the same: to the letter, and within 1e-9 where it is a number of a reading or a sum."""
    for table in _TABLES:
        assert after[table] == before[table], table
    assert after["relationships"].keys() == before["relationships"].keys()
    for customer, row in after["relationships"].items():
        known = before["relationships"][customer]
        assert set(row) == set(known)
        for name, value in row.items():
            wanted = known[name]
            if name in _AT_MOST:
                assert value == wanted or wanted is not None, (customer, name)
                continue
            if isinstance(wanted or value, float):
                # What is nought may be kept as what rounding left of it.
                largest = max(abs(one or 0.0) for of, one in known.items() if of.startswith(name[:4]))
                wanted = pytest.approx(wanted or 0.0, abs=max(SAME, SAME * largest), rel=SAME)
                value = value or 0.0
            assert value == wanted, (customer, name)
