"""The hidden bond: treatment moves it, unevenly, and in an order that matters."""

from hypothesis import given
from hypothesis import strategies as st

from services.simulator.bond import Bond, remembered
from services.simulator.units import DAY

felt = st.floats(-1, 1)
share = st.floats(0.05, 0.95)


def bond(trust: float = 0.6, bias: float = 2.0) -> Bond:
    return Bond(set_point=0.6, bias=bias, return_power=0.5, trust=trust, at=0.0)


def after(*experiences: float, every: float = DAY, wait: float = DAY) -> float:
    """The bond some time after a row of experiences."""
    one = bond()
    for day, value in enumerate(experiences, start=1):
        one.experience(day * every, value)
    return one.at(len(experiences) * every + wait)


def test_good_treatment_raises_and_bad_treatment_lowers_the_bond() -> None:
    """Better than expected is up, worse than expected is down."""
    assert after(0.8) > bond().at(2 * DAY) > after(-0.8)


def test_a_hurt_weighs_more_than_a_kindness_of_the_same_size() -> None:
    """The two do not cancel."""
    untouched = bond().at(3 * DAY)
    assert untouched - after(-0.7) > 2 * (after(0.7) - untouched)


def test_the_same_kindness_each_time_becomes_the_least_one_expects() -> None:
    """The tenth kindness adds less than the first, and an ordinary contact after many is a disappointment."""
    used_to_it = after(*[0.7] * 10) - after(*[0.7] * 9)
    assert used_to_it < 0.5 * (after(0.7) - bond().at(2 * DAY))
    assert after(*[0.7] * 12, 0.1) < after(*[0.7] * 12)


def test_an_apology_is_worth_more_after_the_hurt_than_before_it() -> None:
    """Order matters: no sum of fading evidence can say the same."""
    assert after(-0.8, 0.8, wait=30 * DAY) > after(0.8, -0.8, wait=30 * DAY) + 3


def test_an_early_repair_mends_more_than_a_late_one() -> None:
    """The same kindness heals a fresh wound better than an old one."""
    early, late = bond(), bond()
    for one, day in ((early, 2), (late, 28)):
        one.experience(DAY, -0.9)
        one.experience(day * DAY, 0.9)
    assert early.at(90 * DAY) > late.at(90 * DAY)


def test_trust_returns_to_its_set_point_quickly_at_first() -> None:
    """Of a deviation, the first month takes back more than the second, and something stays for long."""
    low = bond(trust=0.2)
    first, second = low.at(30 * DAY) - low.at(0), low.at(60 * DAY) - low.at(30 * DAY)
    assert first > 1.5 * second > 0
    assert low.at(365 * DAY) < 55


def test_the_bond_moves_without_any_event() -> None:
    """What happens elsewhere in a life shifts the bond too, so events do not determine it."""
    moved = bond()
    moved.drift(DAY, 0.1)
    assert moved.at(DAY) > bond().at(DAY) + 9


@given(experiences=st.lists(st.tuples(st.floats(0, 90), felt), max_size=40), trust=share, set_point=share)
def test_the_bond_stays_on_its_scale(
    experiences: list[tuple[float, float]], trust: float, set_point: float
) -> None:
    """No row of experiences leads off the scale, and time alone does not either."""
    one = Bond(set_point=set_point, bias=2.5, return_power=0.25, trust=trust, at=0.0)
    now = 0.0
    for gap, value in experiences:
        now += gap * DAY
        one.experience(now, value)
        assert 0 <= one.at(now) <= 100
    assert 0 <= one.at(now + 3650 * DAY) <= 100


@given(value=felt, times=st.integers(1, 60), trust=share)
def test_what_feels_good_never_lowers_trust_at_once(value: float, times: int, trust: float) -> None:
    """A kindness above what is expected raises the bond at that instant, whatever came before."""
    one = bond(trust=trust)
    for day in range(times):
        one.experience(day * DAY, value)
    before = one.at(times * DAY)
    one.experience(times * DAY, 1.0)
    assert one.at(times * DAY) > before or before == 100


@given(moments=st.lists(felt, min_size=1, max_size=12))
def test_an_episode_is_remembered_within_its_extremes(moments: list[float]) -> None:
    """What remains of an episode lies between its worst and its best moment."""
    assert min(moments) - 1e-9 <= remembered(moments) <= max(moments) + 1e-9


def test_an_episode_is_remembered_by_its_end() -> None:
    """The same moments leave more when the good one comes last."""
    assert remembered([-0.5, 0.1, 0.4]) > remembered([0.4, 0.1, -0.5])
