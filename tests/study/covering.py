"""How often the estimator's intervals hold the truth, and how often it calls nothing an effect."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from services.insight.uplift.estimating import OUTCOMES, Arm, Effect, Outcome, Worth, effects
from tests.study.outcomes import Plan, Table, Truth, tables, truth_of


class Found(NamedTuple):
    """One outcome, as estimated from the tables of one seed."""

    seed: int
    held_out: int
    """Customers who were held out."""
    effect: Effect
    true: float

    @property
    def told(self) -> bool:
        """Whether there were enough for an interval."""
        return self.effect.low is not None

    @property
    def covers(self) -> bool:
        """Whether the interval holds the truth."""
        low, high = self.effect.low, self.effect.high
        return low is not None and high is not None and low <= self.true <= high


class Rates(NamedTuple):
    """What many seeds come to."""

    told: int
    """Of so many an interval was given."""
    covers: int
    shown: int
    """So many were called an effect."""

    @property
    def covering(self) -> float:
        """The share of intervals that hold the truth."""
        return self.covers / self.told

    @property
    def called(self) -> float:
        """The share that was called an effect."""
        return self.shown / self.told


def arm_of(table: Table) -> Arm:
    """The sums that the estimator works with."""
    return Arm(
        customers=len(table.change),
        mean=float(table.change.mean()) if len(table.change) else 0.0,
        variance=float(table.change.var(ddof=1)) if len(table.change) > 1 else 0.0,
        complaints=int(table.complained.sum()),
        renewals=int(table.renewed.sum()),
        harm=int(table.harmed.sum()),
    )


def runs(plan: Plan, seeds: Iterable[int], told: Callable[[int], None] = lambda _: None) -> Iterator[Found]:
    """Every outcome, estimated anew with each seed."""
    truth: Truth = truth_of(plan)
    for done, seed in enumerate(seeds, start=1):
        given, held_out = map(arm_of, tables(plan, seed))
        for effect in effects(given, held_out, Worth()):
            yield Found(seed, held_out.customers, effect, getattr(truth, effect.outcome))
        told(done)


def rates(found: Iterable[Found]) -> dict[Outcome, Rates]:
    """For each outcome, what many seeds come to."""
    given = [one for one in found if one.told]
    return {
        outcome: Rates(
            told=len(some := [one for one in given if one.effect.outcome == outcome]),
            covers=sum(one.covers for one in some),
            shown=sum(one.effect.shown for one in some),
        )
        for outcome in OUTCOMES
    }
