"""What a dry run answers: its JSON, as Structs."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from projections.bands import Band
from projections.triggers import Fact

Outcome = Literal["prompt", "joined", "withheld", "nothing"]
"""Somebody would be prompted; a prompt of the same reason that is under way would be told of it; a prompt
would be written and withheld; nothing would be written."""

Reason = Literal["stale", "cooling", "consent", "cap", "holdout", "minutes", "decided_already"]
"""Why nobody would be prompted."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """An event that would be accepted."""

    index: int
    customer: str
    type: str
    source: str
    id: str
    new: bool
    """False for a repetition: it is accepted and changes nothing."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A reading."""

    health: float
    recognition: float
    responsiveness: float
    confidence: float
    trend: float
    band: Band
    known: bool
    """False where confidence is under the strategy's floor: the numbers then say little."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """By how much the reading after lies above the one before; the band only where it is another."""

    health: float
    recognition: float
    responsiveness: float
    confidence: float
    trend: float
    band: Band | None


class Prompting(msgspec.Struct, frozen=True, kw_only=True):
    """What a trigger would do."""

    trigger: str
    outcome: Outcome
    reason: Reason | None
    """Why nobody would be prompted; None where somebody would. That there are no minutes of people left, or
    were surprises enough over all customers, is not foreseen."""
    deliver_at: datetime | None
    """When a prompt would be given that waits for the end of the customer's quiet hours; None for at once."""
    prompt_id: str
    episode: str
    at: datetime
    """When the reason arose."""
    priority: float
    minutes: float
    why: Fact
    """The sentence that the agent would read: its template and parameters, and the event it rests on."""
    facts: list[Fact]


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that would be overdue at a time."""

    promise_id: str
    overdue_at: datetime


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """What would change for one customer."""

    customer: str
    taken_at: datetime
    """The instant of both readings: now, or the time of the newest event."""
    strategy: str
    before: Taken
    after: Taken
    change: Moved
    prompts: list[Prompting]
    deadlines: list[Owed]
    """Promises that would be owed, or by another time than before."""
    no_longer_owed: list[str]
    """Promises that would not be owed any more."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a dry run answers."""

    dry_run: Literal[True]
    accepted: int
    refused: list[dict[str, Any]]
    """Problems (RFC 9457), as publishing would answer them."""
    events: list[Tried]
    customers: list[Customer]
    """By id. Agents are not among them: nobody reads how they fare."""
    unknown_types: list[str] | msgspec.UnsetType = msgspec.UNSET
    """Types that look like the language's own and are not, as publishing would answer them."""
