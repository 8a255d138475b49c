"""Attempts that nobody answers, and of which nobody records that they were missed: they are gone through.

Most attempts are answered soon, so that a deadline for each would cost every one of them.
"""

from datetime import datetime, timedelta

from projections.deadlines import causes_of_waiting
from projections.matters import Contact
from projections.strategy import Strategy
from services.clock.rounds import QUERIES
from services.runtime.database import Pool
from services.runtime.people import holding
from services.runtime.rows import matter_from

LATE = timedelta(hours=1)
"""A look reaches so much further back than the one before: an attempt may be heard of late."""

_PAGE = 1000


async def raise_waiting(pool: Pool, strategy: Strategy, before: datetime | None, now: datetime) -> int:
    """Raises causes for those who have waited for too long since the look before; returns how many.

    Without a look before, it goes as far back as a prompt may be fresh.
    """
    rule = strategy.triggers.unanswered
    if rule is None:
        return 0
    fresh = now - timedelta(seconds=rule.freshness)
    since = fresh if before is None else max(fresh, before - LATE)
    raised, place = 0, (now - timedelta(seconds=strategy.contact.give_up), "", "")
    while True:
        rows = await pool.fetch(QUERIES["waiting"], *place, now, _PAGE)
        if not rows:
            return raised
        waiting = []
        for row in rows:
            customer, contact_id, began, *parts = row.values()
            contact = matter_from(Contact, parts)
            if isinstance(contact, Contact):
                waiting.append((customer, contact_id, contact))
            place = (began, customer, contact_id)
        causes = causes_of_waiting(waiting, strategy, since, now)
        if causes:
            async with holding(pool) as connection:
                # Nobody is erased meanwhile: what is gone is not written again.
                raised += await connection.fetchval(
                    QUERIES["raise_waiting"],
                    [cause.customer for cause in causes],
                    [cause.episode for cause in causes],
                    [cause.at for cause in causes],
                    [cause.source for cause in causes],
                    [cause.event_id for cause in causes],
                )
