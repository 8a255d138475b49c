"""A real Apache Kafka for the session, its topics made anew for whoever asks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient

from services.embedded import EmbeddedDatabase
from services.runtime.kafka import INTERACTIONS, PROMPTS, RELATIONSHIPS, create_topics
from tests.conftest import fresh_database
from tests.kafka.place import Place
from tests.kafka.server import KafkaServer, answers, kafka_unavailable
from tests.kafka.straight import PARTITIONS


@pytest_asyncio.fixture(scope="session")
async def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    """One node of Apache Kafka; skips where none can be had."""
    reason = kafka_unavailable()
    if reason is not None:
        pytest.skip(reason)
    async with KafkaServer(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest_asyncio.fixture(scope="module")
async def kafka(kafka_server: KafkaServer) -> KafkaServer:
    """Kafka with empty topics, shared by a module."""
    await renew_topics(kafka_server.address)
    return kafka_server


@pytest_asyncio.fixture
async def place(
    kafka_server: KafkaServer, database_server: EmbeddedDatabase, tmp_path: Path
) -> AsyncIterator[Place]:
    """A place of the test's own."""
    await renew_topics(kafka_server.address)
    async for url in fresh_database(database_server):
        yield Place(kafka_server.address, url, tmp_path, partitions=PARTITIONS)


async def renew_topics(brokers: str, partitions: int = PARTITIONS) -> None:
    """Deletes our topics and creates them again, as soon as the broker is there."""
    async with asyncio.timeout(30):
        while not await answers(brokers):  # noqa: ASYNC110 - after a thaw it has to be let in again
            await asyncio.sleep(0.1)
    ours = [INTERACTIONS, RELATIONSHIPS, PROMPTS]
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        existing = set(await admin.list_topics()) & set(ours)
        if existing:
            await admin.delete_topics(sorted(existing))
            async with asyncio.timeout(20):
                while set(await admin.list_topics()) & set(ours):  # noqa: ASYNC110 - Kafka tells nobody
                    await asyncio.sleep(0.02)
        await create_topics(brokers, partitions=partitions, replication=1)
        async with asyncio.timeout(20):
            while not set(await admin.list_topics()) >= set(ours):  # noqa: ASYNC110 - nor does it then
                await asyncio.sleep(0.01)
    finally:
        await admin.close()
