"""A TCP proxy of ours: connections go through it, and are cut, stall, or lose what is sent."""

import asyncio
import os
import socket
import struct
from types import TracebackType
from typing import Self, cast

from services.embedded.ports import free_port

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes a closed socket say «reset» to its peer, and not «that was all»."""

_LISTEN_AGAIN = 50
"""How often to try for the port that we have just left."""


class Proxy:
    """A port of 127.0.0.1 behind which another one is.

    What connections through it can meet with:

    - `cut`: all are reset, and for a while nobody is let in;
    - `stalled`: for a while nothing moves; then all goes on as if nothing had been;
    - `swallowed`: for a while whatever either side sends is lost, goodbyes too; then connections are reset.
      Meanwhile each side believes that the other is there;
    - `unanswered`: the same of answers only. What is asked for is done, and nobody hears of it.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        """The port where whoever is called listens."""
        self.port = free_port()
        """Where to call."""
        self.stalled = False
        self.swallows_calls = False
        self.swallows_answers = False
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many connections there are, as far as either side knows."""
        return len(self._connections)

    async def meet(self, way: str, seconds: float) -> None:
        """Lets connections meet with something for so long."""
        if way == "cut":
            self._close()
            self._reset(self._connections)
            await asyncio.sleep(seconds)
            await self._listen()
            return
        self.stalled = way == "stalled"
        self.swallows_calls = way == "swallowed"
        self.swallows_answers = way in ("swallowed", "unanswered")
        self._follow()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.stalled = self.swallows_calls = self.swallows_answers = False
            # A stream with a hole in it is of no use to anybody.
            self._reset({one for one in self._connections if one.holed})
            self._follow()

    def joins(self, connection: "_Connection") -> None:
        """A connection was opened."""
        self._connections.add(connection)

    def leaves(self, connection: "_Connection") -> None:
        """A connection is over."""
        self._connections.discard(connection)

    async def __aenter__(self) -> Self:
        """Opens the port."""
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the port, and all connections."""
        self._close()
        self._reset(self._connections)

    def _follow(self) -> None:
        for one in self._connections:
            one.follow()

    def _reset(self, some: "set[_Connection]") -> None:
        for one in list(some):
            one.reset()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for left in reversed(range(_LISTEN_AGAIN)):
            try:
                self._server = await loop.create_server(
                    lambda: _Connection(self).caller, "127.0.0.1", self.port
                )
            except OSError:
                if not left:
                    raise
                await asyncio.sleep(0.02)
            else:
                return

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


class _Connection:
    """Two sockets: that of whoever called, and ours to whoever is called."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.holed = False
        """Whether something of it was lost."""
        self.caller = _End(self)
        self.called = _End(self)
        self._connecting: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Somebody called: calls whom they want."""
        self.proxy.joins(self)
        self.follow()
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self.called, "127.0.0.1", self.proxy.target)
        except OSError:
            self.reset()
            return
        if self.caller.gone:
            self.reset()
        self.follow()

    def passes(self, end: "_End") -> bool:
        """Whether what comes from an end reaches the other."""
        lost = self.proxy.swallows_calls if end is self.caller else self.proxy.swallows_answers
        self.holed |= lost
        return not lost

    def other(self, end: "_End") -> "_End":
        """The other end."""
        return self.called if end is self.caller else self.caller

    def ended(self, end: "_End") -> None:
        """One end is gone: the other hears of it, unless goodbyes are lost."""
        other = self.other(end)
        if other.gone or other.transport is None:
            self.proxy.leaves(self)
        if self.passes(end):
            self.follow()

    def follow(self) -> None:
        """Reads and passes on what may be: nothing while we stand still, or the other end cannot take it."""
        for end in (self.caller, self.called):
            other = self.other(end)
            end.read(not self.proxy.stalled and other.writable)
            if self.proxy.stalled or other.transport is None:
                continue
            end.pass_on(other.transport)
            if end.gone and not self.holed:
                other.transport.close()

    def reset(self) -> None:
        """Ends it at once, for both."""
        if self._connecting is not None:
            self._connecting.cancel()
        for end in (self.caller, self.called):
            end.reset()
        self.proxy.leaves(self)


class _End(asyncio.Protocol):
    def __init__(self, connection: _Connection) -> None:
        self.transport: asyncio.Transport | None = None
        self.gone = False
        self._connection = connection
        self._full = False
        self._reads = True
        self._held: list[bytes] = []

    @property
    def writable(self) -> bool:
        return self.transport is not None and not self._full

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if self is self._connection.caller:
            self._connection.begin()

    def data_received(self, data: bytes) -> None:
        other = self._connection.other(self).transport
        if not self._connection.passes(self):
            return
        if other is None or self._held or self._connection.proxy.stalled:
            # A transport may read on a little, though it was told not to in `connection_made`.
            self._held.append(data)
        elif not other.is_closing():
            other.write(data)

    def pass_on(self, other: asyncio.Transport) -> None:
        """Passes on what came when it could not be passed on."""
        if self._held and not other.is_closing():
            other.writelines(self._held)
            self._held.clear()

    def pause_writing(self) -> None:
        self._full = True
        self._connection.follow()

    def resume_writing(self) -> None:
        self._full = False
        self._connection.follow()

    def connection_lost(self, _: Exception | None) -> None:
        self.gone = True
        self._connection.ended(self)

    def read(self, wanted: bool) -> None:
        """Goes on reading, or stops it."""
        if self.transport is None or self.gone or self.transport.is_closing() or wanted == self._reads:
            return
        self._reads = wanted
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def reset(self) -> None:
        if self.transport is None or self.gone:
            return
        found = self.transport.get_extra_info("socket")
        if found is not None and found.fileno() >= 0:
            # The loop's own object may not allow it, and the option is the socket's, whoever holds it.
            with socket.socket(fileno=os.dup(found.fileno())) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()
