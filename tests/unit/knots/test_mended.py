"""What an explanation proposes is what reading the whole history again, with that done, would give."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from msgspec.structs import replace

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    Data,
    Event,
    LatitudeUsed,
    OutreachMade,
    OutreachReacted,
    PerceptionStated,
    PraiseGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    make,
)
from projections.explanation import WORTH_SAYING, explain, state_of
from projections.fold import fold_person
from projections.knot_rules import KnotRules
from projections.knots import RECENT, find_knots
from projections.matters import Complaint, Contact, Promise
from projections.strategy import Strategy
from projections.whole import read_unjudged
from tests.unit.histories import DAY, MONDAY, SAME, SHIPPED, SPAN, START, told
from tests.unit.lives import life

HOUR = timedelta(hours=1)
_SETTLED = ("answered", "returned", "kept", "kept_late", "broken", "released", "accepted")


def _person(draw: Random, count: int, matters: int) -> list[Event]:
    """A life under two ids, in which the customer states things and is reached out to."""
    events = [
        replace(event, subject=draw.choice(["anna", "anna", "visitor:7"]))
        for event in life(draw, count, matters=matters)
    ]
    for number in range(draw.randrange(8)):
        data = draw.choice(
            [
                PerceptionStated(health=draw.choice([0, 50, 100])),
                OutreachMade(prompt_id=str(number)),
                OutreachMade(prompt_id=str(number)),
                OutreachReacted(prompt_id=str(number), reaction=draw.choice(["none", "welcome"])),
                LatitudeUsed(agent_id="lea"),
            ]
        )
        events.append(
            make(
                data,
                subject="anna",
                source="z",
                id=str(number),
                time=START + draw.random() * SPAN,
            )
        )
    return events


def _mendings(events: list[Event], at: float) -> Iterator[tuple[str, Data]]:
    """What could be done at an instant, and for which id."""
    for subject, state in fold_person(
        (event for event in events if event.at <= at), SHIPPED
    ).by_subject.items():
        for (kind, name), matter in state.matters.items():
            if state_of(matter, at) in _SETTLED:
                continue
            if kind is Contact:
                yield subject, ContactReturned(contact_id=name, reached=True)
            elif kind is Promise:
                yield subject, PromiseKept(promise_id=name)
            elif kind is Complaint:
                yield subject, ComplaintSettled(complaint_id=name, accepted=True)


def _plainly(events: list[Event], at: float, strategy: Strategy = SHIPPED) -> dict[tuple[str, Data], float]:
    """How much each would raise health, by reading all events anew with it."""
    before = read_unjudged(events, strategy, at).health
    found = {}
    for subject, data in _mendings(events, at):
        done = make(data, subject=subject, source=chr(0x10FFFF), id="z", time=datetime.fromtimestamp(at, UTC))
        found[subject, data] = read_unjudged([*events, done], strategy, at).health - before
    return {key: points for key, points in found.items() if points >= WORTH_SAYING}


def _proposed(events: list[Event], at: float, strategy: Strategy = SHIPPED) -> dict[tuple[str, Data], float]:
    remedies = explain(events, strategy, at).remedies
    return {(remedy.about.events[0].subject, remedy.data): remedy.points for remedy in remedies}


def _close(one: dict[tuple[str, Data], float], other: dict[tuple[str, Data], float]) -> bool:
    return one.keys() == other.keys() and all(abs(one[key] - other[key]) <= SAME for key in one)


def test_proposals_are_those_of_reading_everything_again() -> None:
    """Given 400 random lives, each proposal is worth what the plain way finds, and none is missed.

    They are read long after their last event, soon after it, at the very instant of an event, and at the
    instant at which a promise or an attempt turns into a broken or an unanswered one.
    """
    draw, untied = Random(5), 0
    rules = SHIPPED.knots
    assert rules.broken_word is not None
    assert rules.deaf_ear is not None
    for _ in range(400):
        events = _person(draw, draw.randint(10, 60), draw.randint(2, 8))
        after = draw.choice([0.0, 60.0, DAY, rules.broken_word.late, rules.deaf_ear.patience])
        dues = [event.data.due.timestamp() for event in events if isinstance(event.data, PromiseMade)]
        at = draw.choice([max(event.at for event in events), draw.choice(events).at, *dues]) + after
        found = _proposed(events, at)
        assert _close(found, _plainly(events, at))
        untied += bool(found) and any(knot.open for knot in find_knots(events, SHIPPED, at))
    assert untied


def test_what_pushes_the_first_event_out_of_sight_may_untie_what_it_tied() -> None:
    """Of a story as long as patterns look back, the first event ties a knot: anything done then unties it."""
    events = told(
        (MONDAY, ContactRetold(contact_id="1", reason="the bill")),
        (MONDAY + HOUR, ContactRetold(contact_id="2", reason="the bill")),
        *[(MONDAY + 2 * HOUR, PraiseGiven())] * (RECENT - 3),
        (MONDAY + 3 * HOUR, ComplaintRaised(complaint_id="1")),
    )
    at = (MONDAY + 4 * HOUR).timestamp()
    assert _close(_proposed(events, at), _plainly(events, at))


def test_what_is_made_good_elsewhere_changes_what_a_knot_weighs() -> None:
    """A knot cites contacts that nobody answered; a call back about another makes such breaches rarer."""
    strategy = replace(SHIPPED, knots=KnotRules(misunderstanding=SHIPPED.knots.misunderstanding))
    events = told(
        *(
            event
            for n in range(5)
            for event in (
                (MONDAY + n * HOUR, ContactClosed(contact_id=f"closed {n}", resolved=True, case_id="k")),
                (MONDAY + n * HOUR, ContactAttempted(contact_id=str(n), channel="phone", case_id="k")),
                (MONDAY + n * HOUR, ContactMissed(contact_id=str(n), cause="rang_out")),
            )
        ),
        (MONDAY + 5 * HOUR, ContactMissed(contact_id="another", cause="rang_out")),
    )
    at = (MONDAY + 5 * HOUR).timestamp() + 60.0
    found = _proposed(events, at, strategy)
    assert ("anna", ContactReturned(contact_id="another", reached=True)) in found
    assert _close(found, _plainly(events, at, strategy))


def test_what_happens_at_the_instant_of_mending_comes_after_it_where_its_rank_says_so() -> None:
    """Two promises kept make a broken word good again, and one broken at that instant is the first anew."""
    rule = SHIPPED.knots.broken_word
    assert rule is not None
    strategy = replace(SHIPPED, knots=KnotRules(broken_word=replace(rule, weight=50.0)))
    broken = [MONDAY - 5 * HOUR, MONDAY - 4 * HOUR, MONDAY]
    events = told(
        *((when - HOUR, PromiseMade(promise_id=str(when), what="call", due=when)) for when in broken),
        *((when, PromiseBroken(promise_id=str(when))) for when in broken),
        (MONDAY - 3 * HOUR, PromiseMade(promise_id="kept", what="call", due=MONDAY)),
        (MONDAY - 2 * HOUR, PromiseKept(promise_id="kept")),
        (MONDAY - HOUR, PromiseMade(promise_id="open", what="call", due=MONDAY + HOUR)),
    )
    found = _proposed(events, MONDAY.timestamp(), strategy)
    assert found[("anna", PromiseKept(promise_id="open"))] > 1
    assert _close(found, _plainly(events, MONDAY.timestamp(), strategy))
