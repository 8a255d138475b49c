"""Insight over HTTP, and a journal to tell events to."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from projections.strategy import Strategy
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.as_of.telling import Journal, insight


@pytest_asyncio.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """An empty database, and the projector's engine on it."""
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


@pytest_asyncio.fixture
async def client(pool: Pool, strategy: Strategy) -> AsyncIterator[httpx.AsyncClient]:
    """Insight in English."""
    async with insight(pool, strategy) as client:
        yield client
