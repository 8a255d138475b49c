"""An agent's judgement stands beside the reading: it sets the band until it expires, and moves no number."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ContactRetold,
    Data,
    Event,
    EventRetracted,
    JudgementMade,
    RecognitionRemembered,
    RecordContested,
    make,
)
from projections.explanation import explain
from projections.judgement import as_judged, band_judged, in_force, in_force_at, judgements
from projections.whole import read_unjudged
from tests.unit.histories import MONDAY, PLAIN, PROPERTY, SHIPPED, assert_same, histories, reading_of, told

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def _judged(health: float, days: float, agent: str = "lea") -> JudgementMade:
    return JudgementMade(health=health, agent_id=agent, reason="we spoke", until=MONDAY + days * DAY)


def _in_force(story: list[Event], after: timedelta) -> float | None:
    found = in_force_at(story, (MONDAY + after).timestamp())
    return None if found is None else found.health


TIRED: tuple[tuple[datetime, Data], ...] = tuple(
    (MONDAY, ContactRetold(contact_id="k", reason="the bill")) for _ in range(4)
)
"""What makes a relationship strained."""


def test_a_judgement_sets_the_band_and_no_number() -> None:
    """Given a knotted relationship, when it is judged at 80, then it is thriving, with the same numbers."""
    events = told(*TIRED, (MONDAY + HOUR, _judged(80, 7)))
    at = (MONDAY + 2 * HOUR).timestamp()
    plain, found = read_unjudged(events, PLAIN, at), explain(events, PLAIN, at)
    assert (plain.band, found.reading.band) == ("knotted", "thriving")
    assert found.read_band == "knotted"
    assert_same(found.reading, as_judged(plain, found.judgement, PLAIN), PLAIN)
    assert found.judgement is not None
    assert (found.judgement.agent_id, found.judgement.reason) == ("lea", "we spoke")


def test_it_stands_from_when_it_was_made_until_it_expires() -> None:
    """Given a judgement until Tuesday, then it stands from when it was made till then, and no longer."""
    story = told((MONDAY, _judged(80, 1)))
    assert _in_force(story, -HOUR) is None
    assert _in_force(story, 0 * HOUR) == 80
    assert _in_force(story, DAY - timedelta(microseconds=1)) == 80
    assert _in_force(story, DAY) is None


def test_the_last_one_counts_and_when_it_expires_the_one_before_stands_again() -> None:
    """Given a long judgement and a later short one, then the short one stands, and the long one after it."""
    story = told((MONDAY, _judged(80, 30)), (MONDAY + DAY, _judged(20, 2)))
    assert [_in_force(story, days * DAY) for days in (0.5, 1.5, 2.5, 30)] == [80, 20, 80, None]


def test_of_two_in_one_minute_the_order_of_events_decides_and_not_their_arrival() -> None:
    """Given two judgements of one instant, then whichever has the greater id stands, however they came."""
    one, other = told((MONDAY, _judged(80, 7, "lea")), (MONDAY, _judged(20, 7, "max")))
    assert _in_force([one, other], HOUR) == _in_force([other, one], HOUR) == 20


def test_one_that_expired_before_it_was_made_never_stands() -> None:
    """Given a judgement until yesterday, then nothing is set."""
    story = told((MONDAY, _judged(80, -1)))
    assert all(_in_force(story, after) is None for after in (-2 * DAY, 0 * DAY, DAY))


@pytest.mark.parametrize(
    "correction",
    [EventRetracted(source="story", id="1"), RecordContested(about="1")],
    ids=["retracted", "contested"],
)
def test_what_is_taken_back_or_contested_stands_no_more(correction: Data) -> None:
    """Given a judgement that is taken back, or contested, then it stood until that was known."""
    story = told((MONDAY, _judged(80, 7)), (MONDAY + DAY, correction))
    assert _in_force(story, HOUR) == 80
    assert _in_force(story, DAY) is None


def test_a_judgement_of_any_id_is_the_persons() -> None:
    """Given two ids of one person, then the last judgement under either stands for both."""
    story = [*told((MONDAY, _judged(80, 7))), *told((MONDAY + HOUR, _judged(20, 7)), subject="visitor:7")]
    assert _in_force(story, DAY) == 20


def test_whoever_judges_knows() -> None:
    """Given a customer of whom hardly anything is known, then a judgement still says a band."""
    [event] = told((MONDAY, _judged(50, 7)))
    [judgement] = judgements([event])
    assert band_judged(judgement, PLAIN) == "drifting"
    found = explain([event], PLAIN, MONDAY.timestamp())
    assert (found.read_band, found.reading.band) == ("unknown", "drifting")


def test_nothing_else_erases_a_judgement() -> None:
    """Given a judgement, then later events, however bad, leave it in force: it is no rule's to take away."""
    later = [(MONDAY + HOUR + number * HOUR, data) for number, (_, data) in enumerate(TIRED)]
    story = told((MONDAY, _judged(80, 7)), *later, (MONDAY + HOUR, RecognitionRemembered(what="the dog")))
    assert _in_force(story, DAY) == 80


_made = st.tuples(
    st.integers(0, 50),
    st.sampled_from([0.0, 1.0, 5.0, 20.0, 60.0]),
    st.integers(0, 100),
    st.sampled_from("abc"),
)


@PROPERTY
@given(
    some=st.lists(_made, max_size=8),
    others=histories(corrections=True),
    shuffled=st.randoms(),
    hours=st.integers(-10, 2000),
)
def test_which_one_stands_is_a_function_of_the_set_of_events(
    some: list[tuple[int, float, int, str]], others: list[Event], shuffled: Random, hours: int
) -> None:
    """However events come, the same judgement stands at an instant, of those that last till then."""
    start = datetime(2026, 4, 1, tzinfo=UTC)
    made = [
        make(
            JudgementMade(health=health, agent_id=agent, reason="r", until=start + (day + span) * DAY),
            subject="anna",
            source="desk",
            id=str(number),
            time=start + day * DAY,
        )
        for number, (day, span, health, agent) in enumerate(some)
    ]
    at = (start + hours * HOUR).timestamp()
    events = [*made, *others]
    found = in_force_at(events, at)
    shuffled.shuffle(events)
    assert in_force_at(events, at) == found
    lasting = [
        one for one in judgements([event for event in events if event.at <= at]) if one.at <= at < one.until
    ]
    assert (found is None) == (not lasting)
    assert found is None or found.order == max(one.order for one in lasting)
    assert in_force(lasting, at) == found
    assert as_judged(reading_of(others, SHIPPED, at), None, SHIPPED) == reading_of(others, SHIPPED, at)
