"""Minutes of people: what becomes of a prompt for which there are none, and what it costs to leave it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from events import Event
from projections.outreach.budget import can_wait, expected_loss, week_of
from projections.outreach.course import Given, Withheld
from projections.outreach.prompts import Prompt
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import Due, Fact
from services.outreach.hands import HANDS
from services.outreach.staff import Staff
from services.runtime.database import Connection


async def afford(
    connection: Connection,
    staff: Staff,
    found: Given | Withheld,
    decision: Due,
    rule: TriggerRule,
    prompts: Iterable[Prompt],
    strategy: Strategy,
    now: datetime,
) -> Given | Withheld:
    """What becomes of a prompt that would be given, or held out.

    If there are no minutes of people for it, it waits for the next week, or is withheld where it does not
    keep. What is owed does not ask.
    """
    if rule.owed or await staff.has_room(connection, decision.minutes, prompts, now):
        return found
    until = next_week(decision.at, rule, strategy, now)
    return Withheld("minutes") if until is None else Given(until)


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
    *,
    for_good: bool,
) -> None:
    """Keeps with a prompt what is expected to be lost by leaving it undone; `for_good`, if it will never be
    given."""
    loss = expected_loss(prompt_id, customer, facts, events, strategy, now.timestamp())
    await connection.execute(HANDS["leave_undone"], customer, prompt_id, loss.points, loss.source, for_good)
