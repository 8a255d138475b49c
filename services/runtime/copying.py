"""asyncpg's COPY, made to end when its connection does.

asyncpg 0.32 writes rows as fast as the server takes them: where the server is slower, it waits until the
transport has room. A connection that is lost meanwhile wakes nobody. The error goes to a future that COPY
looks at only after its last row, and no time limit holds any more: whoever copied waits for ever, and asyncio
logs at the end that nobody asked for that error. A database that dies while a projector is behind does this.

So whoever waits for room is woken when the connection is lost. They find no transport to write to, which is
told as what it is: a connection that was lost.
"""

import asyncio
from typing import Any

from asyncpg import ConnectionDoesNotExistError
from asyncpg.protocol import Protocol

_lost = Protocol.connection_lost
_completed = Protocol._on_waiter_completed
_copy_in = Protocol.copy_in


def _lose_and_wake(self: Any, error: Exception | None) -> None:
    _lost(self, error)
    # It lets go of the transport: what is written to a closed one asyncio drops, and logs.
    self.abort()
    self.resume_writing()


def _complete_and_ask(self: Any, waiter: "asyncio.Future[Any]") -> None:
    _completed(self, waiter)
    # Whoever waits is told as before; what is asked once is not logged by asyncio as never asked.
    if not waiter.cancelled():
        waiter.exception()


async def _copy_in_or_lose(self: Any, *words: Any) -> str:
    try:
        copied: str = await _copy_in(self, *words)
    except (AttributeError, RuntimeError) as error:
        # There is no transport any more, or uvloop has just closed it.
        if self.is_connected():
            raise
        raise ConnectionDoesNotExistError("connection was closed in the middle of a COPY") from error
    return copied


def mend() -> None:
    """Makes it so for all of this process; doing it again changes nothing."""
    Protocol.connection_lost = _lose_and_wake
    Protocol._on_waiter_completed = _complete_and_ask
    Protocol.copy_in = _copy_in_or_lose
