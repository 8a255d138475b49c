"""When to look at a customer again for what no event tells of: a silence, and an anniversary.

Each person has a deadline for either, under the id that they are known by, which rests on nothing that must
happen: it passes, outreach looks, and the next round sets another. So a silence that is not unusual yet is
looked at when it will be, and not in every round.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from events import Event, recall
from projections.links import Persons
from projections.rhythm import Population
from projections.strategy import Strategy
from projections.triggers import Known, milestones, prompt_id, silence
from services.clock.rounds import QUERIES
from services.runtime.database import Connection, Pool
from services.runtime.people import holding, people

_SOME = 50
"""People whose histories are looked at together."""


_Row = tuple[str, bool, bool]
"""A customer, and whether one wants to know of their anniversary, and of their silence."""


class _Look(NamedTuple):
    """When to look at somebody, and for which trigger."""

    customer: str
    trigger: str
    due: datetime
    rests_on: Event


async def look_at_some(pool: Pool, strategy: Strategy, after: str, last: str, now: datetime) -> int:
    """Finds when to look again at customers in a span, where that is not known; returns at how many."""
    triggers = strategy.triggers
    rows = await pool.fetch(
        QUERIES["unlooked"],
        after,
        last,
        triggers.milestone is not None,
        [] if triggers.silence is None else list(triggers.silence.bands),
    )
    for first in range(0, len(rows), _SOME):
        await _look(pool, strategy, rows[first : first + _SOME], now)
    return len(rows)


async def _look(pool: Pool, strategy: Strategy, rows: Sequence[_Row], now: datetime) -> None:
    async with holding(pool) as connection:
        # Nobody is erased or linked meanwhile: what is gone is not written again.
        who = await people(connection, [customer for customer, _, _ in rows])
        found = [
            look
            for customer, anniversary, quiet in rows
            for look in await _looks(connection, strategy, who, customer, (anniversary, quiet), now)
        ]
        await connection.execute(
            QUERIES["keep_looks"],
            [look.customer for look in found],
            [look.trigger for look in found],
            [look.due for look in found],
            [look.rests_on.source for look in found],
            [look.rests_on.id for look in found],
        )


async def _looks(
    connection: Connection,
    strategy: Strategy,
    who: Persons,
    customer: str,
    wanted: tuple[bool, bool],
    now: datetime,
) -> list[_Look]:
    bodies = [
        row["body"]
        for name in who.of(customer).members
        for row in await connection.fetch(QUERIES["history"], name)
    ]
    cadence = await connection.fetchrow(QUERIES["cadence"])
    known = Known(recall(bodies), strategy, Population(cadence["gaps"], cadence["observed_s"]))
    if not known.events:
        return []
    newest = max(known.events, key=lambda event: (event.order, event.subject))
    anniversary, quiet = wanted
    triggers = strategy.triggers
    found = []
    if anniversary and triggers.milestone is not None:
        first = milestones.first_meeting(known) or newest
        found.append(
            _Look(customer, "milestone", milestones.next_look(known, triggers.milestone, now), first)
        )
    if quiet and triggers.silence is not None:
        began = silence.contacts_began(known, now.timestamp())
        last = began[-1] if began else newest
        prompt = prompt_id(last.subject, "silence", silence.episode_of(last))
        prompted = await connection.fetchval(QUERIES["was_prompted"], prompt)
        due = silence.next_look(known, triggers.silence, now, prompted=prompted)
        found.append(_Look(customer, "silence", due, last))
    return found
