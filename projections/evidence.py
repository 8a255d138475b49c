"""Evidence by forward decay: what events add to a relationship, as sums that never need to be read first.

Cormode, Shkapenyuk, Srivastava and Xu, «Forward Decay: A Practical Time Decay Model for Streaming Systems»,
ICDE 2009: with landmark L and half-life h, an item at time t carries the static weight 2^((t − L) / h), and
the decayed weight at T is that divided by 2^((T − L) / h). The static part is known when the item comes, so
sums only add: the order, the batches and the lateness of items change nothing.
"""

from collections.abc import Sequence

import msgspec

from projections.strategy import BREACHES, DIMENSIONS, Breach, Dimension, Strategy

HORIZONS = ("bond", "mood")
"""Evidence is kept at two half-lives."""

SUMS: tuple[str, ...] = tuple(
    f"{horizon}_{name}"
    for horizon in HORIZONS
    for name in (
        *(f"{dimension}_{sign}" for dimension in DIMENSIONS for sign in ("positive", "negative")),
        *(f"{breach}_{part}" for breach in BREACHES for part in ("negative", "count")),
    )
)
"""The names of a relationship's sums, in the order in which they are kept everywhere."""

WIDTH = len(SUMS) // len(HORIZONS)
"""How many sums there are at each half-life; where each stands among them:"""

BREACH_AT = {breach: 2 * len(DIMENSIONS) + 2 * place for place, breach in enumerate(BREACHES)}
DIMENSION_AT = {dimension: 2 * place for place, dimension in enumerate(DIMENSIONS)}

Sums = list[float]
"""One relationship's sums, in the order of `SUMS`."""


class Signal(msgspec.Struct, frozen=True, gc=False):
    """How the strategy reads one event, or the outcome of one matter."""

    at: float
    """When, in seconds since the Unix epoch."""
    dimension: Dimension
    valence: float
    """From −1 (as bad as can be) to 1 (as good as can be)."""
    weight: float
    breach: Breach | None = None
    """The kind of breach, where it is one: its negative part is summed apart, and counted."""


def no_sums() -> Sums:
    """The sums of a relationship of which nothing is known."""
    return [0.0] * len(SUMS)


def add(sums: Sums, signal: Signal, strategy: Strategy, sign: float = 1.0) -> None:
    """Adds a signal to sums in place, or with `sign` −1 takes one away."""
    weight, valence, breach = signal.weight, signal.valence, signal.breach
    positive = weight * (1.0 + valence) / 2.0
    negative = weight * (1.0 - valence) / 2.0
    elapsed = signal.at - strategy.landmark_at
    half_lives = strategy.half_lives
    bond = sign * 2.0 ** (elapsed / half_lives.bond)
    mood = sign * 2.0 ** (elapsed / half_lives.mood)
    place = DIMENSION_AT[signal.dimension]
    sums[place] += positive * bond
    sums[WIDTH + place] += positive * mood
    if breach is None:
        sums[place + 1] += negative * bond
        sums[WIDTH + place + 1] += negative * mood
        return
    place = BREACH_AT[breach]
    sums[place] += negative * bond
    sums[place + 1] += bond
    sums[WIDTH + place] += negative * mood
    sums[WIDTH + place + 1] += mood


def merge(into: Sums, other: Sequence[float]) -> None:
    """Adds other sums to sums in place."""
    for place, value in enumerate(other):
        if value:  # most are nought, and a number of its own for each would only take room
            into[place] += value
