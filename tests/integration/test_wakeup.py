"""Sessions that listen: whatever becomes of them, whoever waits goes on, and is woken again."""

import asyncio

import asyncpg
import pytest

from services.runtime import database as databases
from services.runtime.database import Pool, Wakeup
from tests.chaos.proxy import Proxy
from tests.stack import until

LISTENING = """
    select pid from pg_stat_activity
    where datname = current_database() and query ~ '^(LISTEN|select 1)' and pid <> pg_backend_pid()
"""


@pytest.fixture
def far(database_url: str, proxy: Proxy) -> str:
    """The database beyond it."""
    return database_url.replace(f":{proxy.target}/", f":{proxy.port}/")


async def test_who_waits_goes_on_though_a_session_does_not_begin_to_listen(
    far: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network falls silent between a session's beginning and its first word: waiting ends."""
    monkeypatch.setattr(databases, "_ANSWERS_WITHIN", 0.5, raising=False)
    connect = asyncpg.connect

    async def connect_and_be_lost(*words: object, **more: object) -> object:
        connection = await connect(*words, **more)
        proxy.swallows_calls = proxy.swallows_answers = True
        return connection

    monkeypatch.setattr(asyncpg, "connect", connect_and_be_lost)
    wakeup = Wakeup(far, "egard_test", at_most=0.1)
    try:
        async with asyncio.timeout(5):
            await wakeup.wait()
    finally:
        await wakeup.close()


async def test_a_session_whose_end_was_not_heard_of_is_replaced(
    far: str, proxy: Proxy, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ended a session, its goodbye was lost: it is asked, does not answer, and another listens."""
    monkeypatch.setattr(databases, "_ANSWERS_WITHIN", 0.5, raising=False)
    monkeypatch.setattr(databases, "_LOOKED_AFTER_EVERY", 0.2, raising=False)
    wakeup = Wakeup(far, "egard_test", at_most=0.1)
    try:
        await wakeup.wait()
        [first] = await pool.fetch(LISTENING)
        proxy.swallows_answers = True
        await pool.execute("select pg_terminate_backend($1)", first["pid"])
        await until(lambda: _is_gone(pool))
        proxy.swallows_answers = False

        async def another_listens() -> bool:
            await wakeup.wait()
            return [row["pid"] for row in await pool.fetch(LISTENING)] != []

        await until(another_listens)
    finally:
        await wakeup.close()


async def _is_gone(pool: Pool) -> bool:
    return not await pool.fetch(LISTENING)


@pytest.mark.parametrize("steps", range(3))
async def test_who_is_cancelled_as_they_are_woken_ends(database_url: str, pool: Pool, steps: int) -> None:
    """A cancellation that comes so many steps after a notification is not lost."""
    wakeup = Wakeup(database_url, "egard_test", at_most=60)
    heard = asyncio.Event()

    async def wait() -> None:
        while True:
            await wakeup.wait()

    hear = wakeup._heard

    def hear_and_tell(*notification: object) -> None:
        hear(*notification)
        heard.set()

    wakeup._heard = hear_and_tell  # type: ignore[method-assign]
    waiting = asyncio.create_task(wait())
    try:
        await until(lambda: pool.fetch(LISTENING))
        await pool.execute("notify egard_test")
        await heard.wait()
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        ended, _ = await asyncio.wait({waiting}, timeout=1)
        assert ended == {waiting}
    finally:
        waiting.cancel()
        await asyncio.wait({waiting})
        await wakeup.close()
