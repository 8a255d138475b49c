"""aiokafka's connections, made to survive uvloop's closed transports, and to end without noise.

asyncio drops what is written to a transport that was closed a moment ago; uvloop raises `RuntimeError`.
aiokafka 0.14 expects neither: it catches `OSError` alone, the producer's one task for sending ends, and from
then on that producer fails whatever it is given, until the process is restarted. It takes a connection that
breaks between two looks at it, which a restarting broker brings about now and then. Here it is a broken
connection like any other.

A connection that is reset leaves its error in a future of asyncio's that aiokafka never asks. Collected in
the wrong order, asyncio logs it with a traceback, as if something were wrong with us: so it is asked here.
"""

from typing import Any

from aiokafka.conn import AIOKafkaConnection, AIOKafkaProtocol, CloseReason
from aiokafka.errors import KafkaConnectionError

_send = AIOKafkaConnection.send
_lost = AIOKafkaProtocol.connection_lost


def _send_or_break(self: Any, request: Any, expect_response: bool = True) -> Any:
    try:
        return _send(self, request, expect_response)
    except NotImplementedError:
        # Also a `RuntimeError`: the broker knows no such request. The connection is as good as before.
        raise
    except RuntimeError as error:
        self.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"Connection at {self.host}:{self.port} broken: {error}") from error


def _lose_quietly(self: Any, error: Exception | None) -> None:
    _lost(self, error)
    closed = self._get_close_waiter(None)
    if not closed.cancelled():
        closed.exception()


def mend() -> None:
    """Makes it so for every connection of this process; doing it again changes nothing."""
    AIOKafkaConnection.send = _send_or_break
    AIOKafkaProtocol.connection_lost = _lose_quietly
