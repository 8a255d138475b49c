"""Faults and load follow from the seed, and from nothing else."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from tests.chaos.plan import Batch, batches
from tests.chaos.schedule import LINKS, SERVICES, Fault, schedule

BEGAN = datetime(2026, 11, 25, 9, tzinfo=UTC)


def some(seed: int, began: datetime = BEGAN) -> list[Batch]:
    """The first batches of a load."""
    return list(islice(batches(seed, began, 200), 400))


def test_one_seed_is_one_schedule_and_another_seed_another() -> None:
    """The same seed gives the same faults at the same times; the next gives others."""
    assert schedule(7, 300) == schedule(7, 300)
    assert schedule(7, 300) != schedule(8, 300)


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_struck_twice_at_once_and_all_is_over_before_the_end(seed: int) -> None:
    """Of one target, a fault begins when the one before is over; the last one is over when the run is."""
    faults = schedule(seed, 120)
    by_target: dict[str, list[Fault]] = {}
    for fault in faults:
        by_target.setdefault(fault.target, []).append(fault)
    for of_one in by_target.values():
        assert all(one.at + one.lasts < other.at for one, other in pairwise(of_one))
    assert max(fault.at + fault.lasts for fault in faults) < 120


def test_in_twenty_minutes_everything_happens_to_everybody() -> None:
    """Every process is killed, frozen and restarted, and every connection meets with everything."""
    struck = {(fault.target, fault.kind) for fault in schedule(7, 1200)}
    processes = {(name, kind) for name in SERVICES for kind in ("killed", "frozen", "restarted")}
    connections = {
        (target, f"{link} {way}")
        for target, links in LINKS.items()
        for link in links
        for way in ("cut", "stalled", "swallowed", "unanswered")
    }
    servers = {(name, kind) for name in ("broker", "database") for kind in ("killed", "frozen", "restarted")}
    assert struck == {*processes, *connections, *servers, ("database", "child killed")}


def test_one_seed_is_one_load_and_another_seed_another() -> None:
    """The same seed and beginning give the same events, byte for byte; another seed gives others."""
    assert some(7) == some(7)
    assert [one.events for one in some(7)] != [one.events for one in some(8)]


def test_another_beginning_only_moves_the_times() -> None:
    """A run that begins a minute later has the same events, a minute later."""
    later = some(7, BEGAN + timedelta(minutes=1))
    for one, other in zip(some(7), later, strict=True):
        assert [(event.subject, event.id, event.type) for event in one.events] == [
            (event.subject, event.id, event.type) for event in other.events
        ]
        for event, moved in zip(one.events, other.events, strict=True):
            assert moved.time - event.time == timedelta(minutes=1)


def test_no_event_is_of_the_future_when_it_is_sent() -> None:
    """Events are told when they happen, or later."""
    for batch in some(7):
        sent = BEGAN + timedelta(seconds=batch.at)
        assert all(event.time <= sent + timedelta(seconds=1) for event in batch.events)
