"""Part 1, the comparison: does low health go with a bad rating, and better than raw days to the answer?"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from tests.study.complaints import Complaint
from tests.study.measures import Floats, Interval, Pairs, Values, bootstrap, cluster_weights, mean_rank

DEVELOPMENT = (date(2014, 5, 1), date(2014, 7, 31))
EVALUATION = (date(2014, 8, 1), date(2014, 11, 30))

SAMPLES = 2000
SEED = 20141130
GOAL = -0.01
"""The lower bound that the difference from raw days is to keep."""

HEALTH, AT_ANSWER, DAYS = (
    "low health, at the closing",
    "low health, when the answer came",
    "raw days to the answer",
)
SIDE = "low responsiveness, at the closing"
SIDE_AT_ANSWER = "low responsiveness, when the answer came"
COUNT, RECENCY = "the company's complaint count", "recency and frequency"


class Ranked(NamedTuple):
    """How well one measure ranks: over all pairs, and within company."""

    overall: Interval
    within: Interval


class Verdict(NamedTuple):
    """What came of one span of months."""

    filed: int
    rated: int
    bad: int
    companies: int
    pairs_within: int
    ranked: dict[str, Ranked]
    differences: dict[str, Ranked]
    """Of health, read at either instant, from raw days: on the same samples."""
    afterwards: dict[str, Ranked]
    """The same of one side of the reading alone: looked at when the rest was known."""
    fifths: list[tuple[float, float, int, Interval]]
    """From the lowest to the highest fifth of health: from, to, how many, and the share rated badly."""


def compare(complaints: Sequence[Complaint], bad: dict[str, bool], span: tuple[date, date]) -> Verdict:
    """The measures on complaints that were opened within some days, and rated."""
    filed = [one for one in complaints if span[0] <= one.opened <= span[1]]
    rated = [one for one in filed if one.id in bad]
    outcome = [bad[one.id] for one in rated]
    cluster = [one.company for one in rated]
    pairs = {name: Pairs.of(risk, outcome, cluster) for name, risk in _risks(rated).items()}
    sides = {name: Pairs.of(risk, outcome, cluster) for name, risk in _sides(rated).items()}
    weights = cluster_weights(pairs[DAYS].clusters, SAMPLES, SEED)
    return Verdict(
        filed=len(filed),
        rated=len(rated),
        bad=sum(outcome),
        companies=pairs[DAYS].clusters,
        pairs_within=pairs[DAYS].pairs_within,
        ranked={
            name: Ranked(bootstrap(one.overall, weights), bootstrap(one.within, weights))
            for name, one in pairs.items()
        },
        differences={name: _difference(pairs[name], pairs[DAYS], weights) for name in (HEALTH, AT_ANSWER)},
        afterwards={name: _difference(one, pairs[DAYS], weights) for name, one in sides.items()},
        fifths=_fifths(rated, outcome, weights),
    )


def _risks(rated: Sequence[Complaint]) -> dict[str, Values]:
    """Each measure as a risk: the higher, the worse is expected."""
    since = [(one.closed - one.opened).days for one in rated]
    times = [1 + one.went_before for one in rated]
    return {
        HEALTH: [-one.health for one in rated],
        AT_ANSWER: [-one.health_at_answer for one in rated],
        DAYS: [one.days for one in rated],
        COUNT: [one.earlier for one in rated],
        RECENCY: -mean_rank([-days for days in since], times),
    }


def _sides(rated: Sequence[Complaint]) -> dict[str, Values]:
    """One side of the reading, as a risk."""
    return {
        SIDE: [-one.responsiveness for one in rated],
        SIDE_AT_ANSWER: [-one.responsiveness_at_answer for one in rated],
    }


def _difference(one: Pairs, other: Pairs, weights: Floats) -> Ranked:
    def between(measure: Callable[[Pairs, Floats | None], float]) -> Interval:
        return bootstrap(lambda often: measure(one, often) - measure(other, often), weights)

    return Ranked(between(Pairs.overall), between(Pairs.within))


def _fifths(
    rated: Sequence[Complaint], outcome: Sequence[bool], weights: Floats
) -> list[tuple[float, float, int, Interval]]:
    health = np.array([one.health for one in rated])
    bad = np.array(outcome, dtype=float)
    _, company = np.unique([one.company for one in rated], return_inverse=True)
    edges = np.quantile(health, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    found = []
    for place in range(5):
        inside = (health >= edges[place]) & ((health < edges[place + 1]) | (place == 4))
        ill = np.bincount(company[inside], bad[inside], minlength=weights.shape[1]).astype(float)
        all_ = np.bincount(company[inside], minlength=weights.shape[1]).astype(float)

        def share(often: Floats | None, ill: Floats = ill, all_: Floats = all_) -> float:
            return float(ill.sum() / all_.sum()) if often is None else float(often @ ill / (often @ all_))

        found.append(
            (float(edges[place]), float(edges[place + 1]), int(inside.sum()), bootstrap(share, weights))
        )
    return found
