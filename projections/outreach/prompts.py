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
    and nothing is said twice."""
    first, then = (told, Told(more.why, more.facts))
    if more.priority > priority:
        first, then = then, first
    said = {_same(first.why): first.why}
    for fact in (*first.facts, then.why, *then.facts):
        said.setdefault(_same(fact), fact)
    return Told(first.why, list(said.values())[1:])


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
