"""A journal to tell events to, and an empty desk."""

import pytest

from projections.strategy import Strategy
from services.desk.prompts import Prompts
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.settings import Settings
from tests.integration.identity.told import Journal


@pytest.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """An empty database, and the projector's engine on it."""
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


@pytest.fixture
def prompts(pool: Pool, database_url: str, strategy: Strategy) -> Prompts:
    """The prompts of an empty database."""
    url = "https://crm.example.org/{customer}"
    return Prompts(pool, Settings(kafka="nowhere:9092", database=database_url, customer_url=url), strategy)
