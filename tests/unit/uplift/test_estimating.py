"""What the estimator makes of two arms, beside what SciPy and statsmodels make of the same."""

from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import tt_ind_solve_power
from statsmodels.stats.proportion import confint_proportions_2indep

from services.insight.uplift.estimating import FEWEST, OUTCOMES, Arm, Effect, Worth, effects
from tests.study.covering import arm_of, rates, runs
from tests.study.outcomes import NOTHING, PLANTED, Plan, tables, truth_of
from tests.unit.histories import PROPERTY

SOME_SEEDS = range(400)


def of(name: str, given_arm: Arm, held_out: Arm, worth: Worth | None = None) -> Effect:
    """What prompting changed in one outcome."""
    found = effects(given_arm, held_out, worth or Worth())
    return next(one for one in found if one.outcome == name)


@st.composite
def arms(draw: st.DrawFn) -> Arm:
    """Any arm in which there are enough."""
    customers = draw(st.integers(FEWEST, 400))
    some = st.integers(0, customers)
    return Arm(
        customers=customers,
        mean=draw(st.floats(-60, 60)),
        variance=draw(st.floats(0.1, 900)),
        complaints=draw(some),
        renewals=draw(some),
        harm=draw(some),
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_health_is_that_of_welch(seed: int) -> None:
    """It is the one that SciPy gives for the same customers."""
    one, other = tables(PLANTED, seed)
    found = of("health", arm_of(one), arm_of(other))
    known = stats.ttest_ind(one.change, other.change, equal_var=False).confidence_interval(0.95)
    assert found.low == pytest.approx(known.low)
    assert found.high == pytest.approx(known.high)


@PROPERTY
@given(arms(), arms())
def test_the_interval_of_a_share_is_that_of_newcombe(one: Arm, other: Arm) -> None:
    """It is the one that statsmodels gives for the same counts."""
    found = of("complaints", one, other)
    low, high = confint_proportions_2indep(
        one.complaints, one.customers, other.complaints, other.customers, compare="diff", method="newcomb"
    )
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)


@PROPERTY
@given(arms(), arms())
def test_an_interval_holds_its_difference_and_turns_round_with_the_arms(one: Arm, other: Arm) -> None:
    """Given against held out is held out against given, with the other sign."""
    for here, there in zip(effects(one, other, Worth()), effects(other, one, Worth()), strict=True):
        assert here.low is not None
        assert here.high is not None
        assert there.low is not None
        assert there.high is not None
        assert here.difference is not None
        assert here.low <= here.difference <= here.high
        assert isclose(here.low, -there.high, abs_tol=1e-9)
        assert isclose(here.high, -there.low, abs_tol=1e-9)


@PROPERTY
@given(arms(), st.integers(0, FEWEST - 1))
def test_too_few_are_no_ground_for_an_interval(one: Arm, few: int) -> None:
    """Of an arm with fewer customers than the least neither an effect nor the lack of one is said."""
    small = Arm(customers=few, mean=20.0, variance=1.0)
    for found in (*effects(one, small, Worth()), *effects(small, one, Worth())):
        assert (found.low, found.high, found.more) == (None, None, None)
        assert not found.shown


def test_customers_who_all_moved_alike_give_no_interval() -> None:
    """Where nothing varies, nothing can be said of chance."""
    alike = Arm(customers=40, mean=1.0, variance=0.0)
    assert of("health", alike, alike).low is None


@pytest.mark.parametrize(("low", "high", "shown"), [(0.5, 2.0, True), (-2.0, -0.5, True), (-0.5, 2.0, False)])
def test_an_effect_is_shown_where_its_interval_excludes_zero(low: float, high: float, shown: bool) -> None:
    """Whichever way it goes; an interval that holds zero shows none."""
    found = Effect(
        outcome="health", given=1.0, held_out=0.0, difference=1.0, low=low, high=high, worth=3.0, more=0
    )
    assert found.shown == shown


def test_as_many_more_are_needed_as_statsmodels_says() -> None:
    """For three points of health and nine given for each held out, within what its t makes of it."""
    one = Arm(customers=180, mean=0.0, variance=81.0)
    other = Arm(customers=20, mean=0.0, variance=81.0)
    found = of("health", one, other).more
    held_out = tt_ind_solve_power(effect_size=3.0 / 9.0, alpha=0.05, power=0.8, ratio=9.0)
    assert found == pytest.approx(held_out * 10 - 200, rel=0.02)


def test_none_are_missing_where_there_are_enough() -> None:
    """What is needed is said as what is missing, and is never less than nothing."""
    many = Arm(customers=50_000, mean=0.0, variance=81.0, complaints=1000, renewals=1000, harm=1000)
    assert [found.more for found in effects(many, many, Worth())] == [0, 0, 0, 0]


def test_so_many_as_are_said_to_be_needed_see_the_effect_in_four_cases_of_five() -> None:
    """The number for a share is held against draws: 3 % of complaints, and five points more of them."""
    there = Arm(customers=100, mean=0.0, variance=1.0, complaints=3)
    more = of("complaints", there, there, Worth(share=0.05)).more
    assert more is not None
    size = (more + 200) // 2
    lots = np.random.default_rng(1)
    shown = 0
    for _ in range(300):
        # The base that the number allows for: two more of each are added to what was seen.
        one, other = lots.binomial(size, 5 / 104 + 0.05), lots.binomial(size, 5 / 104)
        given_arm = Arm(customers=size, variance=1.0, complaints=int(one))
        shown += of("complaints", given_arm, Arm(customers=size, variance=1.0, complaints=int(other))).shown
    assert 0.70 <= shown / 300 <= 0.90


def test_the_planted_truth_is_what_many_customers_show() -> None:
    """The truth that intervals are held against is that of the distributions the tables are drawn from."""
    truth = truth_of(PLANTED)
    sums = dict.fromkeys(OUTCOMES, 0.0)
    seeds = range(300)
    for seed in seeds:
        one, other = tables(PLANTED, seed)
        sums["health"] += one.change.mean() - other.change.mean()
        sums["complaints"] += one.complained.mean() - other.complained.mean()
        sums["renewals"] += one.renewed.mean() - other.renewed.mean()
        sums["harm"] += one.harmed.mean() - other.harmed.mean()
    assert sums["health"] / len(seeds) == pytest.approx(truth.health, abs=0.25)
    for name in ("complaints", "renewals", "harm"):
        assert sums[name] / len(seeds) == pytest.approx(getattr(truth, name), abs=0.01)


@pytest.mark.parametrize("plan", [PLANTED, NOTHING], ids=["an effect", "none"])
def test_intervals_hold_the_truth_as_often_as_they_say(plan: Plan) -> None:
    """In some hundred tables, within four standard deviations of 95 %; the study has a thousand."""
    found = rates(runs(plan, SOME_SEEDS))
    for name in OUTCOMES:
        assert 0.906 <= found[name].covering <= 0.994, name


def test_nothing_is_seldom_called_an_effect_and_a_large_one_often() -> None:
    """In some hundred tables: at most one in ten of nothing, and most of three points of health."""
    assert all(one.called <= 0.1 for one in rates(runs(NOTHING, SOME_SEEDS)).values())
    assert rates(runs(PLANTED, SOME_SEEDS))["health"].called > 0.7
