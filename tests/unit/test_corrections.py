"""What is taken back or contested counts for nothing; giving it back leaves no trace."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ContactRetold,
    CustomerLinked,
    Data,
    Event,
    EventRetracted,
    FrictionMet,
    PraiseGiven,
    PromiseBroken,
    PromiseMade,
    RecognitionOverlooked,
    RecordContested,
    make,
)
from projections.corrections import corrections, names, standing
from projections.explanation import explain
from projections.fold import fold
from services.cli.scoring.spans import remaining
from tests.unit.histories import (
    MONDAY,
    PROPERTY,
    SAME,
    SHIPPED,
    assert_same,
    histories,
    later,
    reading_of,
    told,
)

_names = st.integers(1, 25).map(str)
_MATTER_IDS = ("contact_id", "promise_id", "complaint_id")


def _carried(event: Event) -> set[str]:
    """The names an event carries, read from its bytes."""
    body = msgspec.json.decode(event.body)
    return {body["id"], *(body["data"][field] for field in _MATTER_IDS if field in body["data"])}


def _contest(about: str, at: float = 0.0) -> Event:
    return make(
        RecordContested(about=about),
        subject="anna",
        source="anna herself",
        id="contest",
        time=MONDAY + timedelta(seconds=at),
    )


def _newest(history: list[Event], *more: Event) -> float:
    return max(event.at for event in (*history, *more))


@PROPERTY
@given(histories(), _names, later)
def test_a_contest_leaves_the_reading_of_all_that_it_does_not_name(
    history: list[Event], name: str, passed: timedelta
) -> None:
    """What carries a contested name, as its own id or its matter's, counts neither for nor against."""
    contest = _contest(name)
    at = _newest(history, contest) + passed.total_seconds()
    others = [event for event in history if name not in _carried(event)]
    assert reading_of([*history, contest], SHIPPED, at) == reading_of(others, SHIPPED, at)


@PROPERTY
@given(histories(corrections=True), _names, later)
def test_a_contest_that_is_taken_back_gives_back_exactly_what_was(
    history: list[Event], name: str, passed: timedelta
) -> None:
    """Contest and retraction of the contest together change nothing, to the last digit."""
    contest = _contest(name)
    back = make(
        EventRetracted(source=contest.source, id=contest.id),
        subject="anna",
        source="desk",
        id="back",
        time=MONDAY + timedelta(days=1),
    )
    at = _newest(history, contest, back) + passed.total_seconds()
    assert reading_of([*history, contest, back], SHIPPED, at) == reading_of(history, SHIPPED, at)


