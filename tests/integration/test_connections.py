"""A connection to Kafka that breaks while it is written to is broken like any other: the producer goes on."""

import asyncio
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer

from services.embedded import EmbeddedBroker
from services.runtime.kafka import INTERACTIONS


def _breaks_unnoticed(connection: Any) -> None:
    """The transport is closed, and aiokafka has not heard of it yet: it still means to be connected."""
    connection.connected = lambda: connection._writer is not None
    connection._writer.transport.abort()


async def _send_twice() -> bool:
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        async with AIOKafkaProducer(bootstrap_servers=broker.address, request_timeout_ms=5000) as producer:
            await producer.send_and_wait(INTERACTIONS, b"first", partition=0)
            for connection in list(producer.client._conns.values()):
                _breaks_unnoticed(connection)
            await asyncio.sleep(0)
            await producer.send_and_wait(INTERACTIONS, b"second", partition=0)
            return bool(producer._sender.sender_task.done())


def test_a_producer_survives_a_transport_that_was_closed_under_it() -> None:
    """On uvloop, whose closed transports raise: what is sent then arrives by another connection."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert not runner.run(_send_twice())
