"""The floor of the way from an event to a prompt: a bare Kafka hop, and one PostgreSQL commit."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

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

    async def send(self, key: bytes, body: bytes) -> None:
        """Sends a record that is not marked; returns when every in-sync replica has it."""
        await self._producer.send_and_wait(TOPIC, body, key=key)

    async def commit(self, key: bytes, body: bytes) -> tuple[float, float]:
        """When a record was sent, and when what the consumer had of it was committed (seconds).

        The key must be nobody else's.
        """
        self._marked[key] = committed = asyncio.get_running_loop().create_future()
        sent = time.time()
        await self._producer.send(TOPIC, body, key=key)
        return sent, await committed

    async def consume(self) -> None:
        """Reads until cancelled."""
        insert = await self._connection.prepare(_INSERT)
        async for record in self._consumer:
            waiting = self._marked.pop(record.key, None)
            if waiting is not None:
                await insert.fetch(record.value)
                waiting.set_result(time.time())


@asynccontextmanager
async def floor(brokers: str, database: str, partitions: int) -> AsyncIterator[Floor]:
    """A floor on a topic and a table of its own."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, partitions, 1)])
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=0)
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    # Synchronous commit is PostgreSQL's default, and said here because the floor rests on it.
    connection = await asyncpg.connect(database, server_settings={"synchronous_commit": "on"})
    try:
        await producer.start()
        await consumer.start()
        consumer.assign([TopicPartition(TOPIC, number) for number in range(partitions)])
        await consumer.seek_to_end()
        await connection.execute(_TABLE)
        made = Floor(producer, consumer, connection)
        reading = asyncio.create_task(made.consume())
        try:
            yield made
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
    finally:
        await connection.close()
        await consumer.stop()
        await producer.stop()
        await admin.delete_topics([TOPIC])
        await admin.close()
