"""aiokafka's connections, made to survive uvloop's closed transports, and to end without noise.

asyncio drops what is written to a transport that was closed a moment ago; uvloop raises `RuntimeError`.
aiokafka 0.14 expects neither: it catches `OSError` alone, the producer's one task for sending ends, and from
then on that producer fails whatever it is given, until the process is restarted. It takes a connection that
breaks between two looks at it, which a restarting broker brings about now and then. Here it is a broken
connection like any other.

A request that is not answered in time closes its connection. Where that one broke in the same moment, and
somebody else has put it away to make a new one, aiokafka finds it no more, and the `KeyError` ends the same
task. Here that is a request which is not answered in time, like any other.

A connection that is reset leaves its error in a future of asyncio's that aiokafka never asks. Collected in
the wrong order, asyncio logs it with a traceback, as if something were wrong with us: so it is asked here.

So is a commit that its caller waits for no more. aiokafka shields the request, which goes on by itself;
where the group went on without us, Kafka refuses it, and asyncio would log that with a traceback, though it
concerns nobody any more. Whoever does wait is told as before.
"""

import asyncio
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection, AIOKafkaProtocol, CloseReason
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaConnectionError, RequestTimedOutError

_ask_node = AIOKafkaClient.send
_send = AIOKafkaConnection.send
_lost = AIOKafkaProtocol.connection_lost
_commit = GroupCoordinator._do_commit_offsets


def _send_or_break(self: Any, request: Any, expect_response: bool = True) -> Any:
    try:
        return _send(self, request, expect_response)
    except NotImplementedError:
        # Also a `RuntimeError`: the broker knows no such request. The connection is as good as before.
        raise
    except RuntimeError as error:
        self.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"Connection at {self.host}:{self.port} broken: {error}") from error


async def _ask_or_time_out(self: Any, node: Any, request: Any, **how: Any) -> Any:
    try:
        return await _ask_node(self, node, request, **how)
    except KeyError as error:
        if not isinstance(error.__context__, TimeoutError):
            raise
        raise RequestTimedOutError from error


def _lose_quietly(self: Any, error: Exception | None) -> None:
    _lost(self, error)
    _ask(self._get_close_waiter(None))


def _commit_and_ask(self: Any, assignment: Any, offsets: Any) -> asyncio.Future[None]:
    committed: asyncio.Future[None] = asyncio.ensure_future(_commit(self, assignment, offsets))
    committed.add_done_callback(_ask)
    return committed


def _ask(ended: asyncio.Future[None]) -> None:
    """What is asked once is not logged by asyncio as never asked."""
    if not ended.cancelled():
        ended.exception()


def mend() -> None:
    """Makes it so for all of this process; doing it again changes nothing."""
    AIOKafkaClient.send = _ask_or_time_out
    AIOKafkaConnection.send = _send_or_break
    AIOKafkaProtocol.connection_lost = _lose_quietly
    GroupCoordinator._do_commit_offsets = _commit_and_ask
