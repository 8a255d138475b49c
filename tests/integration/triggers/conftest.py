"""A journal to tell events to, and a clock."""

import pytest

from projections.strategy import Strategy
from services.clock import Clock
from services.outreach import Outreach
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.integration.identity.told import Journal


@pytest.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """An empty database, and the projector's engine on it."""
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


@pytest.fixture
async def context(pool: Pool, database_url: str, strategy: Strategy) -> Context:
    """What services share, without Kafka."""
    settings = Settings(kafka="nowhere:9092", database=database_url, access="open")
    return Context(settings, strategy, pool, Producer(settings.kafka, client="test"))


@pytest.fixture
async def clock(context: Context) -> Clock:
    """A clock that is taken step by step."""
    return Clock(context)


@pytest.fixture
async def outreach(context: Context) -> Outreach:
    """Outreach that is taken step by step."""
    return Outreach(context)
