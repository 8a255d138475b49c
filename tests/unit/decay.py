"""What sums amount to, spelled out: the slow way, to hold the quick one against."""

from collections.abc import Sequence

import msgspec

from projections.evidence import BREACH_AT, DIMENSION_AT, WIDTH
from projections.strategy import Breach, Dimension, Strategy


class Evidence(msgspec.Struct, frozen=True):
    """The evidence of one relationship at an instant and one half-life, by dimension and kind of breach."""

    positive: dict[Dimension, float]
    negative: dict[Dimension, float]
    """Without breaches."""
    breaches: dict[Breach, tuple[float, float]]
    """Negative evidence and decayed count by kind of breach."""


def decayed(sums: Sequence[float], strategy: Strategy, horizon: str, at: float) -> Evidence:
    """What sums amount to at an instant (seconds since the Unix epoch), at the half-life of a horizon."""
    half_life = strategy.half_lives.bond if horizon == "bond" else strategy.half_lives.mood
    base = 0 if horizon == "bond" else WIDTH
    scale = 2.0 ** min(1023.0, (strategy.landmark_at - at) / half_life)
    return Evidence(
        positive={name: sums[base + place] * scale for name, place in DIMENSION_AT.items()},
        negative={name: sums[base + place + 1] * scale for name, place in DIMENSION_AT.items()},
        breaches={
            name: (sums[base + place] * scale, sums[base + place + 1] * scale)
            for name, place in BREACH_AT.items()
        },
    )
