"""Customers differ, and what they do follows from how they feel."""

from statistics import correlation, mean, pstdev

import events
from services.simulator import World
from tests.unit.simulator.lives import START, count, days_on, live


def test_needs_are_heavy_tailed() -> None:
    """A tenth of the customers makes more than a quarter of the contacts, and some make none."""
    attempts = count(live(400, 60), "contact.attempted")
    busiest = sorted(attempts.values(), reverse=True)[:40]
    assert sum(busiest) > 0.25 * attempts.total()
    assert sum(subject.startswith("c-") for subject in attempts) < 400


def test_bonds_differ_between_customers_and_move_within_each() -> None:
    """Neither is everybody the same, nor does anybody stay the same."""
    world = World(200, 7, START)
    before = dict(world.bonds())
    for _ in world.advance(days_on(60)):
        pass
    after = dict(world.bonds())
    assert list(after) == list(world.customers)
    assert all(0 <= bond <= 100 for bond in after.values())
    assert pstdev(after.values()) > 8
    assert mean(abs(after[customer] - before[customer]) for customer in after) > 4


def test_the_unhappy_complain_more() -> None:
    """Of those who feel worst, more complain over the next two months than of those who feel best."""
    world = World(900, 7, START)
    for _ in world.advance(days_on(30)):
        pass
    ranked = sorted(world.customers, key=world.truth)
    complaints = count(world.advance(days_on(90)), "complaint.raised")
    worst, best = (sum(complaints[c] for c in group) for group in (ranked[:300], ranked[-300:]))
    assert worst > 1.5 * best


def test_what_is_stated_follows_the_bond_loosely() -> None:
    """A perception stated is about the bond at that instant, and is not the bond."""
    world = World(300, 7, START)
    stated, true = [], []
    for event in world.advance(days_on(60)):
        if isinstance(event.data, events.PerceptionStated):
            stated.append(event.data.health)
            true.append(world.truth(event.subject))
    assert 0.5 < correlation(stated, true) < 0.97


def test_kept_promises_go_with_a_better_bond_than_missed_calls() -> None:
    """Whom we mostly kept our word to feels better than whom we mostly did not answer."""
    world = World(900, 3, START)
    published = list(world.advance(days_on(90)))
    kept, missed = count(published, "promise.kept"), count(published, "contact.missed")
    served = [world.truth(c) for c in world.customers if kept[c] > missed[c]]
    failed = [world.truth(c) for c in world.customers if missed[c] > kept[c]]
    assert mean(served) > mean(failed) + 3


def test_whoever_has_cancelled_needs_nothing_more() -> None:
    """After a cancellation the customer does not get in touch again."""
    gone: set[str] = set()
    for event in live(900, 120):
        assert not (event.type == "egard.contact.attempted" and event.subject in gone)
        if event.type == "egard.exchange.cancelled":
            gone.add(event.subject)
    assert gone
