"""A database of the real schema that is full, and the plans that PostgreSQL makes there."""

from collections.abc import AsyncIterator, Mapping, Sequence

import asyncpg
import msgspec
import pytest_asyncio

from services.embedded import EmbeddedDatabase
from services.runtime.database import Connection
from tests.conftest import fresh_database
from tests.integration.plans.filling import fill
from tests.integration.plans.shapes import Planner
from tests.integration.plans.statements import Place, statements

_INDEXES = """
select index.relname as name, "table".relname as "table"
from pg_index
join pg_class as index on index.oid = indexrelid
join pg_class as "table" on "table".oid = indrelid
where "table".relnamespace = 'public'::regnamespace and not "table".relispartition
"""


class Full(msgspec.Struct, frozen=True):
    """A full database, and what is planned there."""

    connection: Connection
    planner: Planner
    large: Sequence[str]
    """Tables of which no statement may read everything."""
    indexes: Mapping[str, str]
    """The table of each index."""
    shapes: Mapping[Place, str]
    """The shape of each statement's plan."""


@pytest_asyncio.fixture(scope="session")
async def full(database_server: EmbeddedDatabase) -> AsyncIterator[Full]:
    """Filled once for all tests here: none of them changes it."""
    async for url in fresh_database(database_server):
        connection = await asyncpg.connect(url)
        try:
            large = await fill(connection)
            planner = await Planner.of(connection)
            indexes = {row["name"]: row["table"] for row in await connection.fetch(_INDEXES)}
            shapes = {place: await planner.shape(place, text) for place, text in statements()}
            yield Full(connection, planner, large, indexes, shapes)
        finally:
            await connection.close()
