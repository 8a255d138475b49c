"""What could have happened: random histories for properties, and a few words to write stories with."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    CustomerErased,
    CustomerInformed,
    CustomerLinked,
    CustomerUnlinked,
    Data,
    Event,
    EventRetracted,
    ExchangePurchased,
    FeedbackGiven,
    FrictionMet,
    JudgementMade,
    OutreachMade,
    OutreachReacted,
    PraiseGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
    RecognitionGreeted,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecordContested,
    make,
)
from projections.corrections import names
from projections.duration import Duration
from projections.fold import fold
from projections.opening import HoursTable, Opening
from projections.reading import Reading, read
from projections.strategy import BREACHES, BreachRule, HalfLives, Prior, Strategy, parse

SAME = 1e-9
"""Two readings are the same within this."""

PROPERTY = settings(max_examples=120, deadline=None)

SHIPPED = parse((Path(__file__).parents[2] / "deploy" / "strategy.toml").read_bytes())
"""The strategy that the project ships. Properties hold with it; nothing is said of its numbers."""

DAY = 86_400.0

_OFFICE = Opening(
    days=["mon", "tue", "wed", "thu", "fri"],
    opens=time(9),
    closes=time(17),
)
_HOURS = HoursTable(timezone="UTC", usual=[_OFFICE])

PLAIN: Strategy = replace(
    SHIPPED,
    half_lives=HalfLives(bond=Duration(100 * DAY), mood=Duration(10 * DAY)),
    priors={"recognition": Prior(a=1.0, b=1.0), "responsiveness": Prior(a=1.0, b=1.0)},
    weights={"recognition": 1.0, "responsiveness": 1.0},
    confidence_floor=0.25,
    bands=replace(SHIPPED.bands, thriving=75.0, steady=58.0, drifting=45.0),
    contact=replace(
        SHIPPED.contact,
        weight=1.0,
        expected={
            **dict.fromkeys(SHIPPED.contact.expected, Duration(3600.0)),
            "phone": Duration(60.0),
        },
        missed_at_most=-0.4,
        returned_at_most=0.2,
        answered_unknown_wait=0.1,
        give_up=Duration(14 * DAY),
    ),
    promise=replace(
        SHIPPED.promise, weight=2.0, grace=Duration(DAY), late_at_most=0.3, overdue=-0.6, broken=-1.0
    ),
    complaint=replace(
        SHIPPED.complaint,
        weight=1.5,
        dimension="responsiveness",
        raised=-0.6,
        accepted=0.4,
        refused=-0.9,
    ),
    breaches=dict.fromkeys(BREACHES, BreachRule(exponent=0.5)),
    hours=_HOURS,
    clock={channel: _HOURS.of(channel) for channel in SHIPPED.contact.expected},
)
"""A strategy of round numbers, for stories: open on weekdays from 9 to 17 UTC, a minute for phones."""

MONDAY = datetime(2026, 6, 1, 10, tzinfo=UTC)
"""A Monday at ten, when everything is open."""


def told(*story: tuple[datetime, Data], subject: str = "anna", first: int = 1) -> list[Event]:
    """The events of a story, numbered from `first` on in the order in which it is told."""
    return [
        make(data, subject=subject, source="story", id=str(number), time=when)
        for number, (when, data) in enumerate(story, start=first)
    ]


def reading_of(events: Iterable[Event], strategy: Strategy, at: float) -> Reading:
    """What the sums of one subject say by the plain way: fold everything up to an instant, then read."""
    return read(
        fold((event for event in events if event.at <= at), strategy).sums_at(strategy, at), strategy, at
    )


def assert_same(one: Reading, other: Reading, strategy: Strategy) -> None:
    """Figures agree within 1e-9; the band does, where it does not hang on less than that."""
    for name in ("health", "recognition", "responsiveness", "confidence", "trend"):
        assert abs(getattr(one, name) - getattr(other, name)) <= SAME, (name, one, other)
    edges = (strategy.bands.thriving, strategy.bands.steady, strategy.bands.drifting)
    near = abs(one.confidence - strategy.confidence_floor) <= SAME
    if not near and all(abs(one.health - edge) > SAME for edge in edges):
        assert one.band == other.band


# ------------------------------------------------------------------------------------ random histories

START = datetime(2026, 3, 27, 8, tzinfo=UTC)
"""The Friday before clocks change in Europe."""

SPAN = timedelta(days=60)

_HOURS_IN_SPAN = int(SPAN / timedelta(hours=1))

times = st.one_of(
    # Few enough that events collide and fall on deadlines; all over the place, to the microsecond.
    st.sampled_from([START + timedelta(days=days) for days in (0, 1, 3, 14, 28, 60)]),
    st.integers(0, _HOURS_IN_SPAN).map(lambda hours: START + timedelta(hours=hours)),
    st.timedeltas(timedelta(0), SPAN).map(lambda since: START + since),
)
"""When something happened."""

later = st.one_of(
    st.just(timedelta(0)), st.timedeltas(timedelta(0), timedelta(days=400)), st.just(timedelta(days=4000))
)
"""How long after the newest event one looks."""

_ids = st.sampled_from(["1", "2", "3"])
_waits = st.sampled_from([None, 0.0, 45.0, 7200.0, 2 * DAY, 1e12])
_channels = st.sampled_from(list(SHIPPED.contact.expected))
_channel_or_none = st.none() | _channels

matters = st.one_of(
    st.builds(ContactAttempted, contact_id=_ids, channel=_channels),
    st.builds(
        ContactAnswered, contact_id=_ids, by=st.just("human"), channel=_channel_or_none, waited_s=_waits
    ),
    st.builds(
        ContactMissed, contact_id=_ids, cause=st.just("rang_out"), channel=_channel_or_none, waited_s=_waits
    ),
    st.builds(ContactReturned, contact_id=_ids, reached=st.booleans()),
    st.builds(
        PromiseMade,
        promise_id=_ids,
        what=st.just("call back"),
        due=times,
        to=st.sampled_from([None, "customer", "agent"]),
    ),
    st.builds(PromiseRenegotiated, promise_id=_ids, due=times, agreed=st.booleans()),
    st.builds(PromiseKept, promise_id=_ids),
    st.builds(PromiseReleased, promise_id=_ids),
    st.builds(PromiseBroken, promise_id=_ids),
    st.builds(ComplaintRaised, complaint_id=_ids),
    st.builds(ComplaintSettled, complaint_id=_ids, accepted=st.booleans()),
)
"""Data of events that are joined into matters."""

moments = st.one_of(
    st.builds(ContactRetold, contact_id=_ids, reason=st.just("the bill")),
    st.builds(ContactTransferred, contact_id=_ids),
    st.builds(ContactClosed, contact_id=_ids, resolved=st.booleans()),
    st.builds(RecognitionGreeted),
    st.builds(RecognitionOverlooked, how=st.sampled_from(["cold", "misnamed"])),
    st.builds(RecognitionRemembered, what=st.just("the dog")),
    st.builds(FrictionMet, what=st.just("dead_page")),
    st.builds(CustomerInformed, about=st.just("works"), before_asked=st.none() | st.booleans()),
    st.builds(FeedbackGiven, score=st.integers(0, 100)),
    st.builds(PraiseGiven),
    st.builds(ExchangePurchased, amount=st.just(10.0)),
    st.builds(
        JudgementMade,
        health=st.integers(0, 100),
        agent_id=st.just("lea"),
        reason=st.just("we spoke"),
        until=times | st.just(datetime(2100, 1, 1, tzinfo=UTC)),
    ),
    st.builds(OutreachMade, prompt_id=_ids),
    st.builds(OutreachReacted, prompt_id=_ids, reaction=st.sampled_from(["welcome", "unwelcome", "none"])),
)
"""Data of events that stand by themselves, or are context."""

_names = st.tuples(st.sampled_from(["crm", "phone"]), st.integers(1, 25).map(str))
_retractions = _names.map(lambda name: EventRetracted(source=name[0], id=name[1]))
_contests = st.integers(1, 25).map(lambda name: RecordContested(about=str(name)))

Entry = tuple[tuple[str, str], datetime, Data]


def _journal(subject: str, entries: Iterable[Entry]) -> list[Event]:
    return [
        make(data, subject=subject, source=source, id=event_id, time=when)
        for (source, event_id), when, data in entries
    ]


def histories(subject: str = "anna", *, corrections: bool = False) -> st.SearchStrategy[list[Event]]:
    """One subject's journal, in no particular order: no two events have the same source and id."""
    data = st.one_of(matters, moments, *([_retractions, _contests] if corrections else []))
    entries = st.lists(st.tuples(_names, times, data), min_size=1, max_size=30, unique_by=lambda one: one[0])
    return entries.map(lambda some: _journal(subject, some))


