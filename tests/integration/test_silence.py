"""A database from which no packet comes any more: Linux is asked to give up on it within seconds."""

import asyncio
import socket
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import uvloop

from services.cli.rebuilding import store
from services.runtime.database import Wakeup, connect
from services.runtime.silence import give_up_on_silence
from tests.chaos.proxy import Proxy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the other systems lack some of the options")


def _gives_up(connection: Any) -> bool:
    found = connection._transport.get_extra_info("socket")
    expected = {
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): 15_000,
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 5,
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 5,
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 3,
    }
    return all(found.getsockopt(*option) == value for option, value in expected.items())


async def test_every_session_of_a_service_gives_up_on_silence(database_url: str) -> None:
    """Those of the pool and the one that listens: a host without power says no goodbye to any."""
    pool = await connect(database_url, size=2)
    wakeup = Wakeup(database_url, "anything", at_most=0.01)
    plain = await asyncpg.connect(database_url)
    try:
        async with pool.acquire() as one, pool.acquire() as other:
            assert _gives_up(one)
            assert _gives_up(other)
        await wakeup.wait()
        assert _gives_up(wakeup._connection)
        assert not _gives_up(plain)
    finally:
        await plain.close()
        await wakeup.close()
        await pool.close()


async def test_a_rebuild_outlasts_a_disk_that_stands_still(database_url: str) -> None:
    """A window that is shut is a sign for nobody: whoever copies for hours bears with it for minutes."""
    connection = await store.connect(database_url)
    try:
        found = connection._transport.get_extra_info("socket")
        assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 120_000
    finally:
        await connection.close()


@pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_session_that_is_lost_as_it_begins_is_lost_and_no_mistake(
    database_url: str, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """There is no socket to be set any more; its next use tells why."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_lose(database_url))


async def _lose(url: str) -> None:
    port = urlsplit(url).port
    assert port is not None
    async with Proxy(port) as proxy:
        connection = await asyncpg.connect(url.replace(f":{port}/", f":{proxy.port}/"))
        proxy._reset(proxy._connections)
        while not connection.is_closed():  # noqa: ASYNC110 - only the loop knows when
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        await give_up_on_silence(connection)
        with pytest.raises(asyncpg.InterfaceError):
            await connection.execute("select 1")
