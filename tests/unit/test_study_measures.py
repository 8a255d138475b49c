"""The study's own statistics, against their definitions written out."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from tests.study.measures import Pairs, bootstrap, cluster_weights, mean_rank, over_seeds, spearman
from tests.unit.histories import PROPERTY

Case = tuple[int, bool, int]

CASES = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=2, max_size=40)
"""Risk, whether it went badly, and the cluster: few values, so that ties are many."""


def by_definition(cases: Sequence[Case], *, within: bool) -> float | None:
    """The AUC, pair by pair; None where there is no pair."""
    bad = [case for case in cases if case[1]]
    good = [case for case in cases if not case[1]]
    pairs = [(one, other) for one, other in product(bad, good) if not within or one[2] == other[2]]
    if not pairs:
        return None
    return sum((one[0] > other[0]) + 0.5 * (one[0] == other[0]) for one, other in pairs) / len(pairs)


def pairs_of(cases: Sequence[Case]) -> Pairs:
    """The cases as the study counts them."""
    risk, bad, cluster = zip(*cases, strict=True)
    return Pairs.of(risk, bad, cluster)


@PROPERTY
@given(CASES)
def test_the_auc_is_the_share_of_pairs_in_the_right_order(cases: list[Case]) -> None:
    """Over all pairs, and over those of one cluster; a tie is half."""
    overall, inside = by_definition(cases, within=False), by_definition(cases, within=True)
    assume(overall is not None)
    assert pairs_of(cases).overall() == pytest.approx(overall)
    if inside is not None:
        assert pairs_of(cases).within() == pytest.approx(inside)


@PROPERTY
@given(CASES, st.data())
def test_weights_count_a_cluster_as_often_as_it_was_drawn(cases: list[Case], data: st.DataObject) -> None:
    """The AUC of a sample is that of its clusters written out; a company drawn twice is two companies."""
    names = sorted({case[2] for case in cases})
    often = {name: data.draw(st.integers(0, 3)) for name in names}
    drawn = [(risk, bad, 10 * name + copy) for risk, bad, name in cases for copy in range(often[name])]
    weights = np.array([often[name] for name in names], dtype=float)
    overall, inside = by_definition(drawn, within=False), by_definition(drawn, within=True)
    assume(overall is not None)
    assert pairs_of(cases).overall(weights) == pytest.approx(overall)
    if inside is not None:
        assert pairs_of(cases).within(weights) == pytest.approx(inside)


def test_pairs_across_companies_say_nothing_within_them() -> None:
    """A score that only knows the company ranks well over all, and not at all within one."""
    cases = [(1, True, 1), (1, True, 1), (1, False, 1), (0, False, 0), (0, False, 0), (0, True, 0)]
    assert pairs_of(cases).overall() > 0.6
    assert pairs_of(cases).within() == 0.5


def test_a_risk_that_is_not_a_number_is_refused() -> None:
    """It would be sorted somewhere, and counted as if it were known."""
    with pytest.raises(ValueError, match="not a number"):
        Pairs.of([1.0, float("nan")], [True, False], ["a", "b"])


def test_intervals_are_wider_where_cases_of_a_cluster_are_alike() -> None:
    """Copies of a case tell nothing new: clustered, 20 cases repeated ten times are as uncertain as once."""
    lots = np.random.default_rng(5)
    risk, bad = lots.normal(size=20), np.arange(20) % 2 == 0
    once = Pairs.of(risk, bad, np.arange(20))
    copied = Pairs.of(np.repeat(risk, 10), np.repeat(bad, 10), np.repeat(np.arange(20), 10))
    weights = cluster_weights(20, 400, seed=1)
    apart = Pairs.of(np.repeat(risk, 10), np.repeat(bad, 10), np.arange(200))
    clustered = bootstrap(copied.overall, weights)
    assert clustered == pytest.approx(bootstrap(once.overall, weights))
    naive = bootstrap(apart.overall, cluster_weights(200, 400, seed=1))
    assert naive.high - naive.low < 0.5 * (clustered.high - clustered.low)


def test_the_bootstrap_covers_the_truth_about_as_often_as_it_says() -> None:
    """Of 200 worlds with clusters that differ, the interval holds the true AUC in nine of ten or more."""
    truth = float(stats.norm.cdf(1 / math.sqrt(2)))
    held = 0
    for world in range(200):
        lots = np.random.default_rng(world)
        cluster = np.repeat(np.arange(30), 10)
        bad = lots.random(300) < 0.5
        risk = lots.normal(size=300) + bad
        weights = cluster_weights(30, 200, seed=world)
        found = bootstrap(Pairs.of(risk, bad, cluster).overall, weights)
        held += found.low <= truth <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_a_sample_has_as_many_clusters_as_there_are_and_a_seed_repeats_it() -> None:
    """Drawn with replacement, the same for the same seed."""
    weights = cluster_weights(7, 50, seed=3)
    assert set(weights.sum(axis=1)) == {7.0}
    assert (weights == cluster_weights(7, 50, seed=3)).all()
    assert (weights != cluster_weights(7, 50, seed=4)).any()


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=30))
def test_spearman_is_that_of_the_textbook(values: list[tuple[int, int]]) -> None:
    """With ties; and where one side never varies, there is nothing to rank by."""
    one, other = zip(*values, strict=True)
    if len(set(one)) < 2 or len(set(other)) < 2:
        assert spearman(one, other) == 0.0
    else:
        assert spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)


def test_mean_rank_puts_the_recent_and_frequent_first() -> None:
    """Whoever is behind in both columns is behind."""
    assert list(mean_rank([1, 2, 3], [10, 30, 20])) == pytest.approx([1 / 3, 2.5 / 3, 2.5 / 3])


def test_the_interval_over_seeds_is_students() -> None:
    """Three runs: 4.30 standard errors either side of the mean."""
    found = over_seeds([1.0, 2.0, 3.0])
    assert found == pytest.approx((2.0, 2.0 - 4.302653 / math.sqrt(3), 2.0 + 4.302653 / math.sqrt(3)))
