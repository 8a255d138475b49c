"""The study's own statistics: how well a score ranks, and how far that may be chance."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Values = Sequence[Any] | NDArray[Any]


class Interval(NamedTuple):
    """An estimate with its 95% interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """For people: 0.606 [0.590, 0.621]."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Pairs:
    """All pairs of a bad and a good outcome, counted by the clusters that the two belong to.

    The AUC is the share of these pairs in which the bad one has the higher risk; a tie is half. Counted by
    clusters, a bootstrap sample of whole clusters is a weighted sum, and no pair is compared twice.
    """

    def __init__(self, wins: Floats, pairs: Floats) -> None:
        self._wins = wins
        self._pairs = pairs

    @classmethod
    def of(cls, risk: Values, bad: Values, cluster: Values) -> Self:
        """Counts the pairs of all cases: the risk ascribed to each, whether it went badly, its cluster."""
        scores, outcome = np.asarray(risk, dtype=float), np.asarray(bad, dtype=bool)
        if np.isnan(scores).any():
            raise ValueError("A risk is not a number.")
        names, places = np.unique(np.asarray(cluster), return_inverse=True)
        count = len(names)
        wins = np.zeros((count, count))
        bad_scores, bad_places = scores[outcome], places[outcome]
        for place in range(count):
            good = np.sort(scores[~outcome & (places == place)])
            below = np.searchsorted(good, bad_scores, side="left")
            up_to = np.searchsorted(good, bad_scores, side="right")
            np.add.at(wins[:, place], bad_places, (below + up_to) / 2)
        bads = np.bincount(bad_places, minlength=count).astype(float)
        goods = np.bincount(places[~outcome], minlength=count).astype(float)
        return cls(wins, np.outer(bads, goods))

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return len(self._wins)

    @property
    def pairs_within(self) -> int:
        """How many pairs are of one cluster."""
        return int(np.trace(self._pairs))

    def overall(self, weights: Floats | None = None) -> float:
        """The AUC over all pairs, each cluster counted as often as its weight says (once)."""
        often = np.ones(self.clusters) if weights is None else weights
        return float(often @ self._wins @ often / (often @ self._pairs @ often))

    def within(self, weights: Floats | None = None) -> float:
        """The AUC over the pairs whose two cases are of one cluster."""
        often = np.ones(self.clusters) if weights is None else weights
        return float(often @ np.diag(self._wins) / (often @ np.diag(self._pairs)))


def cluster_weights(clusters: int, samples: int, seed: int) -> Floats:
    """How often each cluster is drawn, in each of so many samples of as many clusters, with replacement."""
    lots = np.random.default_rng(seed)
    return lots.multinomial(clusters, np.full(clusters, 1 / clusters), size=samples).astype(float)


def bootstrap(measure: Callable[[Floats | None], float], weights: Floats) -> Interval:
    """A measure with percentiles of what it is on samples of clusters."""
    found = [measure(often) for often in weights]
    low, high = np.nanquantile(found, (0.025, 0.975))
    return Interval(measure(None), float(low), float(high))


def spearman(one: Values, other: Values) -> float:
    """The correlation of ranks; ties share their mean rank. 0 where one of the two never varies."""
    first, second = stats.rankdata(one), stats.rankdata(other)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def mean_rank(*columns: Values) -> Floats:
    """The mean of the ranks in several columns, as a share of all."""
    ranks = [stats.rankdata(column) / len(column) for column in columns]
    return np.asarray(np.mean(ranks, axis=0), dtype=float)


def over_seeds(values: Sequence[float]) -> Interval:
    """The mean over independent runs, with Student's interval."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, float("nan"), float("nan"))
    spread = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
    return Interval(mean, mean - spread, mean + spread)
