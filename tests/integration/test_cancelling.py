"""Work that is cancelled ends, whatever else goes wrong at that moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from projections.strategy import Strategy
from services.runtime import database as databases
from services.runtime.database import Pool, persist
from services.runtime.people import holding
from services.runtime.producer import Producer
from services.runtime.service import Context, Service
from services.runtime.settings import Settings
from tests.chaos.proxy import Proxy
from tests.stack import until

ASLEEP = "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"
"""How many are asleep."""


@pytest_asyncio.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    """A network between us and the database."""
    port = urlsplit(database_url).port
    assert port is not None
    async with Proxy(port) as proxy:
        yield proxy


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


class Sleeper(Service):
    """A service whose work is one long statement."""

    name = "sleeper"

    async def start(self) -> None:
        """Begins it."""
        self.spawn(persist("The sleeper", lambda: _held(self.context.pool)))


async def test_a_service_ends_though_the_database_does_not_answer(
    proxy: Proxy,
    far_pool: Pool,
    pool: Pool,
    strategy: Strategy,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked to end while the database stands still, it waits for an answer no longer than for a goodbye."""
    monkeypatch.setattr("services.runtime.service.GOODBYE", 0.5, raising=False)
    settings = Settings(kafka="nowhere:9092", database=database_url, access="open")
    context = Context(settings, strategy, far_pool, Producer(settings.kafka, client="test"))
    service = Sleeper(context)
    await service.start()
    await until(lambda: pool.fetchval(ASLEEP))
    proxy.stalled = True
    stopping = asyncio.create_task(service.stop())
    ended, _ = await asyncio.wait({stopping}, timeout=10)
    proxy.stalled = False
    await proxy.meet("cut", 0)
    await asyncio.wait({stopping})
    assert ended == {stopping}
    assert not context.failed.done()
