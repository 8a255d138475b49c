"""What the study sees of simulated lives: the truth, undisturbed, and readings by the project's own fold."""

from datetime import timedelta

import numpy as np
import pytest

from projections.whole import open_tangles
from services.simulator import World
from tests.study.delays import live
from tests.study.ladder import overhear, rungs
from tests.study.lives import SHIPPED, START, play, readings
from tests.study.measures import spearman
from tests.unit.histories import SAME, reading_of

CUSTOMERS, DAYS, SEED = 60, 75, 7


def _silent(day: int) -> None:
    """Nobody wants to hear how far it is."""


def test_overhearing_feelings_changes_none() -> None:
    """The world lives on as it would, and whoever knew all of it would rank nearly as the truth does."""
    felt = overhear(SEED, _silent, customers=CUSTOMERS, days=DAYS)
    world = World(customers=CUSTOMERS, seed=SEED, start=START)
    for _ in world.advance(START + timedelta(days=DAYS)):
        pass
    assert list(felt.bonds) == [bond for _, bond in world.bonds()]
    everything, average, *_ = rungs(felt).values()
    assert spearman(everything, felt.bonds) > max(0.9, spearman(average, felt.bonds))


def test_readings_are_those_of_the_fold_at_the_end_and_of_the_journal_day_by_day() -> None:
    """Two ways to the same reading of all but the knotted, whose knots the days of the second leave out."""
    lives = play(SEED, _silent, customers=CUSTOMERS, days=DAYS)
    read = readings(lives)
    knotted = np.array([bool(open_tangles(one, SHIPPED, lives.at)) for one in lives.histories])
    for history, health, tied in zip(lives.histories, read.health, knotted, strict=True):
        plain = reading_of(history, SHIPPED, lives.at).health
        assert (abs(health - plain) > SAME) if tied else (abs(health - plain) <= SAME)
    daily = live(SEED, _silent, customers=CUSTOMERS, days=DAYS)
    last = np.array([one.lines["health"][-1] for one in daily])
    in_touch = np.array(
        [any(e.type.startswith("egard.contact.") for e in history) for history in lives.histories]
    )
    assert last[~knotted[in_touch]] == pytest.approx(read.health[in_touch & ~knotted], abs=1e-9)
    assert 0 < knotted.sum() < len(knotted)


def test_a_bad_patch_begins_and_ends() -> None:
    """In half a year some files go astray, and most customers are in no patch at a time."""
    world = World(customers=CUSTOMERS, seed=SEED, start=START)
    seen = []
    for day in range(90):
        for _ in world.advance(START + timedelta(days=day + 1)):
            pass
        seen.append([world.in_bad_patch(customer) for customer in world.customers])
    patches = np.array(seen)
    assert patches.any(axis=0).any()
    assert not patches[-1][patches.any(axis=0)].all()
    assert patches.mean() < 0.5
