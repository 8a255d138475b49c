"""A journal to tell events to."""

import pytest

from projections.strategy import Strategy
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.identity.told import Journal


@pytest.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """An empty database, and the projector's engine on it."""
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)
