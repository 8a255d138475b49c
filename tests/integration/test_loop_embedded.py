"""The loop on the embedded broker."""

from collections.abc import AsyncIterator

import pytest_asyncio

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.conftest import fresh_database
from tests.loop_suite import LoopSuite
from tests.stack import Stack, running


@pytest_asyncio.fixture(scope="module")
async def stack(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """One stack for the module: each test has customers of its own."""
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            async with running(broker.address, url, embedded=True) as stack:
                yield stack


class TestEmbedded(LoopSuite):
    """Every behaviour of the loop, on librdkafka's own broker."""
