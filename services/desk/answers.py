"""What the desk answers: its JSON, as Structs."""

from datetime import datetime
from typing import Literal

import msgspec

State = Literal["held", "open", "claimed", "snoozed", "done", "declined", "expired", "withheld"]
"""Where a prompt stands."""

By = Literal["human", "machine"]
"""Who sees to a prompt."""


class EventRef(msgspec.Struct, frozen=True):
    """An event."""

    source: str
    id: str


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something true that an agent should know, and the event that it comes from."""

    text: str
    source: str
    id: str
    at: datetime
    beside: list[EventRef] = []
    """Further events that it rests on."""


class Owed(Fact, frozen=True, kw_only=True):
    """What is still owed to the customer."""

    promise_id: str
    what: str
    due: datetime


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What to know before reaching out, read in half a minute."""

    story: list[Fact]
    """What happened, in the order in which it did."""
    told: list[Fact]
    """What they told us, and what colleagues noted; the latest first."""
    promises: list[Owed]
    """What we still owe them, the soonest due first; a promise that `facts` state is among it."""
    wishes: list[Fact]
    """How they want to be reached."""
    felt: list[Fact]
    """How it felt to them; the latest first."""
    openings: list[Fact]
    """Ways to begin, to adapt; each with the event that it rests on."""


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt as agents see it, in the language of the house."""

    id: str
    customer: str
    aliases: list[str]
    """The other ids that the same person goes by now."""
    trigger: str
    by: By
    state: State
    priority: float
    minutes: float
    """The care that it asks for, in minutes."""
    prompted_at: datetime
    cause_at: datetime
    agent_id: str | None
    lease_until: datetime | None
    """Until when a claimed prompt stays with whoever claimed it."""
    offered_to: str | None
    """The colleague to whom an open prompt is offered first; others may claim it all the same."""
    offered_until: datetime | None
    offered_why: str | None
    """Why them: the customer knows them, they have the skill, a colleague handed it on, …"""
    snoozed_until: datetime | None
    snoozed_for: str | None
    """The type of event that a snoozed prompt waits for."""
    withheld: str | None
    """Why the prompt was not given."""
    decline_reason: str | None
    minutes_spent: float | None
    why: str
    facts: list[Fact]
    """Why now; the first is `why`."""
    brief: Brief | None
    """Null until the prompt is given, and where it was given by a version that made none."""
    latitude: str
    """What the agent may decide alone."""
    gesture_left: float
    """What the agent may still spend on a gesture alone, in the currency of the house."""
    customer_url: str | None
    """The brand's own record of the customer."""


class PromptList(msgspec.Struct, frozen=True):
    """Prompts, the most urgent first."""

    prompts: list[Prompt]
