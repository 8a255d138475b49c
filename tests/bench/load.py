"""HTTP load that costs the machine little: requests made beforehand, over connections that are kept."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import cast

_LENGTH = b"content-length: "


class _Connection(asyncio.Protocol):
    """Sends one request after the other, each when the last was answered."""

    def __init__(self, requests: list[bytes], done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._done = done
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first request."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._next()

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
            self._end(AssertionError(f"{head.decode()}\n\n{body[:500].decode()}"))
        else:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server hung up."""
        self._end(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        if self._requests:
            self._transport.write(self._requests.pop())
        else:
            self._end(None)

    def _end(self, error: Exception | None) -> None:
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
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


def request(body: bytes, content_type: str, key: str) -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
