"""Minutes of people: whether there are any left for a prompt, and what it costs to leave one undone."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from events import Event
from projections.outreach.budget import can_wait, expected_loss, had_since, room, week_of
from projections.outreach.course import Given, Withheld
from projections.outreach.prompts import Prompt
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import Due, Fact
from services.outreach.hands import HANDS
from services.runtime.database import Connection
from services.runtime.team import minutes_of_week


class Week:
    """The minutes of people that prompts of this week have taken, asked for once in a transaction.

    Several who decide at once do not see each other's minutes: a week may be overdrawn by what they have in
    hand.
    """

    def __init__(self, connection: Connection, strategy: Strategy) -> None:
        self._connection = connection
        self._strategy = strategy
        self._used: float | None = None

    async def has_room(self, minutes: float, prompts: Iterable[Prompt], now: datetime) -> bool:
        """Whether there are minutes for a prompt of a person, whose prompts so far are `prompts`.

        Where there are, they are taken.
        """
        if self._used is None:
            self._used = await minutes_of_week(self._connection, self._strategy, now)
        budget = self._strategy.outreach.budget
        since = now - timedelta(seconds=budget.floor_within)
        found = room(minutes, self._used, had_since(prompts, since), budget) is not None
        self._used += minutes if found else 0.0
        return found


async def afford(
    week: Week,
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
    if rule.owed or await week.has_room(decision.minutes, prompts, now):
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
