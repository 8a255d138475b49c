"""Several who bring the schema up to date at once."""

import asyncio
import logging
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.embedded.database import EmbeddedDatabase
from services.runtime import migrations
from tests.stack import until


@pytest.fixture
async def bare(database_server: EmbeddedDatabase) -> AsyncIterator[str]:
    """A database with nothing in it."""
    admin = await asyncpg.connect(database_server.url)
    try:
        await admin.execute("create database bare_at_once template template0")
        yield database_server.url.replace("/egard?", "/bare_at_once?")
        await admin.execute("drop database bare_at_once with (force)")
    finally:
        await admin.close()


async def test_whoever_migrates_at_once_all_find_the_schema_made(bare: str) -> None:
    """Each migration is applied once, by one of them, and none of them fails."""
    done = await asyncio.gather(*(migrations.migrate(bare) for _ in range(3)))
    applied = [name for some in done for name in some]
    assert len(applied) == len(set(applied)) > 0


async def test_whoever_waits_for_another_to_migrate_says_so(
    bare: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the other hangs, an operator sees what is waited for; it is said once."""
    other = await asyncpg.connect(bare)
    await other.execute("begin")
    assert await other.fetchval(migrations._TRY_ALONE)

    async def said() -> bool:
        return bool(caplog.messages)

    with caplog.at_level(logging.WARNING, "egard"):
        migrating = asyncio.create_task(migrations.migrate(bare))
        await until(said)
        await asyncio.sleep(2 * migrations._LOOK_EVERY)
        await other.close()
        assert await migrating
    assert caplog.messages == ["Somebody else migrates this database; this waits until they are done."]
