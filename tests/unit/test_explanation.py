"""An explanation says what a reading is made of, to the last digit, and what would really raise it."""

from datetime import datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactRetold,
    Data,
    Event,
    EventRetracted,
    ExchangePurchased,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
    RecognitionRemembered,
    make,
)
from projections.explanation import Explanation, explain, moving, state_of
from projections.fold import fold
from projections.matters import Promise
from projections.strategy import Strategy
from projections.whole import read_person
from tests.unit.histories import (
    DAY,
    MONDAY,
    PLAIN,
    PROPERTY,
    SAME,
    SHIPPED,
    assert_same,
    histories,
    later,
    told,
)

strategies = st.sampled_from([PLAIN, SHIPPED])

HOUR = timedelta(hours=1)
DAY_LONG = timedelta(days=1)


def _explained(events: list[Event], at: float, strategy: Strategy = PLAIN) -> Explanation:
    return explain(events, strategy, at)


@PROPERTY
@given(events=histories(corrections=True), after=later, strategy=strategies)
def test_the_lines_sum_to_the_distance_from_the_prior(
    events: list[Event], after: timedelta, strategy: Strategy
) -> None:
    """Prior and points together are the health that the reading gives, within 1e-9."""
    at = max(event.at for event in events) + after.total_seconds()
    found = explain(events, strategy, at)
    total = found.prior + sum(line.points for line in found.contributions)
    assert abs(total - found.reading.health) <= SAME
    assert_same(found.reading, read_person(events, strategy, at), strategy)


@PROPERTY
@given(events=histories(corrections=True), after=later, strategy=strategies)
def test_what_moves_a_reading_is_as_it_is_explained(
    events: list[Event], after: timedelta, strategy: Strategy
) -> None:
    """Who asks for no more than that is told the same lines, and the numbers of the same reading."""
    at = max(event.at for event in events) + after.total_seconds()
    reading, contributions = moving(events, strategy, at)
    why = explain(events, strategy, at)
    assert contributions == why.contributions
    assert msgspec.structs.replace(reading, band=why.reading.band) == why.reading
    assert reading.band == why.read_band


