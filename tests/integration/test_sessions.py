"""Sessions that the database ends: whoever worked with them begins anew, however the end is heard of."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from services.embedded.ports import free_port
from services.runtime import database as databases
from services.runtime.database import Pool, persist

SLOW = 0.3
"""Seconds by which the end of a connection comes later than the server's last words."""


@pytest_asyncio.fixture
async def far(database_url: str) -> AsyncIterator[str]:
    """The database behind a network on which a goodbye takes its time."""
    parts = urlsplit(database_url)
    assert parts.port is not None
    here, there = free_port(), parts.port

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        await asyncio.sleep(SLOW)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.append(asyncio.current_task())
        ahead, behind = await asyncio.open_connection("127.0.0.1", there)
        await asyncio.gather(pass_on(reader, behind), pass_on(ahead, writer), return_exceptions=True)

    under_way: list[asyncio.Task[None] | None] = []
    server = await asyncio.start_server(connect, "127.0.0.1", here)
    yield database_url.replace(f":{there}/", f":{here}/")
    server.close()
    await asyncio.gather(*(task for task in under_way if task is not None))


@pytest_asyncio.fixture
async def far_pool(far: str) -> AsyncIterator[Pool]:
    """A single session with it."""
    pool = await databases.connect(far, size=1)
    yield pool
    pool.terminate()


async def test_a_session_that_the_server_ended_a_moment_ago_is_left_for_another(
    far_pool: Pool, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    """The server's last words are there, the end of the connection is not: work is done in a new session."""
    number = await far_pool.fetchval("select pg_backend_pid()")
    await pool.execute("select pg_terminate_backend($1)", number)
    await asyncio.sleep(SLOW / 3)
    other = await persist("The test", lambda: far_pool.fetchval("select pg_backend_pid()"))
    assert other != number
    said = [one.getMessage() for one in caplog.records if one.name == "egard.database"]
    assert said[0].startswith("The test waits for the database: ")
    assert said[1:] == ["The test goes on: the database is back."]
