"""What became of those who were prompted for, and of those held out: measured once, after their horizon."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from events import Event, recall
from projections.outreach.aftermath import Aftermath, aftermath
from projections.strategy import Strategy
from services.clock.rounds import QUERIES
from services.runtime.database import Pool
from services.runtime.people import holding, people

LATE = timedelta(days=1)
"""So long after the horizon it is measured, for what arrives late."""

_SOME = 100


async def measure_some(pool: Pool, strategy: Strategy, now: datetime, most: int = _SOME) -> int:
    """Measures some of the prompts whose horizon is over by `now`, the oldest first; returns how many."""
    horizon = strategy.outreach.learning.horizon
    over = now - LATE - timedelta(seconds=horizon)
    due: dict[str, list[tuple[str, datetime]]] = {}
    for row in await pool.fetch(QUERIES["unmeasured"], over, most):
        due.setdefault(row["customer"], []).append((row["prompt_id"], row["cause_at"]))
    for customer, prompts in due.items():
        events = await _history(pool, customer)
        causes = [cause_at.timestamp() for _, cause_at in prompts]
        found = await asyncio.to_thread(_measure, events, strategy, causes, horizon)
        async with holding(pool) as connection:
            # Nobody is erased meanwhile: what is gone is not written again.
            await connection.execute(
                QUERIES["keep_measured"],
                customer,
                [prompt_id for prompt_id, _ in prompts],
                *([getattr(one, name) for one in found] for name in Aftermath.__struct_fields__),
                horizon,
                now,
            )
    return sum(map(len, due.values()))


async def _history(pool: Pool, customer: str) -> list[Event]:
    # One snapshot: a link that comes in between would bring a person without their events.
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        members = (await people(connection, [customer])).of(customer).members
        return recall(
            [row["body"] for name in members for row in await connection.fetch(QUERIES["history"], name)]
        )


def _measure(
    events: Collection[Event], strategy: Strategy, causes: Sequence[float], horizon: float
) -> list[Aftermath]:
    return [aftermath(events, strategy, at, horizon) for at in causes]
