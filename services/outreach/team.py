"""The team, as outreach knows it: who is there, who has gone, who is to be spared."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from events import Event, recall
from projections.outreach.shifts import Shift, gone_since, on_shift, strained
from projections.strategy import Strategy
from services.runtime.database import Connection
from services.runtime.queries import Queries

TEAM = Queries(Path(__file__).with_name("team.sql"))

_TELLS = timedelta(days=14)
"""A brand of which no shift was heard for so long tells of none."""


class There(msgspec.Struct, frozen=True):
    """The team at an instant."""

    shifts: list[Shift]
    gone: dict[str, float]
    """Since when those are off shift who were there."""
    hard_on: dict[str, float]
    """When each last had a hard contact."""


async def team(connection: Connection, strategy: Strategy, now: datetime) -> There:
    """The team, as the journal tells of it."""
    rules, at = strategy.outreach.team, now.timestamp()
    # Who went off shift is looked for as long again after the longest shift.
    since = now - timedelta(seconds=max(2 * rules.shift, rules.spared_for))
    rows = await connection.fetch(TEAM["team"], since)
    events: list[Event] = recall([row["body"] for row in rows])
    return There(on_shift(events, at, rules), gone_since(events, at, rules), strained(events, at))


async def anyone_there(connection: Connection, strategy: Strategy, now: datetime) -> bool:
    """Whether there is anybody who could see to a prompt.

    Of a brand that tells nothing of shifts it is not known that nobody is there: its prompts are for people.
    """
    if (await team(connection, strategy, now)).shifts:
        return True
    return not await connection.fetchval(TEAM["tells_of_shifts"], now - _TELLS)
