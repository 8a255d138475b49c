"""How often customers come in general: measured from a sample, so that nobody who asks has to count."""

from datetime import datetime

from projections.rhythm import Population, bouts
from services.clock.rounds import QUERIES
from services.runtime.database import Pool

SAMPLE = 2_000
"""Customers that are looked at."""

_MORE = 1.2
"""Pages are drawn for so many times as many: how full they are is not known."""


async def measure(pool: Pool, now: datetime) -> Population:
    """Measures the cadence of a sample of customers, and keeps it.

    They are drawn by the pages that their rows lie on, which have nothing to do with how often they come.
    """
    there = await pool.fetchval(QUERIES["customers_there"])
    percent = min(100.0, 100.0 * _MORE * SAMPLE / there) if there > 0 else 100.0
    rows = await pool.fetch(QUERIES["sample_contacts"], percent, SAMPLE)
    gaps, observed = 0, 0.0
    for row in rows:
        known = bouts(moment.timestamp() for moment in row["began"] if moment is not None and moment <= now)
        if known:
            gaps += len(known) - 1
            observed += now.timestamp() - known[0][0]
    await pool.execute(QUERIES["keep_cadence"], len(rows), gaps, observed, now)
    return Population(gaps, observed)
