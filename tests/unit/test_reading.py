"""A reading: how evidence, good and bad, becomes figures and one word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from projections.bands import Band
from projections.evidence import SUMS, Signal, add, no_sums
from projections.reading import Reading, band_of, contributions, prior_health, read, repetition
from projections.strategy import Breach, BreachRule, Dimension, Prior, Strategy
from tests.unit.histories import DAY, MONDAY, PLAIN, PROPERTY, SAME

NOW = MONDAY.timestamp()
LEANING = replace(
    PLAIN,
    priors={"recognition": Prior(a=3.0, b=1.0), "responsiveness": Prior(a=1.0, b=2.0)},
    weights={"recognition": 3.0, "responsiveness": 1.0},
)
"""A strategy that assumes the best of recognition, and cares for it most."""


def signal(
    valence: float,
    *,
    weight: float = 1.0,
    days_ago: float = 0.0,
    dimension: Dimension = "recognition",
    breach: Breach | None = None,
) -> Signal:
    return Signal(NOW - days_ago * DAY, dimension, valence, weight, breach)


def reading(*signals: Signal, strategy: Strategy = PLAIN, days_later: float = 0.0) -> Reading:
    sums = no_sums()
    for one in signals:
        add(sums, one, strategy)
    return read(sums, strategy, NOW + days_later * DAY)


# --------------------------------------------------------------------------------------------- figures


def test_of_a_stranger_one_knows_what_one_assumes() -> None:
    """Without evidence the scores are the prior's, confidence is 0, and the band is unknown."""
    assert reading() == Reading(
        health=50, recognition=50, responsiveness=50, confidence=0, trend=0, band="unknown"
    )


def test_a_score_is_the_good_share_of_everything_prior_included() -> None:
    """With a prior of (1, 1), good evidence of 3 and bad evidence of 1 give 100 · 4/6."""
    assert reading(signal(1, weight=3), signal(-1, weight=1)).recognition == pytest.approx(100 * 4 / 6)


def test_confidence_is_the_share_of_evidence_beside_the_prior() -> None:
    """Evidence of 4 against a prior of 2 in one dimension, none in the other: half of 4/6."""
    assert reading(signal(1, weight=3), signal(-1)).confidence == pytest.approx(4 / 6 / 2)


def test_an_indifferent_signal_makes_surer_and_moves_nothing() -> None:
    """A valence of 0 adds to both sides alike: the score stays where a balanced prior put it."""
    indifferent = reading(signal(0, weight=4))
    assert indifferent.recognition == 50
    assert indifferent.confidence > 0


def test_a_prior_that_leans_decides_where_a_relationship_begins() -> None:
    """A prior of (3, 1) reads as 75 until something is known."""
    assert reading(strategy=LEANING).recognition == 75
    assert prior_health(LEANING) == reading(strategy=LEANING).health


def test_health_is_the_mean_of_the_dimensions_by_their_weights() -> None:
    """Recognition weighing three times responsiveness, health lies three times nearer to it."""
    good = reading(signal(1, weight=4), strategy=LEANING)
    assert good.recognition == pytest.approx(100 * 7 / 8)
    assert good.responsiveness == pytest.approx(100 / 3)
    assert good.health == pytest.approx((3 * good.recognition + good.responsiveness) / 4)


def test_silence_leads_back_to_not_knowing() -> None:
    """As evidence fades, the score returns to the prior and confidence to nothing."""
    soon = reading(signal(1, weight=3))
    late = reading(signal(1, weight=3), days_later=3000)
    assert soon.recognition > 79
    assert late.recognition == pytest.approx(50, abs=1e-4)
    assert late.confidence < soon.confidence
    assert late.band == "unknown"


def test_the_trend_tells_whether_things_have_been_better_lately() -> None:
    """Good days after bad ones raise the mood over the bond, and the other way round."""
    better = reading(signal(-1, weight=3, days_ago=60), signal(1, weight=3))
    worse = reading(signal(1, weight=3, days_ago=60), signal(-1, weight=3))
    assert better.trend > 5
    assert worse.trend < -5


def test_a_rounding_below_nothing_is_nothing() -> None:
    """What is left of sums that were taken back never pushes a score off its scale."""
    sums = no_sums()
    for name in ("bond_recognition_positive", "bond_responsiveness_negative"):
        sums[SUMS.index(name)] = -0.1
    assert read(sums, PLAIN, PLAIN.landmark_at).health == 50


# ------------------------------------------------------------------------------------------ repetition


