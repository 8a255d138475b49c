"""What others read on our topics beside the events: one Struct per topic."""

from datetime import datetime

from events import Channel
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


class MachineWork(Described, frozen=True, kw_only=True):
    """A prompt that a machine sees to, on `egard.machine`: whom to reach out to, and why.

    Who did it publishes `egard.outreach.made` with its `prompt_id`; who will not, and holds that nobody
    shall, `egard.outreach.declined`. What nobody says anything of for an hour is a person's.
    """

    prompt_id: str
    customer: str
    trigger: str
    cause_at: datetime
    """When the reason arose."""
    priority: float
    chosen: str
    """Why by a machine: `chosen` or `asked` by the customer, the `reason`, the `hour`, or `nobody_there`."""
    why: Fact
    facts: list[Fact]
    channel: Channel | None = None
    """Where the customer prefers to be reached, if they said."""
    language: str | None = None
    """What the customer speaks, if they said."""
    person_by: datetime | None = None
    """By when a person will get in touch as well: it was promised, and may be said."""
