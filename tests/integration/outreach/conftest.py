"""A journal, and a house that follows it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from projections.strategy import Strategy
from services.projector import positions
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.identity.told import Journal
from tests.integration.outreach.night import House


@pytest_asyncio.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """An empty journal."""
    await positions.load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


@pytest_asyncio.fixture
async def house(pool: Pool, database_url: str, strategy: Strategy) -> AsyncIterator[House]:
    """A house that may be heard of at any hour."""
    yield House(pool, database_url, strategy)
