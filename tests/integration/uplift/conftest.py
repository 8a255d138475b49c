"""Insight over HTTP, a journal to tell events to, and prompts on which the lot fell."""

from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
import pytest_asyncio

from projections.strategy import Strategy
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.as_of.telling import insight
from tests.integration.identity.told import Journal

_PROMPT = """
    insert into prompts (
        customer, prompt_id, trigger, reason, episode, state, withheld, cause_at, prompted_at,
        priority, minutes, strategy, facts, arm, reaction
    )
    values ($1, $2, $3, $3, $2, $4, $5, $6, $6, 50, 10, '2026-12', '{}', $7, $8)
"""


class Lots:
    """Prompts as outreach writes them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def drawn(
        self,
        customer: str,
        name: str,
        arm: str | None,
        at: datetime,
        *,
        trigger: str = "silence",
        reaction: str | None = None,
    ) -> None:
        """A prompt on which the lot fell, or did not."""
        held = arm == "held_out"
        state, withheld = ("withheld", "holdout") if held else ("done", None)
        await self._pool.execute(_PROMPT, customer, name, trigger, state, withheld, at, arm, reaction)


@pytest_asyncio.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """An empty database, and the projector's engine on it."""
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


@pytest.fixture
def lots(pool: Pool) -> Lots:
    """Prompts to write."""
    return Lots(pool)


@pytest_asyncio.fixture
async def client(pool: Pool, strategy: Strategy) -> AsyncIterator[httpx.AsyncClient]:
    """Insight in English."""
    async with insight(pool, strategy) as client:
        yield client
