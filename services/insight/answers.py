"""What the API answers: its JSON, as Structs."""

from datetime import datetime, timedelta

import msgspec

from projections.bands import Band
from projections.duration import DAY
from projections.explanation import Mending, PromiseState, State
from projections.grouping import Kind
from projections.judgement import Judgement, as_judged
from projections.knot_rules import KnotKind
from projections.links import Person
from projections.reading import Reading
from projections.rhythm import Rhythm
from projections.strategy import Breach, Dimension, Strategy
from services.runtime.rows import instant


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's judgement that sets the band: it stands beside the reading and moves no number of it."""

    health: float
    """How healthy the agent judges the relationship to be."""
    reason: str
    agent_id: str
    made_at: datetime
    until: datetime

    @classmethod
    def of(cls, judgement: Judgement | None) -> "Judged | None":
        """From a judgement in force, if there is one."""
        if judgement is None:
            return None
        return cls(
            health=judgement.health,
            reason=judgement.reason,
            agent_id=judgement.agent_id,
            made_at=instant(judgement.at),
            until=instant(judgement.until),
        )


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """A reading of one relationship, by any id of the person."""

    customer: str
    """The id that was asked for."""
    canonical: str
    """The id that the person is known by: the least of all."""
    aliases: list[str]
    """The person's other ids, where there are any."""
    taken_at: datetime
    revision: int | None
    """How often batches touched the person under this id; None for a look back."""
    strategy: str
    health: float
    recognition: float
    responsiveness: float
    confidence: float
    trend: float
    band: Band
    """That of the judgement in force, where there is one; else the reading's own."""
    read_band: Band
    """What the numbers say, whatever anybody judges."""
    judged: Judged | None
    known: bool
    """False where confidence is under the strategy's floor: the numbers then say little."""
    events: int

    @classmethod
    def of(
        cls,
        customer: str,
        person: Person,
        reading: Reading,
        *,
        taken_at: datetime,
        revision: int | None,
        strategy: Strategy,
        events: int,
        judgement: Judgement | None,
    ) -> "Relationship":
        """From a reading, and the judgement that sets its band, where one does."""
        return cls(
            customer=customer,
            canonical=person.canonical,
            aliases=person.aliases,
            taken_at=taken_at,
            revision=revision,
            strategy=strategy.version,
            read_band=reading.band,
            judged=Judged.of(judgement),
            known=reading.band != "unknown",
            events=events,
            **msgspec.structs.asdict(as_judged(reading, judgement, strategy)),
        )


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A reading kept for lists, taken at `taken_at`; at `changed_at` something last happened to it.

    There is one for each person, under the canonical id.
    """

    customer: str
    taken_at: datetime
    changed_at: datetime
    revision: int
    strategy: str
    health: float
    recognition: float
    responsiveness: float
    confidence: float
    trend: float
    band: Band
    read_band: Band
    """What the numbers say, whatever anybody judges."""
    judged_until: datetime | None
    """Until when a judgement sets the band, where one does. A while after, the band is read anew."""
    known: bool


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of readings."""

    relationships: list[Listed]
    next_page_token: str | None


class EventRef(msgspec.Struct, frozen=True):
    """An event's identity within its subject."""

    source: str
    id: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One event or matter, and what it moved."""

    kind: str
    """`event`, `contact`, `promise`, `complaint` or `knot`."""
    label: str
    type: str | None
    """The event's type; None for a matter or a knot."""
    matter_id: str | None
    state: State | None
    at: datetime
    dimension: Dimension
    breach: Breach | None
    points: float
    events: list[EventRef]


