"""A COPY whose connection is lost while the server does not take more: it ends, and says so once."""

import asyncio
import gc
import logging
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest
import uvloop

from services.runtime.database import TRANSIENT
from tests.chaos.proxy import Proxy

_ROWS = 30_000
"""Rows of a kilobyte: more than sockets hold."""


def _stalling(proxy: Proxy) -> Iterator[tuple[bytes]]:
    """Rows that nobody takes any more once they are being written."""
    proxy.stalled = True
    proxy._follow()
    yield from ((b"x" * 1000,) for _ in range(_ROWS))


async def _copy(url: str, *, ends: str) -> BaseException | None:
    port = urlsplit(url).port
    assert port is not None
    async with Proxy(port) as proxy:
        connection = await asyncpg.connect(url.replace(f":{port}/", f":{proxy.port}/"))
        await connection.execute("create temporary table large (x bytea)")
        copying = asyncio.create_task(connection.copy_records_to_table("large", records=_stalling(proxy)))
        await asyncio.wait({copying}, timeout=1)
        assert not copying.done()
        if ends == "cut":
            proxy._reset(proxy._connections)
        else:
            connection.terminate()
        await asyncio.wait({copying}, timeout=5)
        failed = copying.exception() if copying.done() else None
        copying.cancel()
        await asyncio.wait({copying})
        return failed


@pytest.mark.parametrize("ends", ["cut", "terminated"])
@pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_copy_ends_with_its_connection(
    database_url: str,
    loop: Callable[[], asyncio.AbstractEventLoop],
    ends: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It fails as what passes by itself, whichever loop it runs on, and asyncio has nothing to log."""
    with asyncio.Runner(loop_factory=loop) as runner, caplog.at_level(logging.WARNING):
        failed = runner.run(_copy(database_url, ends=ends))
        assert isinstance(failed, asyncpg.ConnectionDoesNotExistError)
        assert isinstance(failed, TRANSIENT)
        del failed
        gc.collect()
    assert caplog.records == []
