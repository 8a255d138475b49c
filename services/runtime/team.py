"""The team, as the journal tells of it: who is there, who has gone, whom to spare, and their minutes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from events import Event, recall
from projections.outreach.budget import week_of
from projections.outreach.shifts import Shift, gone_since, on_shift, strained
from projections.strategy import Strategy
from services.runtime.database import Connection, Pool
from services.runtime.queries import Queries

_QUERIES = Queries(Path(__file__).with_name("team.sql"))

_TELLS = timedelta(days=14)
"""A brand of which no shift was heard for so long tells of none."""


class There(msgspec.Struct, frozen=True):
    """The team at an instant."""

    shifts: list[Shift]
    gone: dict[str, float]
    """Since when those are off shift who were there."""
    hard_on: dict[str, float]
    """When each last had a hard contact."""


async def team(connection: Connection | Pool, strategy: Strategy, now: datetime) -> There:
    """The team at an instant."""
    rules, at = strategy.outreach.team, now.timestamp()
    # Who went off shift is looked for as long again after the longest shift.
    since = now - timedelta(seconds=max(2 * rules.shift, rules.spared_for))
    rows = await connection.fetch(_QUERIES["team"], since)
    events: list[Event] = recall([row["body"] for row in rows])
    return There(on_shift(events, at, rules), gone_since(events, at, rules), strained(events, at))


async def tells_of_shifts(connection: Connection | Pool, now: datetime) -> bool:
    """Whether a brand tells of shifts at all."""
    tells: bool = await connection.fetchval(_QUERIES["tells_of_shifts"], now - _TELLS)
    return tells


async def anyone_there(connection: Connection, strategy: Strategy, now: datetime) -> bool:
    """Whether there is anybody who could see to a prompt.

    Of a brand that tells nothing of shifts it is not known that nobody is there: its prompts are for people.
    """
    if (await team(connection, strategy, now)).shifts:
        return True
    return not await tells_of_shifts(connection, now)


async def in_hand(connection: Connection | Pool, shifts: Sequence[Shift]) -> dict[str, float]:
    """The minutes that agents have had since their shifts began: in hand, and spent."""
    if not shifts:
        return {}
    began = [datetime.fromtimestamp(shift.began, UTC) for shift in shifts]
    names = [shift.agent_id for shift in shifts]
    rows = await connection.fetch(_QUERIES["in_hand"], names, began, min(began))
    return {row["agent_id"]: row["minutes"] for row in rows}


async def minutes_of_week(connection: Connection | Pool, strategy: Strategy, now: datetime) -> float:
    """The minutes of people that prompts of this week have taken, or may still."""
    week = (datetime.fromtimestamp(at, UTC) for at in week_of(now.timestamp(), strategy))
    used: float = await connection.fetchval(_QUERIES["minutes_of_week"], *week)
    return used
