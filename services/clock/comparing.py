"""What customers stated and agents judged, beside what was read: written down, for those who ask of all."""

from bisect import bisect
from collections.abc import Collection
from datetime import datetime
from typing import Any

from events import recall
from projections.calibration import Comparison, compare
from projections.links import edges_at, persons
from projections.strategy import Strategy
from services.clock.rounds import QUERIES
from services.runtime.database import Pool
from services.runtime.people import holding, words
from services.runtime.rows import instant

_SET_ASIDE = ("set_aside", None, 0.0, None, None, None, 0)


async def compare_some(pool: Pool, strategy: Strategy, after: str, last: str, now: datetime) -> int:
    """Compares what customers in a span said, as far as that was not done; returns how many.

    What was compared is compared anew where an event came late; that others came is only noted.
    """
    rows = await pool.fetch(QUERIES["uncompared"], after, last, strategy.version, now)
    identities: dict[tuple[str, int], set[bytes]] = {}
    seen = []
    for row in rows:
        if row["late"]:
            identities.setdefault((row["customer"], row["revision"]), set()).add(row["identity"])
        else:
            seen.append((row["customer"], row["identity"], row["revision"]))
    for (customer, revision), wanted in identities.items():
        await _compare(pool, strategy, customer, revision, wanted, now)
    if seen:
        await pool.execute(QUERIES["see_comparisons"], *map(list, zip(*sorted(seen), strict=True)))
    return len(rows) - len(seen)


async def sum_up(pool: Pool, strategy: Strategy, now: datetime) -> None:
    """Sums up all that was compared, for those who ask how all customers see it."""
    await pool.execute(QUERIES["sum_up_comparisons"], strategy.version, strategy.confidence_floor, now)


async def _compare(
    pool: Pool, strategy: Strategy, customer: str, revision: int, wanted: Collection[bytes], now: datetime
) -> None:
    # One snapshot: a link that comes in between would bring a person without their events. Where it is later
    # than the revision, the customer is looked at once more.
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        said = await words(connection, customer)
        near = sorted({customer, *(name for word in said for name in word.edge)})
        bodies = [row["body"] for name in near for row in await connection.fetch(QUERIES["history"], name)]

    def members(at: float) -> Collection[str]:
        return persons(edges_at(said, at)).of(customer).members

    events = recall(bodies)
    times = sorted(event.at for event in events)

    def row(one: Comparison) -> tuple[Any, ...]:
        until = bisect(times, one.at)
        return one.kind, instant(one.at), one.said, one.health, one.confidence, one.stated, until

    found = {
        one.event.identity: row(one)
        for one in compare(events, members, {customer}, strategy, now.timestamp())
    }
    rows = [(identity, *found.get(identity, _SET_ASIDE)) for identity in sorted(wanted)]
    async with holding(pool) as connection:
        # Nobody is erased meanwhile: what is gone is not written again.
        await connection.execute(
            QUERIES["keep_comparisons"],
            customer,
            strategy.version,
            revision,
            *map(list, zip(*rows, strict=True)),
        )
