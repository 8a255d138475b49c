"""Why a reading is what it is: what each event or matter moved, and what would raise it most.

Pure, like the reading itself: a function of a set of events, the strategy and an instant.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from events import ComplaintSettled, ContactReturned, Data, Event, PromiseKept, type_of
from projections.bands import Band
from projections.corrections import Corrections, corrections
from projections.evidence import Signal, Sums, add, no_sums
from projections.fold import MatterKey, direct_signal
from projections.imagined import Imagined
from projections.judgement import Judgement, as_judged, in_force, judgements
from projections.knots import Knot, Story, folded, knots_of, story_of
from projections.knots.knot import Place, in_order, with_places
from projections.knots.weighing import Line, Tangle, Weigher, Weight, line_of, read_weighed, tangles
from projections.matters import Complaint, Contact, Matter, Promise, matter_of
from projections.outcomes import signal_at
from projections.reading import Part, Reader, Reading, parts, points, prior_health
from projections.strategy import Dimension, Strategy

ContactState = Literal["waiting", "missed", "answered", "returned"]
PromiseState = Literal["open", "overdue", "renegotiated", "kept", "kept_late", "broken", "released"]
ComplaintState = Literal["raised", "accepted", "refused"]
State = ContactState | PromiseState | ComplaintState
"""Where a matter stands at an instant."""

Mending = Literal["call_back", "keep_promise", "settle_complaint"]
"""What can still be done about a matter."""

WORTH_SAYING = 0.05
"""Points of health below which mending a matter is not proposed: a page would show them as 0.0."""

_OWED: tuple[State, ...] = ("waiting", "missed", "overdue", "raised")

# Of the events of one instant, what one imagines to happen comes after what did.
_AFTER_ALL_OTHERS = chr(0x10FFFF)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of an explanation is about: one event, a matter with all that it joins, or knots."""

    events: tuple[Event, ...]
    """In their order; one where there is no matter."""
    matter_id: str | None = None
    matter: Matter | None = None
    state: State | None = None
    """Where the matter stands at the instant of reading."""
    knots: tuple[Knot, ...] = ()
    """Open knots in whose place the line stands; the events are their evidence."""


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an explanation."""

    about: Subject
    signal: Signal
    """How the strategy reads it; of knots, what they weigh where they weigh most."""
    points: float
    """How far it moves health, up or down."""

    @property
    def dimension(self) -> Dimension:
        """The dimension in which it counts."""
        return self.signal.dimension


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """Something that would raise health, were it done at the instant of reading."""

    mending: Mending
    about: Subject
    data: Data
    """The event that would say it was done."""
    points: float
    """How much higher health would then be."""


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """An event that counts for nothing, and why."""

    event: Event
    retracted_by: Event | None
    """What took it back."""
    contested_by: Event | None
    """What the customer contests it by."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A reading and what it is made of."""

    reading: Reading
    judgement: Judgement | None
    """What sets its band, where an agent's judgement is in force; it moves no number."""
    read_band: Band
    """What the reading itself says, whatever anybody judges."""
    prior: float
    """Health before anything is known. It and all points sum to the reading's health, within 1e-9."""
    contributions: tuple[Contribution, ...]
    """One per event or matter that counts, those that move health most first."""
    remedies: tuple[Remedy, ...]
    """What can still be mended, what would raise health most first; empty where nothing can."""
    owed: tuple[Subject, ...]
    """What is still owed to the customer, oldest first, whether or not making it good would raise health."""
    set_aside: tuple[SetAside, ...]
    """What was taken back, and what the customer contests, oldest first: it moves nothing."""
    knots: tuple[Knot, ...]
    """Those that are open, and those that were, the first opened first."""


def explain(events: Iterable[Event], strategy: Strategy, at: float) -> Explanation:
    """Explains one person's reading at an instant (seconds since the Unix epoch).

    Only events until then count. They may be of several subjects; matters are each subject's own.
    """
    found = _weighed(events, strategy, at)
    reader, reading, subjects, first = found.reader, found.reading, found.subjects, found.first
    imagined = Imagined(found.known, found.told, found.knots, found.weighers, found.signals, reader)
    judgement = in_force(judgements(found.known), at)
    remedies = [
        remedy
        for about, signal in zip(subjects, found.signals.values(), strict=True)
        if (remedy := _remedy(about, signal, found.sums, reading, strategy, at, imagined)) is not None
    ]
    return Explanation(
        reading=as_judged(reading, judgement, strategy),
        judgement=judgement,
        read_band=reading.band,
        prior=prior_health(strategy),
        contributions=found.contributions(strategy, at),
        remedies=tuple(sorted(remedies, key=lambda remedy: (-remedy.points, first(remedy.about)))),
        owed=tuple(sorted((about for about in subjects if about.state in _OWED), key=first)),
        set_aside=found.set_aside,
        knots=tuple(found.knots),
    )