@PROPERTY
@given(events=histories(), strategy=strategies)
def test_a_look_back_explains_the_reading_of_then(events: list[Event], strategy: Strategy) -> None:
    """At an instant amid the story, only what happened until then is explained."""
    at = sorted(event.at for event in events)[len(events) // 2]
    found = explain(events, strategy, at)
    assert_same(found.reading, read_person(events, strategy, at), strategy)
    assert all(event.at <= at for line in found.contributions for event in line.about.events)


@PROPERTY
@given(events=histories(corrections=True), after=later, strategy=strategies)
def test_every_event_and_every_matter_has_at_most_one_line(
    events: list[Event], after: timedelta, strategy: Strategy
) -> None:
    """However many events a matter joins, it is one line; and no event stands in two."""
    at = max(event.at for event in events) + after.total_seconds()
    lines = explain(events, strategy, at).contributions
    named = [event.identity for line in lines for event in line.about.events]
    assert len(named) == len(set(named))
    matters = [(type(line.about.matter), line.about.matter_id) for line in lines if line.about.matter]
    assert len(matters) == len(set(matters))


@PROPERTY
@given(events=histories(), after=later, strategy=strategies)
def test_doing_what_is_proposed_raises_health_by_what_was_said(
    events: list[Event], after: timedelta, strategy: Strategy
) -> None:
    """Publish the event that a proposal names, read again at that instant, and health is that much higher."""
    at = max(event.time for event in events) + after + timedelta(seconds=1)
    found = explain(events, strategy, at.timestamp())
    for remedy in found.remedies:
        done = make(remedy.data, subject="anna", source="desk", id="done", time=at)
        then = read_person([*events, done], strategy, at.timestamp())
        assert abs(then.health - found.reading.health - remedy.points) <= SAME
    points = [remedy.points for remedy in found.remedies]
    assert points == sorted(points, reverse=True)


@PROPERTY
@given(events=histories(), shuffled=st.randoms())
def test_the_order_in_which_events_are_known_changes_nothing(events: list[Event], shuffled: Random) -> None:
    """An explanation is of a set of events."""
    at = max(event.at for event in events) + DAY
    other = list(events)
    shuffled.shuffle(other)
    one, again = explain(events, PLAIN, at), explain(other, PLAIN, at)
    assert [line.about for line in one.contributions] == [line.about for line in again.contributions]
    assert [remedy.data for remedy in one.remedies] == [remedy.data for remedy in again.remedies]


def test_an_overdue_promise_is_what_would_raise_health_most() -> None:
    """Of an overdue promise and a good memory, the promise weighs down, and keeping it is proposed first."""
    events = told(
        (MONDAY, RecognitionRemembered(what="the dog")),
        (MONDAY, PromiseMade(promise_id="p", what="call back", due=MONDAY + HOUR)),
    )
    found = _explained(events, (MONDAY + 2 * HOUR).timestamp())
    overdue = next(line for line in found.contributions if line.points < 0)
    assert (overdue.about.matter_id, overdue.about.state) == ("p", "overdue")
    assert found.remedies[0].mending == "keep_promise"
    assert found.remedies[0].data == PromiseKept(promise_id="p")
    assert found.remedies[0].points > 0


def test_a_complaint_that_was_refused_can_still_be_settled() -> None:
    """Where the customer did not agree to how a complaint was closed, agreement is what is proposed."""
    events = told(
        (MONDAY, ComplaintRaised(complaint_id="c")),
        (MONDAY + HOUR, ComplaintSettled(complaint_id="c", accepted=False)),
    )
    [remedy] = _explained(events, (MONDAY + 2 * HOUR).timestamp()).remedies
    assert remedy.data == ComplaintSettled(complaint_id="c", accepted=True)


def test_what_is_over_is_not_proposed() -> None:
    """A broken promise, an answered contact and a word that cannot be unsaid leave nothing to mend."""
    events = told(
        (MONDAY, PromiseMade(promise_id="p", what="call back", due=MONDAY + HOUR)),
        (MONDAY + HOUR, PromiseBroken(promise_id="p")),
        (MONDAY, ContactAttempted(contact_id="k", channel="phone")),
        (MONDAY + HOUR, ContactAnswered(contact_id="k", by="human")),
        (MONDAY + HOUR, ContactRetold(contact_id="k", reason="the bill")),
    )
    found = _explained(events, (MONDAY + 2 * HOUR).timestamp())
    assert found.remedies == ()
    assert len(found.contributions) == 3


def test_a_missed_contact_is_worth_a_call_while_it_is_fresh() -> None:
    """Nobody answered a moment ago: calling back is proposed."""
    events = told(
        (MONDAY, ContactAttempted(contact_id="k", channel="phone")),
        (MONDAY + timedelta(seconds=20), ContactMissed(contact_id="k", cause="rang_out")),
    )
    [remedy] = _explained(events, (MONDAY + timedelta(seconds=30)).timestamp()).remedies
    assert remedy.mending == "call_back"


def test_what_is_owed_is_named_whether_or_not_it_would_raise_health() -> None:
    """A wait, an overdue promise and a complaint are owed, oldest first; what is not yet due is not."""
    events = told(
        (MONDAY, ComplaintRaised(complaint_id="c")),
        (MONDAY + HOUR, ContactAttempted(contact_id="k", channel="phone")),
        (MONDAY + 2 * HOUR, PromiseMade(promise_id="late", what="call back", due=MONDAY + 3 * HOUR)),
        (MONDAY + 2 * HOUR, PromiseMade(promise_id="soon", what="write", due=MONDAY + 300 * DAY_LONG)),
    )
    found = _explained(events, (MONDAY + 200 * DAY_LONG).timestamp())
    assert [(about.matter_id, about.state) for about in found.owed] == [
        ("c", "raised"),
        ("k", "waiting"),
        ("late", "overdue"),
    ]


def test_context_has_no_line() -> None:
    """A purchase explains nothing, because it is never scored."""
    events = told((MONDAY, ExchangePurchased(amount=100.0)))
    found = _explained(events, MONDAY.timestamp())
    assert found.contributions == ()
    assert found.reading.health == found.prior


def test_a_retracted_event_has_no_line() -> None:
    """What was taken back explains nothing."""
    [good] = told((MONDAY, RecognitionRemembered(what="the dog")))
    taken_back = make(
        EventRetracted(source=good.source, id=good.id), subject="anna", source="s", id="2", time=MONDAY
    )
    assert _explained([good, taken_back], MONDAY.timestamp()).contributions == ()


_MADE: tuple[datetime, Data] = (MONDAY, PromiseMade(promise_id="p", what="call back", due=MONDAY + HOUR))


@pytest.mark.parametrize(
    ("story", "hours", "state"),
    [
        ([], 0.5, "open"),
        ([], 2, "overdue"),
        ([(MONDAY + 0.5 * HOUR, PromiseKept(promise_id="p"))], 2, "kept"),
        ([(MONDAY + 1.5 * HOUR, PromiseKept(promise_id="p"))], 2, "kept_late"),
        ([(MONDAY + 1.5 * HOUR, PromiseBroken(promise_id="p"))], 2, "broken"),
        ([(MONDAY + 0.5 * HOUR, PromiseReleased(promise_id="p"))], 2, "released"),
        (
            [(MONDAY + HOUR, PromiseRenegotiated(promise_id="p", due=MONDAY + 3 * HOUR, agreed=True))],
            2,
            "renegotiated",
        ),
        (
            [(MONDAY + HOUR, PromiseRenegotiated(promise_id="p", due=MONDAY + 3 * HOUR, agreed=False))],
            2,
            "overdue",
        ),
        (
            [(MONDAY + HOUR, PromiseRenegotiated(promise_id="p", due=MONDAY + 3 * HOUR, agreed=True))],
            4,
            "overdue",
        ),
    ],
)
def test_a_promise_stands_where_its_events_and_the_hour_put_it(
    story: list[tuple[datetime, Data]], hours: float, state: str
) -> None:
    """Open until its due, which counts as renegotiated only where it was agreed; then what was said first."""
    at = (MONDAY + hours * HOUR).timestamp()
    events = [event for event in told(_MADE, *story) if event.at <= at]
    assert state_of(fold(events, PLAIN).matters[Promise, "p"], at) == state
