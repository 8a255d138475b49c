"""The world as its callers see it: determinism, order, steps, and events that hold to the language."""

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

import events
from services.simulator import World
from tests.unit.simulator.lives import START, days_on, live


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Two worlds made alike publish the same events, byte for byte."""
    assert [event.body for event in live(60, 30)] == [event.body for event in live(60, 30)]


def test_another_seed_gives_another_life() -> None:
    """The seed decides who the customers are and what happens, and not only how it is labelled."""
    first, second = World(60, 1, START), World(60, 2, START)
    assert all(first.truth(customer) != second.truth(customer) for customer in first.customers)
    assert [e.time for e in first.advance(days_on(30))] != [e.time for e in second.advance(days_on(30))]


def test_events_come_in_time_order_and_within_the_time_asked_for() -> None:
    """Nothing is earlier than what came before it, than the start, or later than `until`."""
    times = [event.time for event in live(100, 40)]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[0] >= START
    assert times[-1] <= days_on(40)


def test_every_event_decodes_to_itself() -> None:
    """What the simulator publishes, a reader of the bytes finds, and nothing is refused."""
    for event in live(150, 60):
        assert events.decode(event.body, arrived=event.time) == event


def test_ids_are_unique_within_a_source() -> None:
    """No two events share an identity, whatever their subject."""
    published = live(150, 60)
    assert len({(event.source, event.id) for event in published}) == len(published)


def test_small_steps_give_the_same_events_as_one_large_step() -> None:
    """How often somebody looks, and asks for the truth, does not change what happens."""
    world, rng, instant = World(60, 7, START), Random(1), START
    stepped: list[events.Event] = []
    while instant < days_on(30):
        instant = min(instant + timedelta(hours=rng.expovariate(0.2)), days_on(30))
        stepped += world.advance(instant)
        assert all(event.time <= instant for event in stepped[-5:])
        assert world.now == instant
        dict(world.bonds())
    assert [event.body for event in stepped] == [event.body for event in live(60, 30)]


def test_a_caller_who_stops_early_finds_the_rest_later() -> None:
    """An iteration that is abandoned loses nothing."""
    world = World(60, 7, START)
    first = [event for event, _ in zip(world.advance(days_on(30)), range(100), strict=False)]
    rest = list(world.advance(days_on(30)))
    # zip takes one more event than it yields.
    whole = live(60, 30)
    assert [event.body for event in first] == [event.body for event in whole[:100]]
    assert [event.body for event in rest] == [event.body for event in whole[101:]]


def test_going_back_in_time_yields_nothing() -> None:
    """A world that has been advanced does not repeat itself, nor give what is later than asked for."""
    world = World(60, 7, START)
    for _ in range(200):
        assert next(world.advance(days_on(10)))
        assert list(world.advance(START)) == []
    assert list(world.advance(days_on(10)))
    assert list(world.advance(days_on(5))) == []
    assert world.now == days_on(10)


def test_most_of_the_language_is_spoken() -> None:
    """A few months bring events of nearly every family, and every one is of a type the language knows."""
    kinds = {event.type for event in live(400, 120)}
    assert kinds <= set(events.TYPES)
    assert len(kinds) >= 45
    assert {kind.split(".")[1] for kind in kinds} >= {
        *("contact", "promise", "recognition", "fact", "friction", "request", "complaint", "feedback"),
        *("praise", "suggestion", "perception", "judgement", "gesture", "latitude", "service", "customer"),
        *("exchange", "solicitation", "preference", "consent", "team", "event", "record"),
    }


def test_what_systems_cannot_know_is_sometimes_missing() -> None:
    """Some answers have no attempt before them, and some no wait."""
    published = live(200, 60)
    attempted = {e.data.contact_id for e in published if isinstance(e.data, events.ContactAttempted)}
    answers = [e.data for e in published if isinstance(e.data, events.ContactAnswered)]
    unannounced = sum(answer.contact_id not in attempted for answer in answers) / len(answers)
    assert 0.05 < unannounced < 0.25
    assert {answer.waited_s is None for answer in answers if answer.channel == "phone"} == {True, False}


def test_the_rate_of_events_is_the_documented_one() -> None:
    """A customer has between 0.35 and 0.6 events a day on average."""
    assert 0.35 < len(live(500, 60)) / (500 * 60) < 0.6


def test_nobody_answers_on_a_holiday() -> None:
    """On 1 May no person takes a call, whoever tries."""
    published = live(400, 118)
    holiday = [e for e in published if e.time.date() == datetime(2026, 5, 1).date()]  # noqa: DTZ001
    answered = [e.data for e in holiday if isinstance(e.data, events.ContactAnswered)]
    assert any(isinstance(e.data, events.ContactMissed) for e in holiday)
    assert all(data.by == "machine" for data in answered)


def test_a_world_without_customers_or_offset_is_refused() -> None:
    """Mistaken arguments are named at once, not at the first event."""
    with pytest.raises(ValueError, match="at least one customer"):
        World(0, 1, START)
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no offset"):
        World(1, 1, naive)
    with pytest.raises(ValueError, match="no offset"):
        World(1, 1, START).advance(naive)


def test_the_truth_about_a_stranger_is_not_made_up() -> None:
    """Asking for somebody who is not of this world is an error."""
    with pytest.raises(KeyError):
        World(3, 1, START).truth("c-000004")
