"""Sessions that give up on a database from which no packet comes any more.

A host that loses its power, or its network, says no goodbye. Whoever waits for its answer would do so until
their own time limit, and then as long again, as asyncpg asks the server to stop: that took 179 seconds
where the limit was 90. With these options it takes 14.
"""

import socket
from typing import Any

SILENT_FOR = 15
"""Seconds without a sign after which the other side is gone. A server that works on an answer gives signs.

One that stands still in the middle of a COPY gives none that count: Linux ends a session whose window was
shut for so long, although whoever shut it is there.
"""

_PROBED_EVERY = 5


async def give_up_on_silence(connection: Any, silent_for: int = SILENT_FOR) -> None:
    """Makes a session of asyncpg end when nothing comes from the other side, not even a sign of life."""
    if connection.is_closed():
        return  # lost as soon as it began, which its next use tells: with uvloop its socket is none any more
    found = connection._transport.get_extra_info("socket")
    if found.family == socket.AF_UNIX:
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _options(silent_for).items():
        option = getattr(socket, name, None)
        if option is not None:
            found.setsockopt(socket.IPPROTO_TCP, option, value)


def _options(silent_for: int) -> dict[str, int]:
    """Options by name: other systems lack some, and a socket of the file system has none."""
    return {
        "TCP_USER_TIMEOUT": silent_for * 1000,
        "TCP_KEEPIDLE": _PROBED_EVERY,
        "TCP_KEEPINTVL": _PROBED_EVERY,
        "TCP_KEEPCNT": silent_for // _PROBED_EVERY,
    }