@PROPERTY
@given(histories(corrections=True), _names)
def test_before_its_own_time_a_contest_does_not_exist(history: list[Event], name: str) -> None:
    """A look back to before a contest gives the reading without it."""
    at = sorted(event.at for event in history)[len(history) // 2]
    contest = make(
        RecordContested(about=name),
        subject="anna",
        source="anna herself",
        id="contest",
        time=max(event.time for event in history) + timedelta(seconds=1),
    )
    assert reading_of([*history, contest], SHIPPED, at) == reading_of(history, SHIPPED, at)


@PROPERTY
@given(st.data())
def test_the_order_of_arrival_does_not_matter_to_what_stands(data: st.DataObject) -> None:
    """Corrections before, between or after what they name: the same events stand."""
    history = data.draw(histories(corrections=True))
    shuffled = data.draw(st.permutations(history))
    assert {event.identity for event in standing(shuffled)} == {event.identity for event in standing(history)}
    at = _newest(history)
    assert_same(reading_of(shuffled, SHIPPED, at), reading_of(history, SHIPPED, at), SHIPPED)


@PROPERTY
@given(histories(corrections=True), later)
def test_an_explanation_names_all_that_is_set_aside(history: list[Event], passed: timedelta) -> None:
    """What does not stand is listed with what set it aside, nothing else is, and the points still add up."""
    at = _newest(history) + passed.total_seconds()
    found = explain(history, SHIPPED, at)
    gone = {event.identity for event in history} - {event.identity for event in standing(history)}
    assert {one.event.identity for one in found.set_aside} == gone
    assert all(one.retracted_by or one.contested_by for one in found.set_aside)
    assert not gone & {event.identity for line in found.contributions for event in line.about.events}
    assert abs(found.prior + sum(one.points for one in found.contributions) - found.reading.health) <= SAME


@pytest.mark.parametrize(
    "data",
    [
        CustomerLinked(alias="visitor:7"),
        EventRetracted(source="story", id="9"),
        RecordContested(about="something"),
    ],
)
def test_the_record_itself_cannot_be_contested(data: Data) -> None:
    """Links, retractions and contests stand whatever is contested: they are undone by events of their own."""
    [event] = told((MONDAY, data))
    assert names(event) == set()
    assert event in standing([event, _contest(event.id)])


def test_a_retraction_cannot_be_contested_away() -> None:
    """Contesting a retraction does not bring back what it took away."""
    praise, retraction, contest = told(
        (MONDAY, PraiseGiven()),
        (MONDAY, EventRetracted(source="story", id="1")),
        (MONDAY, RecordContested(about="2")),
    )
    assert standing([praise, retraction, contest]) == [retraction, contest]


def test_a_retraction_that_is_named_by_another_stands_and_is_not_marked() -> None:
    """Retracting a retraction brings nothing back, so nothing says that the first was taken back."""
    praise, first, second = told(
        (MONDAY, PraiseGiven()),
        (MONDAY, EventRetracted(source="story", id="1")),
        (MONDAY, EventRetracted(source="story", id="2")),
    )
    found = corrections([praise, first, second])
    assert found.retraction_of(praise) is first
    assert found.retraction_of(first) is None
    assert standing([praise, first, second]) == [first, second]


def test_contesting_a_contact_sets_all_of_it_aside() -> None:
    """A retelling and an obstacle are part of the contact that they name, though scored by themselves."""
    events = told(
        (MONDAY, ContactRetold(contact_id="call", reason="the bill")),
        (MONDAY, FrictionMet(what="lost", contact_id="call")),
        (MONDAY, RecognitionOverlooked(how="cold")),
        (MONDAY, RecordContested(about="call")),
    )
    assert standing(events) == events[2:]


def test_a_contest_of_nothing_known_waits_for_what_it_names() -> None:
    """It changes nothing until something of that name arrives, which then counts for nothing."""
    broken, contest = told((MONDAY, PromiseBroken(promise_id="p")), (MONDAY, RecordContested(about="p")))
    assert standing([contest]) == [contest]
    assert not fold([contest, broken], SHIPPED).matters


def test_of_several_contests_the_first_is_named() -> None:
    """An event that two contests name was set aside by the earlier, and is until both are taken back."""
    late, early, made = told(
        (MONDAY + timedelta(days=2), RecordContested(about="p")),
        (MONDAY + timedelta(days=1), RecordContested(about="3")),
        (MONDAY, PromiseMade(promise_id="p", what="call", due=MONDAY)),
    )
    both = corrections([late, early])
    assert both.contest_of(made) is early
    [back] = told((MONDAY, EventRetracted(source="story", id="2")), subject="anna")
    assert corrections([late, early, back]).contest_of(made) is late


@given(
    st.integers(0, 20),
    st.none() | st.integers(0, 20),
    st.lists(st.tuples(st.integers(0, 20), st.none() | st.integers(1, 20)), max_size=5),
)
def test_what_remains_of_a_span_is_what_no_other_covers(
    at: int, until: int | None, asides: list[tuple[int, int | None]]
) -> None:
    """Instant by instant: in the span, and in none of those that set it aside."""
    spans = [(begin, None if length is None else begin + length) for begin, length in asides]
    left = remaining(at, until, spans)

    def within(moment: int, begin: float, end: float | None) -> bool:
        return begin <= moment and (end is None or moment < end)

    for moment in range(45):
        wanted = within(moment, at, until) and not any(within(moment, *span) for span in spans)
        assert any(within(moment, *span) for span in left) == wanted
    assert all(end is None or end > begin for begin, end in left)
