"""A reading: a relationship at an instant, and the contributions that explain it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from projections.bands import Band
from projections.evidence import BREACH_AT, DIMENSION_AT, WIDTH, Signal, no_sums
from projections.strategy import BREACHES, DIMENSIONS, Breach, Dimension, Strategy


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How healthy a relationship is at an instant. Scales run from 0 to 100, confidence from 0 to 1.

    The band is that of the numbers, unless an agent's judgement sets it (`projections.judgement`).
    """

    health: float
    recognition: float
    responsiveness: float
    confidence: float
    trend: float
    """The mood's health minus the bond's: above 0, things have been better lately than before."""
    band: Band


SAME = 1e-9
"""Readings are the same where no number lies further apart than this."""


def same(one: Reading, other: Reading) -> bool:
    """Whether two readings of one instant are the same."""
    return (
        one.band == other.band
        and abs(one.health - other.health) <= SAME
        and abs(one.recognition - other.recognition) <= SAME
        and abs(one.responsiveness - other.responsiveness) <= SAME
        and abs(one.confidence - other.confidence) <= SAME
        and abs(one.trend - other.trend) <= SAME
    )


class _Side(NamedTuple):
    """One dimension as a reader needs it: where its sums stand, and what the strategy says of it."""

    place: int
    """The positive sum; the negative one comes after it."""
    breaches: tuple[tuple[int, float], ...]
    """Where a kind of breach stands, and the exponent of its repetition."""
    a: float
    b: float
    share: float
    """Its weight in health."""