class Grouped(msgspec.Struct, frozen=True, kw_only=True):
    """Lines about one thing: a case, a contact, a promise, a complaint, or moments that are alike."""

    kind: Kind
    name: str
    """The id of the case or matter, or the type of the events."""
    label: str
    points: float
    """How far they move health together."""
    lines: list[int]
    """Which of the `contributions` they are, counted from 0, in order of time."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Something that would raise health, were it done now, and by how much."""

    mending: Mending
    label: str
    type: str
    """The type of the event that would say it was done."""
    matter_id: str
    points: float


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A matter that is open and on our side to close."""

    kind: str
    label: str
    matter_id: str
    state: State


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """An event that counts for nothing: it was taken back, or the customer contests it."""

    type: str
    time: datetime
    source: str
    id: str
    label: str
    retracted: bool
    contested: bool
    because: list[EventRef]
    """The events that say so: the retraction, the contest, or both."""


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """How unusual it is that nothing was heard for so long. It is shown, and never scored."""

    last_at: datetime
    """When the customer last came."""
    days: float
    """Days since then."""
    bouts: int
    """How often the customer came; contacts within a day of one another count once."""
    usual_days: float
    """Days from one time to the next as they are expected of this customer."""
    own: float
    """How much of that is the customer's own rhythm; the rest is that of customers in general."""
    probability: float
    """That a customer of this rhythm is silent for so long, or longer."""
    unusual: bool
    """Whether that is less than 0.05."""

    @classmethod
    def of(cls, found: Rhythm | None, at: datetime) -> "Silence | None":
        """From a rhythm, where there is one."""
        if found is None:
            return None
        return cls(
            last_at=at - timedelta(seconds=found.silence),
            days=found.silence / DAY,
            bouts=found.bouts,
            usual_days=found.usual_gap / DAY,
            own=found.own,
            probability=found.probability,
            unusual=found.unusual,
        )


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a knot rests on."""

    type: str
    time: datetime
    subject: str
    source: str
    id: str
    label: str


class Tied(msgspec.Struct, frozen=True, kw_only=True):
    """A knot: a named pattern, with what it rests on and its way out."""

    kind: KnotKind
    name: str
    label: str
    """What ties it."""
    exit: str
    """What unties it."""
    about: str | None
    """The reason, case or contact that it is about, where there is one."""
    opened_at: datetime
    latest_at: datetime
    """When the last of its evidence came."""
    fades_at: datetime
    """When it closes by itself, if nothing closes it before."""
    closed_at: datetime | None
    """None where it is open."""
    closed_by: EventRef | None
    """None where it is open, or closed by itself."""
    evidence: list[Evidence]


class Knots(msgspec.Struct, frozen=True, kw_only=True):
    """The knots of a person at an instant: the open ones, then those that were, the latest first."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    strategy: str
    knots: list[Tied]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A reading and what it is made of: `prior` and all `points` sum to `health`."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    strategy: str
    prior: float
    health: float
    band: Band
    read_band: Band
    judged: Judged | None
    known: bool
    in_words: list[str]
    """A few sentences that say it, in the language of the house."""
    groups: list[Grouped]
    """The contributions by what they are about, those that move health most first; each is in one group."""
    contributions: list[Line]
    would_raise_most: Proposal | None
    would_raise: list[Proposal]
    silence: Silence | None
    """How unusual it is that nothing was heard for so long; None where there is nothing to go by."""
    still_owed: list[Owed]
    """Oldest first, whether or not making it good would raise health."""
    set_aside: list[SetAside]
    """Oldest first: what was taken back, and what the customer contests. It moves nothing."""
    knots: list[Tied]
    """The open ones. Each stands among the contributions, in place of what it rests on."""


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the timeline, with its data as it was published."""

    type: str
    known: bool
    """Whether the type is of our language; what is not is kept and shown, never scored."""
    time: datetime
    subject: str
    """Under which of the person's ids it was published."""
    source: str
    id: str
    label: str
    retracted: bool
    """Whether it was taken back: it stays on record and counts for nothing."""
    contested: bool
    """Whether the customer contests it: while that stands, it counts for nothing."""
    data: msgspec.Raw


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events, newest first; `next` is the `before` of the next page."""

    customer: str
    canonical: str
    aliases: list[str]
    events: list[Happened]
    next: str | None


class Promised(msgspec.Struct, frozen=True, kw_only=True):
    """A promise in the ledger."""

    subject: str
    """Under which of the person's ids it was made."""
    promise_id: str
    state: PromiseState
    what: str | None
    due: datetime | None
    """As last agreed."""
    first_due: datetime | None
    """As it was made."""
    due_soon: bool
    """Whether it is owed, and due within the hours that were asked for."""
    made_at: datetime | None
    renegotiated_at: datetime | None
    """When the due was agreed on anew, where it was."""
    ended_at: datetime | None
    agent_id: str | None
    to: str | None


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """The promises to a customer, as they stand at an instant: what is owed first, then the newest."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    states: dict[PromiseState, int]
    """How many stand where."""
    promises: list[Promised]


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """A reading as it was announced, beside what is known now about the same instant."""

    taken_at: datetime
    known_as: str
    """The id that the customer was known by then."""
    revision: int
    strategy: str
    """The version of the strategy by which it was taken; `known_now` is by that of today."""
    announced: Reading
    known_now: Reading
    differs: bool
    """Whether the two are not the same: something arrived late, or the strategy is another."""
    late: int
    """How many of the events until then arrived after it was taken."""


class Announcements(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was announced, the latest first; `next` is the `before` of the next page."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    """Up to when what is known now was looked at."""
    strategy: str
    readings: list[Announced]
    next: str | None


class CurvePoint(msgspec.Struct, frozen=True, kw_only=True):
    """The reading at one instant of a curve."""

    time: datetime
    health: float
    confidence: float
    band: Band


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Readings at evenly spread instants, the oldest first; `aliases` are those of the last."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    strategy: str
    points: list[CurvePoint]
