"""How often customers come in general: measured from a sample, so that nobody who asks has to count."""

from datetime import datetime

from projections.rhythm import Population, bouts
from services.clock.rounds import QUERIES
from services.runtime.database import Pool

_PAGES = 150
"""So many pages of customers are looked at: some 20 to 40 customers lie on each."""

_MOST = 6_000
"""Customers that are looked at, at most."""


async def measure(pool: Pool, now: datetime) -> Population:
    """Measures the cadence of a sample of customers, and keeps it.

    They are drawn by the pages that their rows lie on, which have nothing to do with how often they come.
    """
    pages = await pool.fetchval(QUERIES["pages_there"])
    percent = min(100.0, 100.0 * _PAGES / max(1, pages))
    rows = await pool.fetch(QUERIES["sample_contacts"], percent, _MOST)
    gaps, observed = 0, 0.0
    for row in rows:
        known = bouts(moment.timestamp() for moment in row["began"] if moment is not None and moment <= now)
        if known:
            gaps += len(known) - 1
            observed += now.timestamp() - known[0][0]
    await pool.execute(QUERIES["keep_cadence"], len(rows), gaps, observed, now)
    return Population(gaps, observed)
