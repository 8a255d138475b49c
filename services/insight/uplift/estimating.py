"""How much prompts helped: the difference between those given and those held out, with its 95 % interval.

Both arms are all that the lot fell on, whatever was done with them (intention to treat), and each customer
counts once. It is pure: what it needs of an arm are a few sums.
"""

from math import ceil, sqrt
from statistics import NormalDist
from typing import Literal, get_args

import msgspec

Outcome = Literal["health", "complaints", "renewals", "harm"]
"""What is compared: points of health since, and shares of customers."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

FEWEST = 10
"""With fewer customers in an arm nothing is said of it."""

_CONFIDENCE = 0.95
_POWER = 0.8


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the customers of one arm."""

    customers: int = 0
    mean: float = 0.0
    """Of the points by which their health moved."""
    variance: float = 0.0
    """Of the same, as of a sample."""
    complaints: int = 0
    """How many of them raised a complaint."""
    renewals: int = 0
    """How many renewed."""
    harm: int = 0
    """How many came to harm."""


class Worth(msgspec.Struct, frozen=True):
    """How large an effect one would want to see."""

    health: float = 3.0
    """Points."""
    share: float = 0.05
    """Of customers: complaints, renewals or harm."""

    def of(self, outcome: Outcome) -> float:
        """The size that an outcome is asked for."""
        return self.health if outcome == "health" else self.share


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What prompting changed in one outcome: given minus held out."""

    outcome: Outcome
    given: float | None
    """The mean, or the share, among those given; None where there are none."""
    held_out: float | None
    difference: float | None
    low: float | None
    """From here to `high` the difference may lie; None where there are too few to say."""
    high: float | None
    worth: float
    """An effect of this size …"""
    more: int | None
    """… would be seen, with 80 % power, with so many more customers, shared out as they are now."""

    @property
    def shown(self) -> bool:
        """Whether the interval excludes that there is no effect."""
        return self.low is not None and self.high is not None and not self.low <= 0.0 <= self.high


def effects(given: Arm, held_out: Arm, worth: Worth) -> list[Effect]:
    """What prompting changed in each outcome."""
    return [_effect(outcome, given, held_out, worth.of(outcome)) for outcome in OUTCOMES]


def _effect(outcome: Outcome, given: Arm, held_out: Arm, worth: float) -> Effect:
    one, other = _value(outcome, given), _value(outcome, held_out)
    interval = None
    if min(given.customers, held_out.customers) >= FEWEST:
        interval = _welch(given, held_out) if outcome == "health" else _newcombe(outcome, given, held_out)
    low, high = interval or (None, None)
    return Effect(
        outcome=outcome,
        given=one,
        held_out=other,
        difference=None if one is None or other is None else one - other,
        low=low,
        high=high,
        worth=worth,
        more=_more(outcome, given, held_out, worth),
    )


def _value(outcome: Outcome, arm: Arm) -> float | None:
    if not arm.customers:
        return None
    return arm.mean if outcome == "health" else _count(outcome, arm) / arm.customers


def _count(outcome: Outcome, arm: Arm) -> int:
    return {"complaints": arm.complaints, "renewals": arm.renewals, "harm": arm.harm}[outcome]


def _welch(given: Arm, held_out: Arm) -> tuple[float, float] | None:
    """Welch's interval: arms differ in size, and need not vary alike."""
    # It takes long to load, and insight has other things to answer.
    from scipy import stats

    one, other = given.variance / given.customers, held_out.variance / held_out.customers
    if one + other <= 0.0:
        return None
    freedom = (one + other) ** 2 / (one**2 / (given.customers - 1) + other**2 / (held_out.customers - 1))
    reach = float(stats.t.ppf((1.0 + _CONFIDENCE) / 2.0, freedom)) * sqrt(one + other)
    difference = given.mean - held_out.mean
    return difference - reach, difference + reach


def _newcombe(outcome: Outcome, given: Arm, held_out: Arm) -> tuple[float, float]:
    """Newcombe's interval, from Wilson's of each arm: it holds for small arms and rare outcomes too."""
    one, low, high = _wilson(_count(outcome, given), given.customers)
    other, least, most = _wilson(_count(outcome, held_out), held_out.customers)
    difference = one - other
    return (
        difference - sqrt((one - low) ** 2 + (most - other) ** 2),
        difference + sqrt((high - one) ** 2 + (other - least) ** 2),
    )


def _wilson(count: int, of: int) -> tuple[float, float, float]:
    from scipy import stats

    interval = stats.binomtest(count, of).proportion_ci(_CONFIDENCE, method="wilson")
    return count / of, float(interval.low), float(interval.high)


def _more(outcome: Outcome, given: Arm, held_out: Arm, worth: float) -> int | None:
    """How many more customers are needed to see an effect; None while it cannot be told."""
    if min(given.customers, held_out.customers) < FEWEST:
        return None
    if outcome == "health":
        one, other = given.variance, held_out.variance
    else:
        # Nothing seen is not nothing there: two of each are added, as Agresti and Coull do.
        share = (_count(outcome, held_out) + 2) / (held_out.customers + 4)
        moved = share - worth if share > worth else share + worth
        one, other = moved * (1.0 - moved), share * (1.0 - share)
    ratio = given.customers / held_out.customers
    normal = NormalDist()
    reach = normal.inv_cdf((1.0 + _CONFIDENCE) / 2.0) + normal.inv_cdf(_POWER)
    needed = reach**2 * (other + one / ratio) / worth**2
    return max(0, ceil(needed * (1.0 + ratio)) - given.customers - held_out.customers)
