"""An HTTP client that sends any bytes, and reads what a decent server answers."""

import asyncio
from typing import Self

import msgspec

_ANSWER_WITHIN = 30.0
_ALIEN_WITHIN = 0.3
"""Seconds for an answer to what is not HTTP: a server may as well wait for the rest."""


class Answer(msgspec.Struct, frozen=True):
    """What a server said."""

    status: int
    media_type: str
    body: bytes
    retry_after: str


class Connection:
    """One connection, opened anew whenever the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        """It opens with the first request."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes it."""
        self._close()

    async def ask(self, wire: bytes, *, alien: bool = False) -> Answer | None:
        """Sends bytes and returns the answer; None where there is none.

        After what is not HTTP nobody knows where the next request begins, so the connection is closed.
        """
        try:
            async with asyncio.timeout(_ALIEN_WITHIN if alien else _ANSWER_WITHIN):
                return await self._ask(wire)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            self._close()
            return None
        finally:
            if alien:
                self._close()

    async def _ask(self, wire: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(wire)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self._close()
        return Answer(
            int(first.split()[1]),
            headers.get("content-type", "").partition(";")[0],
            body,
            headers.get("retry-after", ""),
        )

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None
