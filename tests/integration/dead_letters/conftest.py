"""A projector that refuses, and an environment for the command line."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.projector import Projector
from services.runtime.kafka import INTERACTIONS
from tests.conftest import fresh_database
from tests.integration.dead_letters.letters import teller
from tests.stack import Stack, Teller, running


@pytest_asyncio.fixture(scope="module")
async def shared(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """One projector for the module: each test has a customer of its own."""
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS])
            async with running(broker.address, url, services=(Projector,)) as stack:
                yield stack


@pytest.fixture
def stack(shared: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The projector, and an environment in which the command line finds what it works on."""
    monkeypatch.setenv("EGARD_KAFKA", shared.context.settings.kafka)
    monkeypatch.setenv("EGARD_DATABASE", shared.context.settings.database)
    return shared


@pytest_asyncio.fixture
async def alone(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stack]:
    """A projector, a broker and a database that no other test has used."""
    async with EmbeddedBroker() as own:
        await own.touch([INTERACTIONS])
        monkeypatch.setenv("EGARD_KAFKA", own.address)
        monkeypatch.setenv("EGARD_DATABASE", database_url)
        async with running(own.address, database_url, services=(Projector,)) as stack:
            yield stack


@pytest.fixture
def told() -> Teller:
    """A customer of the test's own."""
    return teller()