def moving(
    events: Iterable[Event], strategy: Strategy, at: float
) -> tuple[Reading, tuple[Contribution, ...]]:
    """What moves a reading, as it is explained, and the reading that no judgement touched; and no more."""
    found = _weighed(events, strategy, at)
    return found.reading, found.contributions(strategy, at)


class _Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """All that is read of a person, and what each thing is read as."""

    known: list[Event]
    """In their order."""
    places: dict[int, Place]
    set_aside: tuple[SetAside, ...]
    subjects: list[Subject]
    signals: dict[Line, Signal | None]
    """How each of the subjects is read, in their order."""
    sums: Sums
    told: Story
    knots: list[Knot]
    weighers: list[Weigher]
    reader: Reader
    reading: Reading

    def first(self, about: Subject) -> Place:
        """Where the first event of a subject stands."""
        return self.places[id(about.events[0])]

    def contributions(self, strategy: Strategy, at: float) -> tuple[Contribution, ...]:
        """One per event or matter that counts, those that move health most first."""
        read_as = zip(self.subjects, self.signals.items(), strict=True)
        lines = _lines(list(read_as), self.weighers, self.sums, strategy, at)
        return tuple(sorted(lines, key=lambda line: (-abs(line.points), self.first(line.about))))


def _weighed(events: Iterable[Event], strategy: Strategy, at: float) -> _Weighed:
    in_place = with_places(event for event in events if event.at <= at)
    places = {id(event): place for event, place in in_place}
    known = [event for event, _ in in_place]
    set_aside = tuple(_set_aside(known, corrections(known)))
    gone = {id(one.event) for one in set_aside}
    stands = [event for event in known if id(event) not in gone] if gone else known
    subjects = _subjects(stands, at)
    signals = {line_of(about.events[0]): _signal(about, strategy, at) for about in subjects}
    sums = no_sums()
    for signal in signals.values():
        if signal is not None:
            add(sums, signal, strategy)
    told = story_of(stands, at, places)
    knots = knots_of(told, strategy, folded(known, strategy))
    reader = Reader(strategy)
    weighers = [Weigher(tangle, strategy, at) for tangle in tangles(knots, signals.get)]
    return _Weighed(
        known=known,
        places=places,
        set_aside=set_aside,
        subjects=subjects,
        signals=signals,
        sums=sums,
        told=told,
        knots=knots,
        weighers=weighers,
        reader=reader,
        reading=read_weighed(sums, weighers, reader, at),
    )


def _lines(
    read_as: Sequence[tuple[Subject, tuple[Line, Signal | None]]],
    weighers: Sequence[Weigher],
    sums: Sums,
    strategy: Strategy,
    at: float,
) -> list[Contribution]:
    """What each thing moves, and knots in the place of what they cite."""
    cited = {line for weigher in weighers for line in weigher.tangle.lines}
    counted = [(about, line, signal) for about, (line, signal) in read_as if signal is not None]
    alone = parts([signal for *_, signal in counted], strategy, at)
    pieces = [
        (about, signal, [part])
        for (about, line, signal), part in zip(counted, alone, strict=True)
        if line not in cited
    ]
    for weigher in weighers:
        weighed = weigher.weights(sums)
        if weighed:
            pieces.append(
                (
                    _tangled(weigher.tangle),
                    _heaviest(weigher.tangle, weighed, strategy, at),
                    [Part(weight.dimension, 0.0, weight.negative) for weight in weighed],
                )
            )
    moved = iter(points([part for *_, some in pieces for part in some], strategy))
    return [
        Contribution(about=about, signal=signal, points=sum(next(moved) for _ in some))
        for about, signal, some in pieces
    ]


def _tangled(tangle: Tangle) -> Subject:
    return Subject(
        events=in_order(event for knot in tangle.knots for event in knot.evidence), knots=tangle.knots
    )


def _heaviest(tangle: Tangle, weighed: Sequence[Weight], strategy: Strategy, at: float) -> Signal:
    """What knots weigh where they weigh most, as a signal of the day of their last evidence."""
    heaviest = max(weighed, key=lambda weight: weight.negative)
    latest = max(knot.latest_at for knot in tangle.knots)
    faded = 2.0 ** ((latest - at) / strategy.half_lives.bond)
    return Signal(latest, heaviest.dimension, -1.0, heaviest.negative / faded)


