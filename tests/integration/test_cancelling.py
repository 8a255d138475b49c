"""Work that is cancelled ends, whatever else goes wrong at that moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from services.runtime import database as databases
from services.runtime.database import Pool, persist
from services.runtime.people import holding
from tests.chaos.proxy import Proxy
from tests.stack import until

ASLEEP = "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"
"""How many are asleep."""


@pytest_asyncio.fixture
async def far_pool(database_url: str, proxy: Proxy) -> AsyncIterator[Pool]:
    """A single session beyond it."""
    pool = await databases.connect(database_url.replace(f":{proxy.target}/", f":{proxy.port}/"), size=1)
    yield pool
    pool.terminate()


async def _held(pool: Pool) -> None:
    async with holding(pool) as connection:
        await connection.execute("select pg_sleep(60)")


async def _begun(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_sleep(60)")


@pytest.mark.parametrize("work", [_held, _begun])
async def test_work_that_is_cancelled_ends_though_its_rollback_fails(
    work: Callable[[Pool], Awaitable[None]], proxy: Proxy, far_pool: Pool, pool: Pool
) -> None:
    """The connection is lost while a cancelled transaction is rolled back: it ends all the same."""
    working = asyncio.create_task(persist("The test", lambda: work(far_pool)))
    await until(lambda: pool.fetchval(ASLEEP))
    proxy.stalled = True
    working.cancel()
    await asyncio.sleep(0.2)
    proxy.stalled = False
    await proxy.meet("cut", 0)
    ended, _ = await asyncio.wait({working}, timeout=3)
    working.cancel()
    await asyncio.wait({working})
    assert ended == {working}
    assert working.cancelled()


async def test_who_is_told_twice_leaves_no_open_transaction_to_the_pool(
    proxy: Proxy, far_pool: Pool, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    """The database does not answer to the rollback, and whoever ends the task asks again: no log of it."""
    working = asyncio.create_task(_held(far_pool))
    await until(lambda: pool.fetchval(ASLEEP))
    proxy.stalled = True
    working.cancel()
    await asyncio.sleep(0.2)
    working.cancel()
    await asyncio.sleep(0.2)
    proxy.stalled = False
    await asyncio.wait({working}, timeout=3)
    assert working.cancelled()
    assert [one.getMessage() for one in caplog.records if one.name == "asyncio"] == []
