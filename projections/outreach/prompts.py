"""Prompts as they are kept: what outreach has to know of those that a customer had."""

from datetime import datetime
from typing import Literal

import msgspec

from projections.causes import Cause
from projections.triggers import Due, Fact

State = Literal["held", "open", "claimed", "snoozed", "done", "declined", "expired", "withheld"]

UNDER_WAY: tuple[State, ...] = ("held", "open", "claimed", "snoozed")
"""The states of prompts that somebody may still act on: of a reason, a customer has one in them."""

Withholding = Literal["stale", "cooling", "consent", "cap", "holdout", "minutes"]
"""Why a prompt was not given."""


class Episode(msgspec.Struct, frozen=True):
    """What a prompt is about; of one reason, more may come to it while it waits."""

    prompt_id: str
    """The id of the prompt that it would have been by itself."""
    episode: str
    cause: Cause
    """Why it was decided: whoever looks again decides on it again."""


class Told(msgspec.Struct, frozen=True):
    """What a prompt states."""

    why: Fact
    facts: list[Fact]


def with_more(told: Told, priority: float, more: Due) -> Told:
    """What a prompt of some priority states once it is told of another reason: the more urgent comes first,
    nothing is said twice, and nothing that was outgrown."""
    first, then = (told, Told(more.why, more.facts))
    if more.priority > priority:
        first, then = then, first
    stated = (first.why, *first.facts, then.why, *then.facts)
    standing = [fact for fact in stated if not any(_outgrown(fact, other) for other in stated)]
    counted = {(fact.source, fact.id) for fact in standing if fact.template == "retold"}
    said: dict[object, Fact] = {}
    for fact in standing:
        if fact.template != "told_again" or (fact.source, fact.id) not in counted:
            said.setdefault(_same(fact), fact)
    why = said.get(_same(first.why)) or next(fact for fact in standing if _outgrown(first.why, fact))
    del said[_same(why)]
    return Told(why, list(said.values()))


def _outgrown(fact: Fact, other: Fact) -> bool:
    """Whether another fact says the same of a later hour: a fourth telling tells of the third."""
    match fact.template, other.template:
        case "retold", "retold":
            told, since = fact.parameters, other.parameters
            return bool(told["reason"] == since["reason"] and told["tellings"] < since["tellings"])
        case "promise_due", "promise_overdue":
            return _same(fact)[1:] == _same(other)[1:]
        case "promises_kept", "promises_kept":
            return bool(fact.parameters["count"] < other.parameters["count"])
        case _:
            return False


def _same(fact: Fact) -> tuple[str, str, str, bytes]:
    """What two facts have in common that say the same: one that was kept has its instants as text."""
    return fact.template, fact.source, fact.id, msgspec.json.encode(fact.parameters, order="sorted")


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt as it is kept."""

    customer: str
    prompt_id: str
    trigger: str
    reason: str | None
    episode: str
    state: State
    withheld: str | None
    cause_at: datetime
    prompted_at: datetime
    priority: float
    minutes: float
    """What it asks for."""
    minutes_spent: float | None = None
    owed: bool
    actions: int
    by: Literal["human", "machine"] = "human"
    episodes: list[Episode] | None = None
    """None for one of a time before they were kept."""
    subjects: list[str] | None = None
    matter_id: str | None = None
    facts: Told | None = None
    """Only of those under way."""
    deliver_at: datetime | None = None
    delivered_at: datetime | None = None
    expires_at: datetime | None = None
    """When it is over, if nobody takes it; None for what is owed."""
    snoozed_until: datetime | None = None
    snoozed_for: str | None = None
    lease_until: datetime | None = None
    agent_id: str | None = None
    closed_at: datetime | None = None
    changed_at: datetime
    reaction: str | None = None
    traceparent: str | None = None

    @property
    def under_way(self) -> bool:
        """Whether somebody may still act on it."""
        return self.state in UNDER_WAY

    @property
    def rests_on(self) -> list[str]:
        """Under which ids its reason arose."""
        return self.subjects or [self.customer]

    def tells_of(self, prompt_id: str, trigger: str, episodes: tuple[str, ...]) -> bool:
        """Whether it is of an episode, or of one that tells of the same."""
        known = self.episodes or ()
        return (
            prompt_id == self.prompt_id
            or (trigger == self.trigger and self.episode in episodes)
            or any(
                one.prompt_id == prompt_id or (one.cause.trigger == trigger and one.episode in episodes)
                for one in known
            )
        )
