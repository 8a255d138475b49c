"""Minutes of people: whether there are any left for a prompt, and what it costs to leave one undone."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from events import Event
from projections.outreach.budget import can_wait, expected_loss, room, week_of
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import Fact
from services.outreach.team import TEAM
from services.runtime.database import Connection


async def has_room(
    connection: Connection, minutes: float, members: Collection[str], strategy: Strategy, now: datetime
) -> bool:
    """Whether there are minutes for a prompt of a person. What is owed does not ask.

    Several who decide at once do not see each other's minutes: a week may be overdrawn by what they have in
    hand.
    """
    budget = strategy.outreach.budget
    week = (datetime.fromtimestamp(at, UTC) for at in week_of(now.timestamp(), strategy))
    used = await connection.fetchval(TEAM["minutes_of_week"], *week)
    since = now - timedelta(seconds=budget.floor_within)
    had = await connection.fetchval(TEAM["minutes_of_person"], list(members), since)
    return room(minutes, used, had, budget) is not None


def next_week(arose: datetime, rule: TriggerRule, strategy: Strategy, now: datetime) -> datetime | None:
    """When there are minutes again; None where a reason that arose at an instant will be too old by then."""
    _, ends = week_of(now.timestamp(), strategy)
    fresh = can_wait(arose.timestamp(), rule.freshness, ends)
    return datetime.fromtimestamp(ends, UTC) if fresh else None


async def leave_undone(
    connection: Connection,
    customer: str,
    prompt_id: str,
    facts: Iterable[Fact],
    events: Sequence[Event],
    strategy: Strategy,
    now: datetime,
) -> None:
    """Keeps with a prompt what is expected to be lost by leaving it undone."""
    loss = expected_loss(prompt_id, customer, facts, events, strategy, now.timestamp())
    await connection.execute(TEAM["leave_undone"], customer, prompt_id, loss.points, loss.source)
