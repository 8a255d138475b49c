"""HTTP load that costs the machine little: requests made beforehand, over connections that are kept."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import cast

_LENGTH = b"content-length: "


class _Exchange(asyncio.Protocol):
    """A connection that waits for one answer at a time, and wants it to be 202."""

    _received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It may send."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of it."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        low = head.lower()
        at = low.index(_LENGTH) + len(_LENGTH)
        if len(body) < int(low[at:].partition(b"\r\n")[0]):
            return
        self._received = b""
        if not head.startswith(b"HTTP/1.1 202"):
            self.failed(AssertionError(f"{head.decode()}\n\n{body[:500].decode()}"))
        else:
            self.accepted()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server hung up."""
        self.failed(exc or ConnectionError("the server hung up"))

    def accepted(self) -> None:
        """The answer was 202."""
        raise NotImplementedError

    def failed(self, error: Exception) -> None:
        """It was another, or none."""
        raise NotImplementedError


class _Connection(_Exchange):
    """Sends one request after the other, each when the last was answered."""

    def __init__(self, requests: list[bytes], done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._done = done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first request."""
        super().connection_made(transport)
        self.accepted()

    def accepted(self) -> None:
        """The next request, or the end."""
        if self._requests:
            self._transport.write(self._requests.pop())
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()

    def failed(self, error: Exception) -> None:
        """The end."""
        if not self._done.done():
            self._done.set_exception(error)
            self._transport.close()


async def drive(port: int, requests: Sequence[bytes], connections: int) -> float:
    """Sends requests over some connections at once; returns the seconds until all were answered with 202.

    Raises what a connection failed with, and `AssertionError` for another answer.
    """
    loop = asyncio.get_running_loop()
    shares = [list(requests[place::connections]) for place in range(connections)]
    began = time.perf_counter()
    ends = []
    for share in shares:
        done = loop.create_future()
        await loop.create_connection(partial(_Connection, share, done), "127.0.0.1", port)
        ends.append(done)
    await asyncio.gather(*ends)
    return time.perf_counter() - began


class _Line(_Exchange):
    """Sends a request when told to."""

    _answer: asyncio.Future[float] | None = None

    def ask(self, request: bytes) -> asyncio.Future[float]:
        """Sends a request; the future has the time at which it was answered."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def accepted(self) -> None:
        """The time of it."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(time.time())

    def failed(self, error: Exception) -> None:
        """Whoever waits is told."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def close(self) -> None:
        """Hangs up."""
        self._transport.close()


class Publisher:
    """Sends each request at once, whatever became of those before it, over as many connections as needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: deque[_Line] = deque()

    async def send(self, request: bytes) -> tuple[float, float]:
        """When a request was sent and when it was answered (Unix epoch, seconds).

        Raises what the connection failed with, and `AssertionError` for another answer than 202.
        """
        # The one that rested longest: so all are warm.
        line = self._idle.popleft() if self._idle else await self._line()
        sent = time.time()
        answered = await line.ask(request)
        self._idle.append(line)
        return sent, answered

    async def open(self, connections: int) -> None:
        """Opens some connections beforehand."""
        self._idle.extend([await self._line() for _ in range(connections)])

    def close(self) -> None:
        """Hangs up."""
        while self._idle:
            self._idle.pop().close()

    async def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(_Line, "127.0.0.1", self._port)
        return line


async def until_open(port: int, process: asyncio.subprocess.Process) -> None:
    """Waits until a process of ours listens. Raises `AssertionError` where it ends, or takes too long."""
    try:
        async with asyncio.timeout(60):
            while not await _listens(port):
                assert process.returncode is None, "a server of the bench did not start"
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError("a server of the bench does not listen") from None


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def request(body: bytes, content_type: str, key: str) -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
