"""What tests of every kind share: a database server for the session, an empty migrated database for each."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio

from projections.strategy import Strategy
from services.embedded import EmbeddedDatabase
from services.runtime import database as databases
from services.runtime import migrations
from tests.awake import awake, awake_file
from tests.scratch import scratch

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="session")
async def database_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedDatabase]:
    """A real PostgreSQL, with a migrated database `egard_template` to copy from."""
    with scratch(tmp_path_factory.mktemp("database")) as folder:
        async with EmbeddedDatabase(folder, durable=False, settings={"max_wal_size": "256MB"}) as server:
            await migrations.migrate(_named(server.url, "egard_template"))
            yield server


@pytest_asyncio.fixture
async def database_url(database_server: EmbeddedDatabase) -> AsyncIterator[str]:
    """An empty migrated database of the test's own."""
    async for url in fresh_database(database_server):
        yield url


async def fresh_database(server: EmbeddedDatabase) -> AsyncIterator[str]:
    """A copy of the template, dropped at the end."""
    name = f"egard_{next(_numbers)}"
    admin = await asyncpg.connect(server.url)
    try:
        await admin.execute(f"create database {name} template egard_template strategy file_copy")
        yield _named(server.url, name)
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[databases.Pool]:
    """Connections to an empty migrated database."""
    pool = await databases.connect(database_url, size=4)
    yield pool
    await pool.close()


@pytest.fixture(scope="session", autouse=True)
def awake_at_any_hour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever is run, here or in a process of its own, works by a strategy that knows no night."""
    before = os.environ.get("EGARD_STRATEGY")
    os.environ["EGARD_STRATEGY"] = str(awake_file(tmp_path_factory.mktemp("strategy")))
    yield
    if before is None:
        del os.environ["EGARD_STRATEGY"]
    else:
        os.environ["EGARD_STRATEGY"] = before


@pytest.fixture(scope="session")
def strategy() -> Strategy:
    """The strategy that the project ships, without its quiet hours."""
    return awake()


def _named(url: str, name: str) -> str:
    return url.rpartition("/")[0] + f"/{name}"
