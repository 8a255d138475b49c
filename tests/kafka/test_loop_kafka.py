"""The loop on Apache Kafka."""

from collections.abc import AsyncIterator

import pytest_asyncio

from services.embedded import EmbeddedDatabase
from tests.conftest import fresh_database
from tests.kafka.server import KafkaServer
from tests.loop_suite import LoopSuite
from tests.stack import Stack, running


@pytest_asyncio.fixture(scope="module")
async def stack(kafka: KafkaServer, database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """One stack for the module: each test has customers of its own."""
    async for url in fresh_database(database_server):
        async with running(kafka.address, url) as stack:
            yield stack


class TestKafka(LoopSuite):
    """Every behaviour of the loop, on the broker it is made for."""
