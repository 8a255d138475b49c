"""The floor of the way from an event to a prompt: a bare Kafka hop, and one PostgreSQL commit."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.bench.tellings import Due, paced
from tests.bench.topics import PARTITIONS, topic

TOPIC = "egard.bench.floor"

_TABLE = "create table floor (id bigint generated always as identity primary key, body bytea not null)"
_INSERT = "insert into floor (body) values ($1)"


class Floor:
    """Hands records through Kafka as they come; those that are marked are then committed, each by itself."""

    def __init__(
        self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, connection: asyncpg.Connection
    ) -> None:
        self._producer = producer
        self._consumer = consumer
        self._connection = connection
        self._marked: dict[bytes, asyncio.Future[float]] = {}

    async def prompt(self, due: Sequence[Due]) -> list[float]:
        """Sends events at their times; returns the seconds until each that would prompt was committed."""
        return [seconds for seconds in await paced(due, self._send) if seconds is not None]

    async def _send(self, one: Due) -> float | None:
        sent = time.time()
        if not one.prompts:
            await self._producer.send_and_wait(TOPIC, one.body, key=one.customer.encode())
            return None
        committed: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._marked[one.body] = committed
        await self._producer.send(TOPIC, one.body, key=one.customer.encode())
        return await committed - sent

    async def consume(self) -> None:
        """Reads until cancelled."""
        insert = await self._connection.prepare(_INSERT)
        async for record in self._consumer:
            waiting = self._marked.pop(record.value, None)
            if waiting is not None:
                await insert.fetch(record.value)
                waiting.set_result(time.time())


@asynccontextmanager
async def floor(brokers: str, database: str) -> AsyncIterator[Floor]:
    """A floor on a topic and a table of its own."""
    async with topic(brokers, TOPIC, PARTITIONS), AsyncExitStack() as stack:
        # Synchronous commit is PostgreSQL's default, and said here because the floor rests on it.
        connection = await asyncpg.connect(database, server_settings={"synchronous_commit": "on"})
        stack.push_async_callback(connection.close)
        await connection.execute(_TABLE)
        producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=0)
        consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
        for client in (producer, consumer):
            await client.start()
            stack.push_async_callback(client.stop)
        places = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        made = Floor(producer, consumer, connection)
        reading = asyncio.create_task(made.consume())
        try:
            yield made
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
