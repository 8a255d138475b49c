"""What others read on our topics beside the events: one Struct per topic."""

from datetime import datetime

from events.described import Described
from projections.bands import Band
from projections.triggers import Fact


class Announcement(Described, frozen=True, kw_only=True):
    """A customer's latest reading, on `egard.relationships`; readers ignore revisions lower than known.

    A record without a value says that nothing is known, or may be known, of its key any more.
    """

    customer: str
    revision: int
    """How often batches touched the customer."""
    taken_at: datetime
    strategy: str
    """The version of the strategy that it was taken with."""
    health: float
    recognition: float
    responsiveness: float
    confidence: float
    trend: float
    """The mood's health minus the bond's: above 0, things have been better lately than before."""
    band: Band
    canonical: str | None = None
    """The id that the person is known by, where it is another: under that one stands the same reading."""
    judged_until: datetime | None = None
    """Until when an agent's judgement sets the band, where one does. The numbers are the reading's own; after
    this, so is the band, and nothing more is announced for it."""


class PublishedPrompt(Described, frozen=True, kw_only=True):
    """A prompt that was given, on `egard.prompts`: whom to reach out to, and the facts that it rests on."""

    prompt_id: str
    customer: str
    trigger: str
    cause_at: datetime
    """When the reason arose."""
    priority: float
    minutes: float
    """The care that it asks for, in minutes."""
    why: Fact
    facts: list[Fact]
