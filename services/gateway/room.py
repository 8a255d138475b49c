"""Room for requests: what a process holds of them at once is bounded, however many come."""

import asyncio
from types import TracebackType
from typing import Self

from litestar.exceptions import HTTPException
from litestar.types import Receive

from services.runtime.web import Unavailable

MAX_REQUEST_BYTES = 8 * 1024 * 1024
"""The longest request; a publisher with more sends several."""

MOST = 64 * 1024 * 1024
"""Bytes of requests that may be in the process at once: being read, or waiting for Kafka."""

READ_WITHIN = 30.0
"""Seconds that a client has to send the rest of a request that has begun to come."""


class Disconnected(Exception):  # noqa: N818 - the other side's choice
    """The client left before its request was whole."""


class Room:
    """Counts the bytes of requests under way."""

    def __init__(self, most: int = MOST) -> None:
        self._left = most

    def held(self, announced: str) -> "Hold":
        """A hold for a request of an announced length, given back when it was answered.

        Raises `HTTPException` (413) for a request that is too long, before any of it is read.
        """
        if announced.isdecimal() and int(announced[:16]) > MAX_REQUEST_BYTES:
            raise _too_long()
        return Hold(self)

    def take(self, size: int) -> None:
        """Takes bytes. Raises `Unavailable` where there are not as many left."""
        if size > self._left:
            raise Unavailable("Too much is under way; try again shortly.")
        self._left -= size

    def give(self, size: int) -> None:
        """Gives bytes back."""
        self._left += size


class Hold:
    """What one request holds."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size = 0

    def __enter__(self) -> Self:
        """It holds nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives back what it holds."""
        self._room.give(self.size)

    async def read(self, receive: Receive) -> bytes:
        """The whole of a body.

        Raises `HTTPException` where it is too long (413) or too slow (408), `Unavailable` where there is no
        room for it, and `Disconnected`.
        """
        # Most requests come in one piece. Until there is one nothing is held, and no timer is worth its cost.
        chunk, more = await self._chunk(receive)
        if not more:
            return chunk
        chunks = [chunk]
        try:
            async with asyncio.timeout(READ_WITHIN):
                while more:
                    chunk, more = await self._chunk(receive)
                    chunks.append(chunk)
        except TimeoutError:
            raise HTTPException(
                "The request did not come in time; repeat it whole.", status_code=408
            ) from None
        return b"".join(chunks)

    async def _chunk(self, receive: Receive) -> tuple[bytes, bool]:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        chunk = message["body"]
        if self.size + len(chunk) > MAX_REQUEST_BYTES:
            raise _too_long()
        self._room.take(len(chunk))
        self.size += len(chunk)
        return chunk, message["more_body"]


def _too_long() -> HTTPException:
    return HTTPException(
        f"The request is longer than {MAX_REQUEST_BYTES} bytes; send several.", status_code=413
    )
