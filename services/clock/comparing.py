"""What customers stated and agents judged, beside what was read: written down, for those who ask of all."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from events import recall
from projections.calibration import compare
from projections.links import edges_at, persons
from projections.strategy import Strategy
from services.clock.rounds import QUERIES
from services.runtime.database import Pool
from services.runtime.people import hold, words
from services.runtime.rows import instant


async def compare_some(pool: Pool, strategy: Strategy, after: str, last: str, now: datetime) -> int:
    """Compares what customers in a span said, as far as that was not done; returns how many."""
    rows = await pool.fetch(QUERIES["uncompared"], after, last, strategy.version, now)
    identities: dict[str, set[bytes]] = {}
    for row in rows:
        identities.setdefault(row["customer"], set()).add(row["identity"])
    for customer, wanted in identities.items():
        await _compare(pool, strategy, customer, wanted, now)
    return len(rows)


async def _compare(
    pool: Pool, strategy: Strategy, customer: str, wanted: Collection[bytes], now: datetime
) -> None:
    # One snapshot: a link that comes in between would bring a person without their events.
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        said = await words(connection, customer)
        near = sorted({customer, *(name for word in said for name in word.edge)})
        bodies = [row["body"] for name in near for row in await connection.fetch(QUERIES["history"], name)]

    def members(at: float) -> Collection[str]:
        return persons(edges_at(said, at)).of(customer).members

    found: dict[bytes, tuple[Any, ...]] = {
        one.event.identity: (one.kind, instant(one.at), one.said, one.health, one.confidence, one.stated)
        for one in compare(recall(bodies), members, {customer}, strategy, now.timestamp())
    }
    set_aside = ("set_aside", None, 0.0, None, None, None)
    rows = [(identity, *found.get(identity, set_aside)) for identity in sorted(wanted)]
    async with pool.acquire() as connection, connection.transaction():
        # Nobody is erased meanwhile: what is gone is not written again.
        await hold(connection)
        await connection.execute(
            QUERIES["keep_comparisons"], customer, strategy.version, *map(list, zip(*rows, strict=True))
        )
