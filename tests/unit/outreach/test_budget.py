"""Minutes of people are counted by the week; every customer has a floor; what is left undone has a price."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import ContactRetold, Data, Event, RecognitionRemembered, make
from projections.explanation import explain
from projections.outreach.budget import Loss, can_wait, expected_loss, room, week_of
from projections.outreach_rules import Budget
from projections.triggers.decision import fact_of
from projections.whole import read_unjudged
from tests.unit.histories import DAY, MONDAY, PROPERTY, SHIPPED, histories

PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600.0
BUDGET = Budget(minutes=100.0, floor_minutes=15.0)


def paris(*when: int) -> float:
    """An instant by the clock of the house."""
    return datetime(*when, tzinfo=PARIS).timestamp()  # type: ignore[misc, arg-type]


def loss(reason: Event, events: list[Event], at: float, measured: float | None = None) -> Loss:
    """What is expected to be lost without a prompt whose reason is an event."""
    return expected_loss("p", reason.subject, [fact_of("retold", reason)], events, SHIPPED, at, measured)


def story(*told: Data) -> list[Event]:
    """What a customer lived through, an hour apart."""
    return [
        make(data, subject="anna", source="crm", id=str(number), time=MONDAY + timedelta(hours=number))
        for number, data in enumerate(told)
    ]


NOW = (MONDAY + timedelta(days=1)).timestamp()


def test_a_week_is_from_monday_to_sunday_on_the_clock_of_the_house() -> None:
    """Sunday, half past eleven in Paris, is of one week, and midnight of the next, whatever UTC says."""
    first = week_of(paris(2026, 6, 7, 23, 30), SHIPPED)
    assert first == (paris(2026, 6, 1), paris(2026, 6, 8))
    assert week_of(paris(2026, 6, 8), SHIPPED)[0] == first[1]


def test_weeks_in_which_clocks_change_are_an_hour_shorter_or_longer() -> None:
    """In March a week has 167 hours, in October 169."""
    spring, autumn = week_of(paris(2026, 3, 25), SHIPPED), week_of(paris(2026, 10, 21), SHIPPED)
    assert [(end - begin) / HOUR for begin, end in (spring, autumn)] == [167, 169]


@PROPERTY
@given(at=st.floats(0, 2**32))
def test_every_instant_is_of_one_week(at: float) -> None:
    """A week holds the instant that it is asked for, and the next one begins where it ends."""
    begins, ends = week_of(at, SHIPPED)
    assert begins <= at < ends
    assert week_of(ends, SHIPPED)[0] == ends
    assert datetime.fromtimestamp(begins, PARIS).weekday() == 0


def test_there_is_room_until_the_minutes_of_the_week_are_used() -> None:
    """The last ten of a hundred minutes hold a prompt of ten, and not one of eleven."""
    assert room(10.0, 90.0, 60.0, BUDGET) == "week"
    assert room(11.0, 90.0, 60.0, BUDGET) is None


def test_who_had_less_than_the_floor_has_room_all_the_same() -> None:
    """A customer nobody had fifteen minutes for is not left out because others took the rest."""
    assert room(20.0, 100.0, 14.0, BUDGET) == "floor"
    assert room(20.0, 100.0, 15.0, BUDGET) is None


def test_what_keeps_until_monday_can_wait() -> None:
    """A reason that is fresh for seven days waits for the next week; one that is for a day does not."""
    [event] = story(ContactRetold(contact_id="1", reason="the bill"))
    _, ends = week_of(NOW, SHIPPED)
    assert can_wait(event.at, 7 * DAY, ends)
    assert not can_wait(event.at, DAY, ends)


def test_a_loss_that_was_measured_is_the_one_expected() -> None:
    """Where it is known what such prompts change, that is said; where they do harm, nothing is lost."""
    events = story(ContactRetold(contact_id="1", reason="the bill"))
    assert loss(events[0], events, NOW, measured=2.5).points == 2.5
    harm = loss(events[0], events, NOW, measured=-1.0)
    assert (harm.points, harm.source) == (0.0, "measured")


def test_else_it_is_what_the_reason_costs_as_surely_as_it_is_known() -> None:
    """The points that the explanation gives for the events a prompt names, times the reading's confidence."""
    events = story(
        RecognitionRemembered(what="the dog"), *[ContactRetold(contact_id="1", reason="the bill")] * 3
    )
    why = explain(events, SHIPPED, NOW)
    [line] = [one for one in why.contributions if one.about.events[-1].id == "3"]
    found = loss(events[3], events, NOW)
    assert found.source == "reason"
    assert found.points == pytest.approx(-line.points * why.reading.confidence)


def test_where_the_reason_costs_nothing_it_is_what_reaching_out_counts_for() -> None:
    """To thank somebody for their praise is worth what the strategy gives for an outreach."""
    events = story(RecognitionRemembered(what="the dog"))
    found = loss(events[0], events, NOW)
    assert found.source == "outreach"
    assert 0 < found.points < 100 - read_unjudged(events, SHIPPED, NOW).health


@PROPERTY
@given(events=histories(), data=st.data())
def test_no_loss_is_less_than_nothing_or_more_than_there_is(events: list[Event], data: st.DataObject) -> None:
    """Of any history and any reason, a loss is a number of points from 0 to 100."""
    reason = data.draw(st.sampled_from(events))
    at = max(event.at for event in events) + DAY
    found = loss(reason, events, at)
    assert 0.0 <= found.points <= 100.0
