"""Part 3, the comparison: does health rank customers as their hidden bond does?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tests.study.lives import Lives, Readings, readings, rivals
from tests.study.measures import Floats, Interval, over_seeds, spearman

COVERAGES = (1.0, 0.8, 0.6)
HEALTH = "health"


class Covered(NamedTuple):
    """One coverage: the confidence floor that gives it, and how well each measure ranks above it."""

    coverage: float
    floor: Interval
    ranked: dict[str, Interval]
    ahead: dict[str, Interval]
    """How much health is ahead of each of the others, over the same seeds."""


def known_best(confidence: Floats, coverage: float) -> np.ndarray:
    """Who is above the floor that covers such a share."""
    return np.asarray(confidence >= np.quantile(confidence, 1 - coverage))


def compare(worlds: Sequence[Lives]) -> list[Covered]:
    """Spearman's correlation with the truth at each coverage, over the worlds."""
    read = [readings(lives) for lives in worlds]
    others = [rivals(lives) for lives in worlds]
    return [_covered(worlds, read, others, coverage) for coverage in COVERAGES]


def _covered(
    worlds: Sequence[Lives], read: Sequence[Readings], others: Sequence[dict[str, Floats]], coverage: float
) -> Covered:
    floors, found = [], []
    for lives, reading, other in zip(worlds, read, others, strict=True):
        inside = known_best(reading.confidence, coverage)
        floors.append(float(reading.confidence[inside].min()))
        ranked = {name: spearman(values[inside], lives.bonds[inside]) for name, values in other.items()}
        # Whether many contacts are a good sign is not known beforehand: the way that serves it better.
        ranked = {name: abs(value) if "frequency" in name else value for name, value in ranked.items()}
        found.append({HEALTH: spearman(reading.health[inside], lives.bonds[inside]), **ranked})
    names = [name for name in found[0] if name != HEALTH]
    return Covered(
        coverage=coverage,
        floor=over_seeds(floors),
        ranked={name: over_seeds([one[name] for one in found]) for name in (HEALTH, *names)},
        ahead={name: over_seeds([one[HEALTH] - one[name] for one in found]) for name in names},
    )
