"""What connections through the proxy meet with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
import pytest_asyncio
import uvloop

from services.embedded.ports import free_port
from tests.chaos.proxy import Proxy


class Echo:
    """A server that repeats each line, and remembers it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.heard: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Repeats until the other side leaves."""
        with suppress(ConnectionError):
            while line := await reader.readline():
                self.heard.append(line)
                writer.write(line)
        writer.close()


Caller = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[Echo]:
    """A server to be called."""
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", echo.port)
    yield echo
    server.close()


@pytest_asyncio.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    """A proxy before it."""
    async with Proxy(echo.port) as proxy:
        yield proxy


@pytest_asyncio.fixture
async def caller(proxy: Proxy) -> AsyncIterator[Caller]:
    """A connection through it that works."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"hello\n") == b"hello\n"
    yield reader, writer
    writer.close()


async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> bytes:
    """What comes back."""
    writer.write(line)
    return await reader.readline()


async def begin(proxy: Proxy, way: str, seconds: float) -> "asyncio.Task[None]":
    """Something begins to go wrong."""
    task = asyncio.create_task(proxy.meet(way, seconds))
    await asyncio.sleep(0.05)
    return task


async def test_what_is_cut_is_reset_and_nobody_is_let_in_until_it_is_over(
    proxy: Proxy, caller: Caller
) -> None:
    """A cut ends what there is, refuses what is new, and then lets callers in again."""
    fault = await begin(proxy, "cut", 0.3)
    with pytest.raises(ConnectionResetError):
        await said(*caller, b"lost\n")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", proxy.port)
    await fault
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"again\n") == b"again\n"
    writer.close()


async def test_what_stalled_arrives_when_it_is_over(proxy: Proxy, echo: Echo, caller: Caller) -> None:
    """While connections stall nothing arrives, and then everything does, on the same connection."""
    fault = await begin(proxy, "stalled", 0.3)
    answer = asyncio.create_task(said(*caller, b"late\n"))
    await asyncio.sleep(0.1)
    assert not answer.done()
    assert echo.heard == [b"hello\n"]
    await fault
    assert await answer == b"late\n"


async def test_what_was_swallowed_never_arrives_and_the_connection_is_reset(
    proxy: Proxy, echo: Echo, caller: Caller
) -> None:
    """What is sent into the hole is lost for good; when it is over, the connection is reset."""
    fault = await begin(proxy, "swallowed", 0.3)
    with pytest.raises(ConnectionResetError):
        await said(*caller, b"lost\n")
    await fault
    assert echo.heard == [b"hello\n"]


async def test_what_is_unanswered_was_done(proxy: Proxy, echo: Echo, caller: Caller) -> None:
    """Where only answers are lost, the server did what it was asked, and the caller hears a reset."""
    fault = await begin(proxy, "unanswered", 0.3)
    with pytest.raises(ConnectionResetError):
        await said(*caller, b"done\n")
    await fault
    assert echo.heard == [b"hello\n", b"done\n"]


async def test_a_goodbye_is_swallowed_too(proxy: Proxy, echo: Echo, caller: Caller) -> None:
    """Whoever hangs up into the hole is believed to be there until it is over."""
    fault = await begin(proxy, "swallowed", 0.3)
    caller[1].close()
    await asyncio.sleep(0.1)
    assert proxy.connections == 1
    await fault
    await asyncio.sleep(0.05)
    assert proxy.connections == 0


async def test_large_answers_pass_whole_and_in_order(proxy: Proxy, caller: Caller) -> None:
    """Megabytes pass whole, though the caller reads them slowly."""
    reader, writer = caller
    line = b"x" * 60_000 + b"\n"
    sending = asyncio.create_task(_send(writer, line, 50))
    for _ in range(50):
        assert await reader.readline() == line
    await sending


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_who_calls_while_all_stalls_is_heard_later_and_in_order(
    factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """New connections stall too, on either kind of loop, and what was said first arrives first."""

    async def call() -> None:
        echo = Echo()
        server = await asyncio.start_server(echo.serve, "127.0.0.1", echo.port)
        async with Proxy(echo.port) as proxy:
            fault = await begin(proxy, "stalled", 0.3)
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            for word in (b"first\n", b"second\n"):
                writer.write(word)
                await asyncio.sleep(0.05)
            assert echo.heard == []
            await fault
            async with asyncio.timeout(5):
                heard = [await reader.readline(), await reader.readline()]
            assert heard == [b"first\n", b"second\n"]
            writer.close()
        server.close()

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(call())


async def _send(writer: asyncio.StreamWriter, line: bytes, times: int) -> None:
    for _ in range(times):
        writer.write(line)
        await writer.drain()
