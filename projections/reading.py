"""A reading: a relationship at an instant, and the contributions that explain it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from projections.evidence import Evidence, Signal, decayed
from projections.strategy import BREACHES, DIMENSIONS, Band, Breach, Dimension, Strategy


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How healthy a relationship is at an instant. Scales run from 0 to 100, confidence from 0 to 1."""

    health: float
    recognition: float
    responsiveness: float
    confidence: float
    trend: float
    """The mood's health minus the bond's: above 0, things have been better lately than before."""
    band: Band


class _Weighed(NamedTuple):
    positive: float
    negative: float


def read(sums: Sequence[float], strategy: Strategy, at: float) -> Reading:
    """The reading at an instant (seconds since the Unix epoch) of sums that hold the open matters too.

    Per dimension, with decayed evidence p and n and a prior (a, b): score = 100·(a + p)/(a + b + p + n) and
    confidence = (p + n)/(a + b + p + n); negative evidence of breaches is scaled by how often they recur.
    Health and confidence are means of the two dimensions, weighted as the strategy says.
    """
    bond = _weigh(decayed(sums, strategy, "bond", at), strategy)
    mood = _weigh(decayed(sums, strategy, "mood", at), strategy)
    scores = {name: _score(bond[name], strategy, name) for name in DIMENSIONS}
    health = _mean(scores, strategy)
    confidence = _mean({name: _confidence(bond[name], strategy, name) for name in DIMENSIONS}, strategy)
    return Reading(
        health=health,
        recognition=scores["recognition"],
        responsiveness=scores["responsiveness"],
        confidence=confidence,
        trend=_mean({name: _score(mood[name], strategy, name) for name in DIMENSIONS}, strategy) - health,
        band=band_of(health, confidence, strategy),
    )


def band_of(health: float, confidence: float, strategy: Strategy) -> Band:
    """A memoryless function of the reading; under the confidence floor it is «unknown»."""
    if confidence < strategy.confidence_floor:
        return "unknown"
    if health >= strategy.bands.thriving:
        return "thriving"
    if health >= strategy.bands.steady:
        return "steady"
    return "drifting" if health >= strategy.bands.drifting else "strained"


def repetition(count: float, breach: Breach, strategy: Strategy) -> float:
    """What a breach costs the more for having happened before: max(1, decayed count)^exponent.

    With negative evidence in proportion to the count this makes the whole convex: at an exponent of 0.5 four
    breaches weigh as eight single ones.
    """
    return float(max(1.0, count) ** strategy.breaches[breach].exponent)


def _weigh(evidence: Evidence, strategy: Strategy) -> dict[Dimension, _Weighed]:
    negative = dict(evidence.negative)
    for breach, (amount, count) in evidence.breaches.items():
        negative[BREACHES[breach]] += amount * repetition(count, breach, strategy)
    # What is left of sums that were taken back can lie a rounding below nothing.
    return {
        name: _Weighed(max(0.0, evidence.positive[name]), max(0.0, negative[name])) for name in DIMENSIONS
    }


def _score(weighed: _Weighed, strategy: Strategy, dimension: Dimension) -> float:
    a, b = strategy.priors[dimension].a, strategy.priors[dimension].b
    return 100.0 * (a + weighed.positive) / (a + b + weighed.positive + weighed.negative)


def _confidence(weighed: _Weighed, strategy: Strategy, dimension: Dimension) -> float:
    known = weighed.positive + weighed.negative
    return known / (strategy.priors[dimension].a + strategy.priors[dimension].b + known)


def _mean(values: dict[Dimension, float], strategy: Strategy) -> float:
    total = sum(strategy.weights[name] for name in DIMENSIONS)
    return sum(values[name] * strategy.weights[name] for name in DIMENSIONS) / total


def prior_health(strategy: Strategy) -> float:
    """The health of a relationship of which nothing is known: what contributions are counted from."""
    return _mean({name: _score(_Weighed(0.0, 0.0), strategy, name) for name in DIMENSIONS}, strategy)


def contributions(signals: Iterable[Signal], strategy: Strategy, at: float) -> list[float]:
    """How many points of health each signal moves, from the prior; they sum to health − prior.

    With a dimension's share s of health and D = a + b + p + n, a signal with decayed evidence (pᵢ, nᵢ) moves
    100·s·(b·pᵢ − a·nᵢ) / ((a + b)·D): score − prior score is linear in the parts once D is known.
    """
    parts = []
    totals = {name: [0.0, 0.0] for name in DIMENSIONS}
    counts: dict[Breach, float] = dict.fromkeys(BREACHES, 0.0)
    for signal in signals:
        fade = 2.0 ** ((signal.at - at) / strategy.half_lives.bond)
        if signal.breach is not None:
            counts[signal.breach] += fade
        parts.append((signal, fade))
    weighed = []
    for signal, fade in parts:
        positive = signal.weight * (1.0 + signal.valence) / 2.0 * fade
        negative = signal.weight * (1.0 - signal.valence) / 2.0 * fade
        if signal.breach is not None:
            negative *= repetition(counts[signal.breach], signal.breach, strategy)
        totals[signal.dimension][0] += positive
        totals[signal.dimension][1] += negative
        weighed.append((signal.dimension, positive, negative))
    everything = sum(strategy.weights[name] for name in DIMENSIONS)
    result = []
    for dimension, positive, negative in weighed:
        a, b = strategy.priors[dimension].a, strategy.priors[dimension].b
        depth = a + b + totals[dimension][0] + totals[dimension][1]
        share = strategy.weights[dimension] / everything
        result.append(100.0 * share * (b * positive - a * negative) / ((a + b) * depth))
    return result