class Reader:
    """Reads by one strategy: what follows from that alone is worked out once, for those who read much."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self._landmark = strategy.landmark_at
        self._bond, self._mood = strategy.half_lives.bond, strategy.half_lives.mood
        self._mine, self._theirs = (_side(name, strategy) for name in DIMENSIONS)
        self._shares = self._mine.share + self._theirs.share
        self._fades: dict[float, tuple[float, float]] = {}
        """How much is left of bond and mood at instants that were read at lately."""

    def read(self, sums: Sequence[float], at: float, *, knotted: bool = False) -> Reading:
        """The reading at an instant (seconds since the Unix epoch) of sums that hold the open matters too.

        Per dimension, with decayed evidence p and n and a prior (a, b): score = 100·(a + p)/(a + b + p + n)
        and confidence = (p + n)/(a + b + p + n); negative evidence of breaches is scaled by how often they
        recur. Health and confidence are means of the two dimensions, weighted as the strategy says. Where a
        knot is open (`knotted`), the sums hold it in the place of what it cites.
        """
        bond, mood = self._fades.get(at) or self._fade(at)
        recognition, known = _score(self._mine, sums, 0, bond)
        responsiveness, known_too = _score(self._theirs, sums, 0, bond)
        lately, _ = _score(self._mine, sums, WIDTH, mood)
        lately_too, _ = _score(self._theirs, sums, WIDTH, mood)
        mine, theirs, total = self._mine.share, self._theirs.share, self._shares
        health = (recognition * mine + responsiveness * theirs) / total
        confidence = (known * mine + known_too * theirs) / total
        return Reading(
            health=health,
            recognition=recognition,
            responsiveness=responsiveness,
            confidence=confidence,
            trend=(lately * mine + lately_too * theirs) / total - health,
            band=band_of(health, confidence, self.strategy, knotted=knotted),
        )

    def _fade(self, at: float) -> tuple[float, float]:
        elapsed = self._landmark - at
        if len(self._fades) >= _FADES:
            self._fades.clear()
        # Of events so long before the landmark that 2^1023 cannot raise them, nothing is left in the sums.
        fades = 2.0 ** min(1023.0, elapsed / self._bond), 2.0 ** min(1023.0, elapsed / self._mood)
        self._fades[at] = fades
        return fades


_FADES = 4096
"""Instants that a reader remembers: those who read much read many at one instant."""


def read(sums: Sequence[float], strategy: Strategy, at: float) -> Reading:
    """One reading; see `Reader.read`."""
    return Reader(strategy).read(sums, at)


def _side(dimension: Dimension, strategy: Strategy) -> _Side:
    prior = strategy.priors[dimension]
    return _Side(
        DIMENSION_AT[dimension],
        tuple(
            (BREACH_AT[breach], strategy.breaches[breach].exponent)
            for breach, of in BREACHES.items()
            if of == dimension
        ),
        prior.a,
        prior.b,
        strategy.weights[dimension],
    )


def _score(side: _Side, sums: Sequence[float], base: int, scale: float) -> tuple[float, float]:
    """Score and confidence of one dimension, its sums decayed by `scale`."""
    start, breaches, a, b, _ = side
    positive = sums[base + start] * scale
    negative = sums[base + start + 1] * scale
    for place, exponent in breaches:
        amount = sums[base + place]
        if amount:
            negative += amount * scale * _repetition(sums[base + place + 1] * scale, exponent)
    # What is left of sums that were taken back can lie a rounding below nothing.
    if positive < 0.0:
        positive = 0.0
    if negative < 0.0:
        negative = 0.0
    known = positive + negative
    depth = a + b + known
    return 100.0 * (a + positive) / depth, known / depth


def band_of(health: float, confidence: float, strategy: Strategy, *, knotted: bool = False) -> Band:
    """A memoryless function of the reading, and of whether a knot is open; under the floor «unknown»."""
    if confidence < strategy.confidence_floor:
        return "unknown"
    if knotted:
        return "knotted"
    if health >= strategy.bands.thriving:
        return "thriving"
    if health >= strategy.bands.steady:
        return "steady"
    return "drifting" if health >= strategy.bands.drifting else "strained"


def own_band(reading: Reading, strategy: Strategy) -> Band:
    """The band that the numbers of a reading say, whatever anybody judges."""
    return band_of(reading.health, reading.confidence, strategy)


def repetition(count: float, breach: Breach, strategy: Strategy) -> float:
    """What a breach costs the more for having happened before: max(1, decayed count)^exponent.

    With negative evidence in proportion to the count this makes the whole convex: at an exponent of 0.5 four
    breaches weigh as eight single ones.
    """
    return _repetition(count, strategy.breaches[breach].exponent)


def _repetition(count: float, exponent: float) -> float:
    return float(count**exponent) if count > 1.0 else 1.0


def prior_health(strategy: Strategy) -> float:
    """The health of a relationship of which nothing is known: what contributions are counted from."""
    return read(no_sums(), strategy, strategy.landmark_at).health


class Part(NamedTuple):
    """What one thing adds to a dimension at an instant, decayed, repetition included."""

    dimension: Dimension
    positive: float
    negative: float


def contributions(signals: Iterable[Signal], strategy: Strategy, at: float) -> list[float]:
    """How many points of health each signal moves, from the prior; they sum to health − prior."""
    return points(parts(signals, strategy, at), strategy)


def parts(signals: Iterable[Signal], strategy: Strategy, at: float) -> list[Part]:
    """What each of all signals adds at an instant."""
    faded = []
    counts: dict[Breach, float] = dict.fromkeys(BREACHES, 0.0)
    for signal in signals:
        fade = 2.0 ** ((signal.at - at) / strategy.half_lives.bond)
        if signal.breach is not None:
            counts[signal.breach] += fade
        faded.append((signal, fade))
    found = []
    for signal, fade in faded:
        positive = signal.weight * (1.0 + signal.valence) / 2.0 * fade
        negative = signal.weight * (1.0 - signal.valence) / 2.0 * fade
        if signal.breach is not None:
            negative *= repetition(counts[signal.breach], signal.breach, strategy)
        found.append(Part(signal.dimension, positive, negative))
    return found


def points(found: Sequence[Part], strategy: Strategy) -> list[float]:
    """How many points of health each of all parts moves, from the prior; they sum to health − prior.

    With a dimension's share s of health and D = a + b + p + n, a part (pᵢ, nᵢ) moves
    100·s·(b·pᵢ − a·nᵢ) / ((a + b)·D): score − prior score is linear in the parts once D is known.
    """
    totals = dict.fromkeys(DIMENSIONS, 0.0)
    for dimension, positive, negative in found:
        totals[dimension] += positive + negative
    everything = sum(strategy.weights[name] for name in DIMENSIONS)
    result = []
    for dimension, positive, negative in found:
        a, b = strategy.priors[dimension].a, strategy.priors[dimension].b
        depth = a + b + totals[dimension]
        share = strategy.weights[dimension] / everything
        result.append(100.0 * share * (b * positive - a * negative) / ((a + b) * depth))
    return result
