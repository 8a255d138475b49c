"""How the work of a service ends, whatever the database does meanwhile."""

import asyncio
import logging
from typing import cast
from urllib.parse import urlsplit

import pytest

from services.runtime.database import Pool, connect, persist
from services.runtime.service import Context, Service
from tests.chaos.proxy import Proxy
from tests.stack import until


async def test_work_ends_while_the_database_does_not_answer(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A session that nobody answers is not waited for: the service has stopped within seconds."""
    port = urlsplit(database_url).port
    assert port is not None
    async with Proxy(port) as proxy:
        pool = await connect(database_url.replace(f":{port}/", f":{proxy.port}/"), size=1)
        busy = asyncio.Event()

        async def wait() -> None:
            async with pool.acquire() as connection, connection.transaction():
                busy.set()
                await connection.execute("select pg_sleep(600)")

        async def work() -> None:
            while True:
                await persist("It", wait)

        service = Service(cast("Context", None))
        service.spawn(work())
        await busy.wait()
        await asyncio.sleep(0.1)
        proxy.stalled = True
        proxy._follow()
        with caplog.at_level(logging.WARNING):
            await asyncio.wait_for(service.stop(), 10)
        pool.terminate()
    assert caplog.records == []


async def test_who_is_cancelled_while_a_session_breaks_does_not_begin_anew(pool: Pool) -> None:
    """What a broken session says when it is given back does not take the place of the cancellation."""

    async def wait() -> None:
        async with pool.acquire() as connection, connection.transaction():
            try:
                await asyncio.Event().wait()
            finally:
                connection.terminate()

    waiting = asyncio.create_task(persist("It", wait))

    async def begun() -> bool:
        return bool(pool.get_idle_size() == 0)

    await until(begun)
    waiting.cancel()
    await asyncio.wait({waiting}, timeout=5)
    ended = waiting.cancelled()
    waiting.cancel()
    assert ended