def _set_aside(known: Iterable[Event], corrected: Corrections) -> Iterator[SetAside]:
    if not corrected.retracted and not corrected.contested:
        return
    for event in known:
        retraction, contest = corrected.retraction_of(event), corrected.contest_of(event)
        if retraction is not None or contest is not None:
            yield SetAside(event=event, retracted_by=retraction, contested_by=contest)


def state_of(matter: Matter, at: float) -> State:
    """Where a matter stands at an instant (seconds since the Unix epoch)."""
    match matter:
        case Contact():
            return _contact_state(matter)
        case Promise():
            return promise_state(matter, at)
        case Complaint():
            return "accepted" if matter.accepted else "refused" if matter.refused else "raised"


def promise_state(promise: Promise, at: float) -> PromiseState:
    """Where a promise stands at an instant (seconds since the Unix epoch).

    What was said first of its end holds. An agreed new due makes it «renegotiated» until that, too, is past.
    """
    ends = [part for part in (promise.kept, promise.released, promise.broken) if part is not None]
    if ends:
        end = min(ends)
        if end is promise.kept:
            return "kept_late" if promise.due is not None and end.at > promise.due else "kept"
        return "released" if end is promise.released else "broken"
    if promise.due is not None and at > promise.due:
        return "overdue"
    return "open" if promise.renegotiated is None else "renegotiated"


def _contact_state(contact: Contact) -> ContactState:
    ends = [part for part in (contact.answered, contact.returned) if part is not None]
    if ends:
        return "answered" if min(ends) is contact.answered else "returned"
    return "waiting" if contact.missed is None else "missed"


def _subjects(events: Sequence[Event], at: float) -> list[Subject]:
    """What there is to explain in events in order: matters joined, every other event by itself."""
    found: list[Subject] = []
    joined: dict[tuple[str, MatterKey], tuple[Matter, list[Event]]] = {}
    for event in events:
        part = matter_of(event)
        if part is None:
            found.append(Subject(events=(event,)))
            continue
        matter_id, partial = part
        key = (event.subject, (type(partial), matter_id))
        if key not in joined:
            joined[key] = (partial, [event])
        else:
            known, its_events = joined[key]
            its_events.append(event)
            joined[key] = (known.merge(partial), its_events)  # type: ignore[arg-type]
    found.extend(
        Subject(events=tuple(its_events), matter_id=matter_id, matter=matter, state=state_of(matter, at))
        for (_, (_, matter_id)), (matter, its_events) in joined.items()
    )
    return found


def _signal(about: Subject, strategy: Strategy, at: float) -> Signal | None:
    if about.matter is None:
        return direct_signal(about.events[0], strategy)
    return signal_at(about.matter, strategy, at)


def _remedy(
    about: Subject,
    signal: Signal | None,
    sums: Sums,
    reading: Reading,
    strategy: Strategy,
    at: float,
    imagined: Imagined,
) -> Remedy | None:
    """What mending a matter now would bring: the whole reading, taken again as if it had been done."""
    mend = _mending(about)
    if mend is None or about.matter is None:
        return None
    mending, data = mend
    done = Event(
        subject=about.events[0].subject,
        source=_AFTER_ALL_OTHERS,
        id=_AFTER_ALL_OTHERS,
        type=type_of(data),
        time=datetime.fromtimestamp(at, UTC),
        data=data,
        body=b"",
    )
    said = matter_of(done)
    assert said is not None  # noqa: S101 - every mending is an event of its matter
    mended = signal_at(about.matter.merge(said[1]), strategy, at)  # type: ignore[arg-type]
    then = list(sums)
    if signal is not None:
        add(then, signal, strategy, -1.0)
    if mended is not None:
        add(then, mended, strategy)
    gained = imagined.read(done, mended, then).health - reading.health
    if gained < WORTH_SAYING:
        return None
    return Remedy(mending=mending, about=about, data=data, points=gained)


def _mending(about: Subject) -> tuple[Mending, Data] | None:
    if about.matter_id is None:
        return None
    match about.state:
        case "waiting" | "missed":
            return "call_back", ContactReturned(contact_id=about.matter_id, reached=True)
        case "open" | "overdue" | "renegotiated":
            return "keep_promise", PromiseKept(promise_id=about.matter_id)
        case "raised" | "refused":
            return "settle_complaint", ComplaintSettled(complaint_id=about.matter_id, accepted=True)
    return None