_SUBJECTS = ("anna", "bob", "visitor:7", "agent:eve")
_subjects = st.sampled_from(_SUBJECTS)


def _happenings(data: st.SearchStrategy[Data], at_most: int) -> st.SearchStrategy[list[Event]]:
    """Events of several subjects. Now and then one id stands for two events, as it should not."""
    one = st.builds(
        lambda subject, entry: _journal(subject, [entry])[0], _subjects, st.tuples(_names, times, data)
    )
    return st.lists(one, max_size=at_most)


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """What a broker delivers of several subjects: repetitions, reused ids, links and all, in any order."""
    events = draw(_happenings(st.one_of(matters, moments), 25))
    links = st.sampled_from([CustomerLinked, CustomerUnlinked])
    events += draw(_happenings(st.builds(lambda link, alias: link(alias=alias), links, _subjects), 8))
    events += draw(_happenings(st.builds(CustomerErased), 2))
    contests: list[Event] = []
    for contested in draw(st.lists(st.sampled_from(events), max_size=4)) if events else []:
        contest = RecordContested(about=draw(st.sampled_from(sorted(names(contested) or {"nothing"}))))
        contests += _journal(contested.subject, [(draw(_names), draw(times), contest)])
    events += contests
    for mistaken in draw(st.lists(st.sampled_from([*events, *contests * 5]), max_size=6)) if events else []:
        retraction = EventRetracted(source=mistaken.source, id=mistaken.id)
        events += _journal(mistaken.subject, [(draw(_names), draw(times), retraction)])
    again = draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    return draw(st.permutations([*events, *again]))


def accepted(stream: Iterable[Event]) -> list[Event]:
    """What a journal keeps of a stream: under each identity of a subject the first event that came."""
    kept: dict[tuple[str, bytes], Event] = {}
    for event in stream:
        kept.setdefault((event.subject, event.identity), event)
    return list(kept.values())


def batches(events: Sequence[Event]) -> st.SearchStrategy[list[list[Event]]]:
    """The same events in any order, cut into batches anywhere."""

    def cut(shuffled: list[Event], places: set[int]) -> list[list[Event]]:
        edges = [0, *sorted(places), len(shuffled)]
        return [shuffled[first:last] for first, last in pairwise(edges)]

    return st.builds(cut, st.permutations(events), st.sets(st.integers(0, len(events)), max_size=5))
