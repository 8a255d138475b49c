"""What the desk answers: its JSON, as Structs."""

from datetime import datetime
from typing import Literal

import msgspec

State = Literal["open", "claimed", "snoozed", "done", "declined", "expired", "withheld"]
"""Where a prompt stands."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something true that an agent should know, and the event that it comes from."""

    text: str
    source: str
    id: str
    at: datetime


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt as agents see it, in the language of the house."""

    id: str
    customer: str
    aliases: list[str]
    """The other ids that the same person goes by now."""
    trigger: str
    state: State
    priority: float
    minutes: float
    """The care that it asks for, in minutes."""
    prompted_at: datetime
    cause_at: datetime
    agent_id: str | None
    lease_until: datetime | None
    """Until when a claimed prompt stays with whoever claimed it."""
    withheld: str | None
    """Why the prompt was not given."""
    why: str
    facts: list[Fact]
    latitude: str
    """What the agent may decide alone."""
    customer_url: str | None
    """The brand's own record of the customer."""


class PromptList(msgspec.Struct, frozen=True):
    """Prompts, the most urgent first."""

    prompts: list[Prompt]
