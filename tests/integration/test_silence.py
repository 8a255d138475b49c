"""A database from which no packet comes any more: Linux is asked to give up on it within seconds."""

import socket
import sys
from typing import Any

import asyncpg
import pytest

from services.runtime.database import Wakeup, connect

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
