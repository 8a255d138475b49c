"""Silence is judged against the customer's own rhythm, and against everybody's where that is hardly known."""

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from projections.rhythm import PRIOR, Population, bouts, rhythm
from tests.unit.histories import DAY, PROPERTY

NOBODY = Population(0, 0.0)
MONTHLY = Population(1000, 1000 * 30 * DAY)

_times = st.lists(st.floats(0, 1000 * DAY), max_size=30)
_populations = st.builds(Population, st.integers(0, 10_000), st.floats(1, 1e9))


def test_the_same_silence_is_unusual_for_one_and_usual_for_another() -> None:
    """Given one who comes weekly and one quarterly, then 40 days of silence are unusual for the first."""
    weekly = rhythm([week * 7 * DAY for week in range(20)], 19 * 7 * DAY + 40 * DAY, MONTHLY)
    quarterly = rhythm([quarter * 91 * DAY for quarter in range(8)], 7 * 91 * DAY + 40 * DAY, MONTHLY)
    assert weekly is not None
    assert quarterly is not None
    assert (weekly.unusual, quarterly.unusual) == (True, False)
    assert weekly.silence == quarterly.silence == 40 * DAY


def test_who_came_once_has_everybodys_rhythm() -> None:
    """Given one contact, then the usual gap is the population's, and nothing of it the customer's own."""
    found = rhythm([0.0], 60 * DAY, MONTHLY)
    assert found is not None
    assert (found.usual_gap, found.own) == (30 * DAY, 0.0)
    assert math.isclose(found.probability, (60 / 120) ** 2)


def test_the_own_rhythm_outweighs_everybodys_with_more_contacts() -> None:
    """Given ever more weekly contacts among monthly customers, then the usual gap goes from 30 days to 7."""
    gaps = []
    for count in (1, 2, 5, 20, 100):
        found = rhythm([week * 7 * DAY for week in range(count)], count * 7 * DAY, MONTHLY)
        assert found is not None
        gaps.append(found.usual_gap / DAY)
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] == 30
    assert gaps[-1] < 7.5


def test_trying_again_and_again_is_one_bout() -> None:
    """Given five calls within two days that nobody answered, then they are one bout, ended by the last."""
    calls = [0.0, 0.1 * DAY, 0.5 * DAY, 1.4 * DAY, 2.0 * DAY]
    assert bouts([*calls, 10 * DAY]) == [(0.0, 2.0 * DAY), (10 * DAY, 10 * DAY)]
    found = rhythm(calls, 12 * DAY, MONTHLY)
    assert found is not None
    assert (found.bouts, found.silence) == (1, 10 * DAY)


def test_without_anything_to_go_by_nothing_is_said() -> None:
    """Given no contact, or one and nobody who ever came twice, then there is no rhythm."""
    assert rhythm([], DAY, MONTHLY) is None
    assert rhythm([2 * DAY], DAY, MONTHLY) is None
    assert rhythm([0.0], DAY, NOBODY) is None


@PROPERTY
@given(_times, _populations, st.floats(0, 2000 * DAY), st.floats(1, 100 * DAY), st.randoms())
def test_silence_only_grows_less_usual_and_order_changes_nothing(
    times: list[float], population: Population, at: float, more: float, shuffled: Random
) -> None:
    """A probability, a function of the set of contacts until then, that falls as silence lasts."""
    found = rhythm(times, at, population)
    others = [*times, at + more * 2]
    shuffled.shuffle(others)
    assert rhythm(others, at, population) == found
    if found is None:
        return
    assert 0 <= found.probability <= 1
    assert 0 <= found.own <= 1
    later = rhythm([time for time in times if time <= at], at + more, population)
    assert later is not None
    assert later.probability <= found.probability


def test_one_gap_in_twenty_is_called_unusual_where_customers_are_as_the_model_has_them() -> None:
    """Given customers whose rates are Gamma distributed, then 5 % of their next gaps are unusual."""
    draw, mean = Random(7), 300 * DAY
    unusual = 0
    for _ in range(4000):
        rate = draw.gammavariate(PRIOR, 1 / (PRIOR * mean))
        times = [0.0]
        for _ in range(draw.randint(0, 10)):
            times.append(times[-1] + draw.expovariate(rate))
        found = rhythm(times, times[-1] + draw.expovariate(rate), Population(1, mean))
        assert found is not None
        unusual += found.unusual
    assert 0.04 < unusual / 4000 < 0.06
