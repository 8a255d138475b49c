"""Surprises: by lot, rare, and never while the basics are wanting."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactTransferred,
    Data,
    Event,
    ExchangePurchased,
    FeedbackGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    RecognitionRemembered,
    make,
)
from projections.causes import Cause, Named, causes_of_events, surprises
from projections.lot import drawn
from projections.strategy import Strategy
from projections.triggers import Due, Known, decide
from tests.unit.histories import SHIPPED

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
CHANCE = 0.01


def told(data: Data, hours: float, name: str) -> Event:
    """Something that Anna did, or that was done for her, some hours ago."""
    return make(data, subject="anna", source="/test", id=name, time=NOW - timedelta(hours=hours))


def lucky(data: Data = ExchangePurchased()) -> Event:  # noqa: B008 - it is frozen
    """An event that the lot falls on."""
    some = (told(data, 1, f"visit-{number}") for number in range(10_000))
    return next(event for event in some if surprises(event, CHANCE, SHIPPED.outreach.salt))


GOOD = [
    told(ContactAnswered(contact_id="c", by="human", waited_s=5), 200, "answered"),
    told(RecognitionRemembered(what="her dog"), 199, "dog"),
    told(RecognitionRemembered(what="her son"), 198, "son"),
]


def prompted(event: Event, *others: Event, strategy: Strategy = SHIPPED) -> bool:
    """Whether an event prompts a surprise, others being known too."""
    cause = Cause("anna", "surprise", event.identity.hex(), event.time, event.source, event.id, None)
    return isinstance(decide(cause, Known([*GOOD, event, *others], strategy), strategy, NOW), Due)


@pytest.mark.parametrize(
    "data", [ExchangePurchased(), ContactAnswered(contact_id="d", by="human", waited_s=5)]
)
def test_an_event_that_the_lot_falls_on_prompts(data: Data) -> None:
    """In a good relationship, where nothing is owed."""
    assert prompted(lucky(data))


def test_one_that_the_lot_does_not_fall_on_prompts_nobody() -> None:
    """However good the relationship, most visits are just visits."""
    some = (told(ExchangePurchased(), 1, f"visit-{number}") for number in range(99))
    other = next(one for one in some if not surprises(one, CHANCE, SHIPPED.outreach.salt))
    assert not prompted(other)


@pytest.mark.parametrize(
    "owed",
    [
        [PromiseMade(promise_id="p", what="a call", due=NOW - timedelta(hours=1))],
        [PromiseMade(promise_id="p", what="a call", due=NOW), PromiseBroken(promise_id="p")],
        [ComplaintRaised(complaint_id="k")],
        [ComplaintRaised(complaint_id="k"), ComplaintSettled(complaint_id="k", accepted=False)],
        [ContactTransferred(contact_id="c", case_id="7")] * 3,
    ],
    ids=["overdue", "broken", "complaint", "refused", "knot"],
)
def test_while_the_basics_are_wanting_nobody_is_surprised(owed: list[Data]) -> None:
    """A gesture does not replace a promise that was to be kept, or a complaint that was to be heard."""
    events = [told(data, 3 - number / 10, f"owed-{number}") for number, data in enumerate(owed)]
    event = lucky()
    assert not prompted(event, *events)


@pytest.mark.parametrize(
    "mended",
    [
        [
            PromiseMade(promise_id="p", what="a call", due=NOW - timedelta(hours=1)),
            PromiseKept(promise_id="p"),
        ],
        [PromiseBroken(promise_id="p"), PromiseKept(promise_id="q")],
        [ComplaintRaised(complaint_id="k"), ComplaintSettled(complaint_id="k", accepted=True)],
        [PromiseMade(promise_id="p", what="a day off", due=NOW - timedelta(hours=1), to="agent")],
    ],
    ids=["kept", "another kept since", "accepted", "to an agent"],
)
def test_when_they_are_mended_it_may_be(mended: list[Data]) -> None:
    """What was made good stands in the way of nothing."""
    events = [told(data, 50 - number / 10, f"mended-{number}") for number, data in enumerate(mended)]
    more = [told(RecognitionRemembered(what="tea"), 40, f"tea-{number}") for number in range(3)]
    assert prompted(lucky(), *events, *more)


def test_a_relationship_that_is_none_too_good_has_other_wants() -> None:
    """Surprises are for the bands that the strategy names."""
    rated = [told(FeedbackGiven(score=0), 20, f"f{number}") for number in range(6)]
    assert not prompted(lucky(), *rated)


def test_the_lot_is_rare_and_the_same_every_time() -> None:
    """About one in a hundred is drawn; drawn again it is the same, and with another salt another one."""
    names = [f"event-{number}" for number in range(20_000)]
    first = {name for name in names if drawn(CHANCE, "egard", name)}
    assert 150 <= len(first) <= 250
    assert first == {name for name in names if drawn(CHANCE, "egard", name)}
    assert len(first & {name for name in names if drawn(CHANCE, "other", name)}) < 20
    assert first <= {name for name in names if drawn(2 * CHANCE, "egard", name)}


def test_for_what_is_long_over_no_lot_is_drawn() -> None:
    """A backfill of purchases raises nothing, whatever the lot would say."""
    event, named = lucky(), Named(SHIPPED)
    assert [one.trigger for one in causes_of_events([(event, None)], named, NOW.timestamp())] == ["surprise"]
    assert causes_of_events([(event, None)], named, NOW.timestamp() + 10 * 86_400) == []


def test_without_the_trigger_nothing_is_looked_for() -> None:
    """A strategy that has no trigger names no kind of event, and no band."""
    triggers = replace(SHIPPED.triggers, **dict.fromkeys(name for name, _ in SHIPPED.triggers.there()))
    named = Named(replace(SHIPPED, triggers=triggers))
    assert not (named.kinds | named.tying | named.first | named.bands)
