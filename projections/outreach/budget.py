"""The budget: minutes of people in a week, a floor for every customer, and what is lost by leaving undone.

A week goes from Monday to Sunday on the clock of the house: where clocks change in it, it is an hour shorter
or longer, and the budget is the same.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from events import Event, OutreachMade, make
from projections.explanation import moving
from projections.outreach.prompts import Prompt
from projections.outreach_rules import Budget
from projections.strategy import Strategy
from projections.triggers.decision import Fact
from projections.whole import read_unjudged

_TAKES = ("open", "claimed", "snoozed", "done")
"""The states of prompts that have taken minutes, or may still."""

Room = Literal["week", "floor"]
"""Where minutes come from: those of the week, or what every customer may have beyond them."""

LossSource = Literal["measured", "reason", "outreach"]
"""What it rests on: uplift that was measured, what the reason costs, what an outreach counts for."""


class Loss(msgspec.Struct, frozen=True):
    """What is expected to be lost by leaving a prompt undone, in points of health: an expectation."""

    points: float
    source: LossSource


def week_of(at: float, strategy: Strategy) -> tuple[float, float]:
    """When the week of an instant begins and ends, all in seconds since the Unix epoch."""
    zone = ZoneInfo(strategy.hours.timezone)
    day = datetime.fromtimestamp(at, zone).date()
    monday = day - timedelta(days=day.weekday())
    return _midnight(monday, zone), _midnight(monday + timedelta(days=7), zone)


def room(minutes: float, used: float, had: float, budget: Budget) -> Room | None:
    """Whether there are minutes for a prompt; None where there are none. What is owed does not ask.

    `used` are the minutes of the week, `had` those that the customer had within the time of the floor.
    """
    if used + minutes <= budget.minutes:
        return "week"
    return "floor" if had < budget.floor_minutes else None


def had_since(prompts: Iterable[Prompt], since: datetime) -> float:
    """The minutes of people that prompts have taken of those given since an instant, or may still."""
    return sum(
        prompt.minutes if prompt.minutes_spent is None else prompt.minutes_spent
        for prompt in prompts
        if prompt.by == "human"
        and prompt.delivered_at is not None
        and prompt.delivered_at >= since
        and prompt.state in _TAKES
    )


def can_wait(arose: float, freshness: float, until: float) -> bool:
    """Whether a reason that arose at an instant is still fresh enough when the next week begins."""
    return until - arose <= freshness


def expected_loss(
    prompt_id: str,
    subject: str,
    facts: Iterable[Fact],
    events: Sequence[Event],
    strategy: Strategy,
    at: float,
    measured: float | None = None,
) -> Loss:
    """What leaving a prompt undone is expected to cost the relationship.

    Where it was measured what prompts of its trigger change (`measured`, in points of health), that is it.
    If not, it is what the prompt's reason takes from health at the instant (the points of the explanation's
    lines that rest on the events which its facts name), times the confidence of the reading: as if a
    person would make good all of it. Where the reason takes nothing, it is what the strategy gives for
    reaching out at all.
    """
    if measured is not None:
        return Loss(max(0.0, measured), "measured")
    named = {(fact.source, fact.id) for fact in facts}
    reading, contributions = moving(events, strategy, at)
    taken = sum(
        -line.points
        for line in contributions
        if line.points < 0.0 and named.intersection(_names(line.about.events))
    )
    if taken > 0.0:
        return Loss(taken * reading.confidence, "reason")
    made = make(
        OutreachMade(prompt_id=prompt_id),
        subject=subject,
        source="",
        id=prompt_id,
        time=datetime.fromtimestamp(at, UTC),
    )
    before = read_unjudged(events, strategy, at).health
    after = read_unjudged([*events, made], strategy, at).health
    return Loss(max(0.0, after - before), "outreach")


def _names(events: Iterable[Event]) -> Iterable[tuple[str, str]]:
    return ((event.source, event.id) for event in events)


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, time.min, zone).timestamp()
