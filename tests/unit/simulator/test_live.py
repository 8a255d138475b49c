"""Live: life is quickened, and what a person does about a prompt changes things."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

import events
from services.simulator import ORDINARY, Pace, World
from tests.unit.simulator.lives import START, count, days_on

NIGHT = datetime(2026, 1, 8, 23, 30, tzinfo=UTC)


def quickened(customers: int = 150, seed: int = 7) -> World:
    """A world some days old that goes live in the middle of the night."""
    world = World(customers, seed, START)
    for _ in world.advance(NIGHT):
        pass
    world.quicken(NIGHT)
    return world


def overdue(published: list[events.Event], now: datetime) -> set[str]:
    """Promises to customers whose due has passed and of which nothing more was heard."""
    due: dict[str, datetime] = {}
    for event in published:
        match event.data:
            case events.PromiseMade(promise_id=name, due=when) if event.subject.startswith("c-"):
                due[name] = when
            case events.PromiseRenegotiated(promise_id=name, due=when, agreed=True):
                due[name] = when
            case (
                events.PromiseKept(promise_id=name)
                | events.PromiseReleased(promise_id=name)
                | events.PromiseBroken(promise_id=name)
            ):
                due.pop(name, None)
    return {name for name, when in due.items() if when < now}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_minutes_bring_overdue_promises_and_third_tellings(seed: int) -> None:
    """A spectator sees broken words and a reason told for the third time without waiting longer."""
    until = NIGHT + timedelta(minutes=2)
    published = list(quickened(seed=seed).advance(until))
    tellings = Counter(
        (e.subject, e.data.reason) for e in published if isinstance(e.data, events.ContactRetold)
    )
    assert len(overdue(published, until)) >= 3
    assert max(tellings.values()) >= 2  # the first telling is no retelling


def test_live_nothing_runs_ahead_and_people_answer_at_night() -> None:
    """Second by second, no event is later than the instant asked for; and somebody is there at midnight."""
    world, published = quickened(), []
    for second in range(1, 61):
        now = NIGHT + timedelta(seconds=second)
        for event in world.advance(now):
            assert now - timedelta(seconds=1, milliseconds=1) <= event.time <= now
            published.append(event)
    assert len(published) > 60
    assert any(isinstance(e.data, events.ContactAnswered) and e.data.by == "human" for e in published)
    assert set(count(published, "team.shift_started").values()) == {1}


def test_live_promises_fall_due_within_a_minute() -> None:
    """A promise to a customer is due 15 to 60 seconds after it is made."""
    published = list(quickened().advance(NIGHT + timedelta(minutes=3)))
    spans = [
        (e.data.due - e.time).total_seconds()
        for e in published
        if isinstance(e.data, events.PromiseMade) and e.subject.startswith("c-")
    ]
    assert len(spans) > 10
    assert all(14.99 <= span <= 60.01 for span in spans)


def test_live_some_bonds_fall_far() -> None:
    """Bad patches show: within three minutes several customers lose twenty points or more."""
    world = quickened()
    before = dict(world.bonds())
    for _ in world.advance(NIGHT + timedelta(minutes=3)):
        pass
    assert sum(before[customer] - bond > 20 for customer, bond in world.bonds()) >= 3


def test_the_pace_is_adjustable_and_can_be_undone() -> None:
    """Ten happenings a second bring far more than one; the ordinary pace brings hardly anything."""
    counts = []
    for pace in (ORDINARY, Pace(happenings_per_s=1, live=True), Pace(happenings_per_s=10, live=True)):
        world = quickened()
        world.quicken(NIGHT, pace)
        counts.append(sum(1 for _ in world.advance(NIGHT + timedelta(minutes=1))))
    assert counts[0] < 0.5 * counts[1] < 0.2 * counts[2]


def test_outreach_is_reacted_to_within_seconds_and_once() -> None:
    """A handled prompt leads to one reaction, after it and soon, however often the world is told."""
    world = quickened()
    at = NIGHT + timedelta(seconds=30)
    for _ in range(2):
        world.notice_outreach("c-000005", "prompt-1", at)
    published = list(world.advance(NIGHT + timedelta(minutes=2)))
    reactions = [e for e in published if isinstance(e.data, events.OutreachReacted)]
    assert [e.subject for e in reactions] == ["c-000005"]
    assert at < reactions[0].time <= at + timedelta(seconds=10)


def test_a_prompt_about_somebody_else_finds_nobody_to_react() -> None:
    """Agents and visitors may be prompted about too; they are no customers of this world."""
    world = quickened()
    world.notice_outreach("agent:a-001", "prompt-1", NIGHT)
    published = list(world.advance(NIGHT + timedelta(seconds=30)))
    assert not any(isinstance(event.data, events.OutreachReacted) for event in published)


def test_an_overdue_promise_is_mostly_kept_once_somebody_is_prompted() -> None:
    """Of two like worlds, the one whose customers are reached out to has fewer words left unkept."""
    until = NIGHT + timedelta(minutes=3)
    left, right = quickened(), quickened()
    early = list(left.advance(NIGHT + timedelta(minutes=2)))
    list(right.advance(NIGHT + timedelta(minutes=2)))
    late = overdue(early, left.now)
    for name in late:
        right.notice_outreach(f"c-{name.split('-')[1]}", f"prompt-{name}", right.now)
    kept_without = {e.data.promise_id for e in left.advance(until) if isinstance(e.data, events.PromiseKept)}
    kept_with = {e.data.promise_id for e in right.advance(until) if isinstance(e.data, events.PromiseKept)}
    assert len(late & kept_with) > len(late) / 2 > len(late & kept_without)


def test_outreach_raises_the_bond_of_whom_it_reaches_and_of_nobody_else() -> None:
    """With and without a prompt, all other customers' lives are the same to the last digit."""
    until = days_on(12)
    untouched, prompted = World(200, 7, START), World(200, 7, START)
    reached = set(untouched.customers[:100])
    for customer in reached:
        prompted.notice_outreach(customer, f"prompt-{customer}", days_on(10))
    for world in (untouched, prompted):
        for _ in world.advance(until):
            pass
    before, after = dict(untouched.bonds()), dict(prompted.bonds())
    assert all(before[c] == after[c] for c in before if c not in reached)
    gains = [after[c] - before[c] for c in reached]
    assert sum(gain > 0 for gain in gains) > 65
    assert sum(gains) / len(gains) > 1.5
