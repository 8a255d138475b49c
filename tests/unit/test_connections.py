"""aiokafka's connections, as we mend them."""

import asyncio
import gc
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import AIOKafkaConnection, AIOKafkaProtocol
from aiokafka.errors import KafkaConnectionError, RequestTimedOutError

from services.runtime import connections


@pytest.fixture(autouse=True)
def mended() -> None:
    connections.mend()


class _Closed:
    """A transport's writer of uvloop's after it was closed."""

    def write(self, _: bytes) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    def close(self) -> None:
        pass


class _Request:
    """A request that can be put into bytes, or cannot because the broker knows no such version."""

    def __init__(self, unknown: bool = False) -> None:
        self._unknown = unknown

    def prepare(self, _: object) -> "_Request":
        if self._unknown:
            raise NotImplementedError("Support for it has not yet been added")
        return self

    def build_request_header(self, **_: object) -> "_Request":
        return self

    def encode(self) -> bytes:
        return b""


async def _connection() -> Any:
    connection = AIOKafkaConnection("127.0.0.1", 1)
    connection._reader, connection._writer = asyncio.StreamReader(), _Closed()
    connection._read_task = asyncio.ensure_future(asyncio.sleep(0))
    return connection


async def test_a_transport_that_was_closed_is_a_broken_connection() -> None:
    """What uvloop raises for a transport that was closed is what aiokafka expects of a broken connection."""
    connection = await _connection()
    with pytest.raises(KafkaConnectionError, match="broken: unable to perform"):
        connection.send(_Request())
    assert not connection.connected()


async def test_a_request_that_the_broker_does_not_know_breaks_no_connection() -> None:
    """A question that a broker is too old for is told as such, and the connection goes on."""
    connection = await _connection()
    with pytest.raises(NotImplementedError):
        connection.send(_Request(unknown=True))
    assert connection.connected()
    connection.close()


async def test_a_reset_connection_leaves_nothing_to_complain_of() -> None:
    """A connection that is reset is no error that asyncio would find unasked, whatever is collected first."""
    loop = asyncio.get_running_loop()
    complaints: list[object] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    protocol = AIOKafkaProtocol(loop.create_future(), asyncio.StreamReader(), loop=loop)
    protocol.connection_lost(ConnectionResetError(104, "Connection reset by peer"))
    protocol._closed = loop.create_future()  # lets go of the one that holds the error
    gc.collect()
    assert complaints == []


async def test_a_connection_that_is_put_away_while_its_request_times_out_is_a_time_out() -> None:
    """aiokafka then closes what it no longer has: a `KeyError` would end the producer's task for good."""
    client = AIOKafkaClient()

    class PutAway:
        def connected(self) -> bool:
            return True

        async def send(self, *_: object, **__: object) -> None:
            # As another task does that finds the connection broken, and makes a new one.
            client._conns.clear()
            raise TimeoutError

    client._conns[0, ConnectionGroup.DEFAULT] = PutAway()
    with pytest.raises(RequestTimedOutError):
        await client.send(0, _Request())