def test_the_first_breach_costs_what_it_costs() -> None:
    """Nothing is added for a single breach: it reads as any bad signal of its weight."""
    assert reading(signal(-1, breach="retelling")).recognition == reading(signal(-1)).recognition


def test_a_single_breach_does_not_cost_less_for_fading() -> None:
    """After a half-life half of a breach is left, and that is not discounted for being less than one."""
    faded = reading(signal(-1, breach="retelling"), days_later=100)
    assert faded.recognition == pytest.approx(100 * 1 / (2 + 0.5))


@pytest.mark.parametrize(("times", "weighs"), [(1, 1.0), (2, 2 * 2**0.5), (4, 8.0)])
def test_the_second_breach_costs_more_than_the_first(times: int, weighs: float) -> None:
    """At an exponent of 0.5, four breaches of one kind weigh as eight single ones."""
    repeated = reading(*[signal(-1, breach="retelling")] * times)
    assert repeated.recognition == pytest.approx(100 * 1 / (2 + weighs))


def test_breaches_of_different_kinds_do_not_add_up_to_a_repetition() -> None:
    """Two breaches of two kinds weigh as two, not as a repetition."""
    two_kinds = reading(signal(-1, breach="retelling"), signal(-1, breach="overlooked"))
    assert two_kinds.recognition == pytest.approx(100 * 1 / (2 + 2))


def test_a_forgotten_breach_no_longer_makes_the_next_one_worse() -> None:
    """A breach of years ago is not counted with today's."""
    again = reading(signal(-1, breach="retelling", days_ago=3000), signal(-1, breach="retelling"))
    assert again.recognition == pytest.approx(100 * 1 / (2 + 1), abs=1e-6)


def test_a_strategy_may_hold_repetition_for_nothing() -> None:
    """At an exponent of 0 the fourth breach costs what the first did."""
    flat = replace(PLAIN, breaches=dict.fromkeys(PLAIN.breaches, BreachRule(exponent=0.0)))
    assert repetition(4, "retelling", flat) == 1
    assert repetition(4, "retelling", PLAIN) == 2


# ----------------------------------------------------------------------------------------------- bands


@pytest.mark.parametrize(
    ("health", "band"),
    [
        (100, "thriving"),
        (75, "thriving"),
        (74.9, "steady"),
        (58, "steady"),
        (57.9, "drifting"),
        (45, "drifting"),
        (44.9, "strained"),
        (0, "strained"),
    ],
)
def test_each_band_begins_at_its_lowest_health(health: float, band: Band) -> None:
    """A health on the line belongs to the better band."""
    assert band_of(health, 0.5, PLAIN) == band


def test_little_evidence_is_not_fifty_but_unknown() -> None:
    """Under the confidence floor there is no band, however good the figures look; on it there is one."""
    assert band_of(100, 0.2499, PLAIN) == "unknown"
    assert band_of(100, 0.25, PLAIN) == "thriving"


# --------------------------------------------------------------------------------------- contributions


def test_contributions_have_the_sign_of_what_happened() -> None:
    """Good moves up, bad moves down, and the heavier moves more."""
    good, better, bad = contributions([signal(1), signal(1, weight=2), signal(-1)], PLAIN, NOW)
    assert better == pytest.approx(2 * good)
    assert bad < 0 < good


def test_a_repeated_breach_is_explained_by_all_of_its_kind() -> None:
    """What repetition costs is shared by the breaches that make it one: two alike move alike."""
    twice = [signal(-1, breach="retelling")] * 2
    first, second = contributions(twice, PLAIN, NOW)
    assert first == second
    assert first + second == pytest.approx(reading(*twice).health - 50)


@PROPERTY
@given(
    st.lists(
        st.builds(
            lambda valence, weight, days, dimension: signal(
                valence, weight=weight, days_ago=days, dimension=dimension
            ),
            st.floats(-1, 1),
            st.floats(0.01, 100),
            st.floats(0, 3000),
            st.sampled_from(["recognition", "responsiveness"]),
        ),
        max_size=20,
    ),
    st.sampled_from([PLAIN, LEANING]),
)
def test_contributions_sum_to_the_distance_from_the_prior(signals: list[Signal], strategy: Strategy) -> None:
    """Added to the prior's health, contributions give the health that was read, whatever the strategy."""
    moved = sum(contributions(signals, strategy, NOW))
    assert abs(moved - (reading(*signals, strategy=strategy).health - prior_health(strategy))) <= SAME
