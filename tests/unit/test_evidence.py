"""Evidence: how an event is read by itself, and sums that only add and fade by half in each half-life."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events import (
    ComplaintRaised,
    ContactRetold,
    CustomerInformed,
    Data,
    ExchangePurchased,
    FeedbackGiven,
    OutreachReacted,
)
from projections.evidence import HORIZONS, SUMS, Signal, add, merge, no_sums
from projections.fold import direct_signal
from projections.strategy import BREACHES, Breach, Dimension, SignalRule, Strategy
from tests.unit.decay import decayed
from tests.unit.histories import DAY, MONDAY, PLAIN, PROPERTY, told

NOW = MONDAY.timestamp()
HALF_LIFE = {"bond": 100 * DAY, "mood": 10 * DAY}

signals = st.builds(
    lambda at, dimension, valence, weight, breach: Signal(
        at,
        BREACHES[breach] if breach else dimension,
        valence if not breach else -abs(valence),
        weight,
        breach,
    ),
    st.floats(NOW - 400 * DAY, NOW),
    st.sampled_from(["recognition", "responsiveness"]),
    st.floats(-1, 1),
    st.floats(0.01, 100),
    st.none() | st.sampled_from(list(BREACHES)),
)


def signal(
    valence: float,
    *,
    weight: float = 1.0,
    days_ago: float = 0.0,
    dimension: Dimension = "recognition",
    breach: Breach | None = None,
) -> Signal:
    return Signal(NOW - days_ago * DAY, dimension, valence, weight, breach)


def summed(*some: Signal) -> list[float]:
    sums = no_sums()
    for one in some:
        add(sums, one, PLAIN)
    return sums


@pytest.mark.parametrize(
    ("valence", "positive", "negative"), [(1, 2, 0), (-1, 0, 2), (0, 1, 1), (0.5, 1.5, 0.5)]
)
def test_a_signal_is_divided_between_good_and_bad(valence: float, positive: float, negative: float) -> None:
    """A weight of 2 goes to the positive side by (1 + v) / 2, and to the negative side by (1 − v) / 2."""
    evidence = decayed(summed(signal(valence, weight=2)), PLAIN, "bond", NOW)
    assert evidence.positive["recognition"] == pytest.approx(positive)
    assert evidence.negative["recognition"] == pytest.approx(negative)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_evidence_fades_by_half_in_each_half_life(horizon: str) -> None:
    """After one half-life a half is left, after three an eighth."""
    sums = summed(signal(1))
    for halvings in (0, 1, 3):
        at = NOW + halvings * HALF_LIFE[horizon]
        left = decayed(sums, PLAIN, horizon, at).positive["recognition"]
        assert left == pytest.approx(0.5**halvings)


def test_old_evidence_counts_less_than_fresh() -> None:
    """What was ten days ago is half forgotten by the mood, and hardly by the bond."""
    sums = summed(signal(1, days_ago=10))
    assert decayed(sums, PLAIN, "mood", NOW).positive["recognition"] == pytest.approx(0.5)
    assert decayed(sums, PLAIN, "bond", NOW).positive["recognition"] == pytest.approx(0.5**0.1)


def test_dimensions_do_not_mix() -> None:
    """Being answered late says nothing of being recognised."""
    evidence = decayed(summed(signal(-1, dimension="responsiveness")), PLAIN, "bond", NOW)
    assert evidence.negative["responsiveness"] == pytest.approx(1)
    assert evidence.negative["recognition"] == evidence.positive["recognition"] == 0


def test_the_bad_side_of_a_breach_is_summed_apart_and_counted() -> None:
    """A breach of weight 2 leaves nothing in its dimension's negative sum, 2 in its own, and a count of 1."""
    evidence = decayed(summed(signal(-1, weight=2, breach="retelling")), PLAIN, "bond", NOW)
    assert evidence.negative["recognition"] == 0
    assert evidence.breaches["retelling"] == pytest.approx((2, 1))
    assert evidence.breaches["overlooked"] == (0, 0)


def test_a_breach_is_forgotten_like_everything_else() -> None:
    """After a half-life, half a breach is left, by size and by count."""
    sums = summed(signal(-1, weight=2, breach="retelling"))
    left = decayed(sums, PLAIN, "bond", NOW + HALF_LIFE["bond"]).breaches["retelling"]
    assert left == pytest.approx((1, 0.5))


@PROPERTY
@given(st.lists(signals, max_size=12), st.data())
def test_sums_may_be_added_in_any_order_and_in_parts(some: list[Signal], data: st.DataObject) -> None:
    """Sums of parts, merged, are the sums of the whole."""
    shuffled = data.draw(st.permutations(some))
    cut = data.draw(st.integers(0, len(some)))
    parts = summed(*shuffled[:cut])
    merge(parts, summed(*shuffled[cut:]))
    assert parts == pytest.approx(summed(*some))


@PROPERTY
@given(st.lists(signals, max_size=12), signals)
def test_a_signal_that_is_taken_away_leaves_what_was_there(some: list[Signal], passing: Signal) -> None:
    """Adding a signal and taking it away again changes the evidence by less than 1e-12."""
    before = summed(*some)
    after = summed(*some, passing)
    add(after, passing, PLAIN, -1.0)
    for horizon in HORIZONS:
        one, other = (decayed(sums, PLAIN, horizon, NOW) for sums in (before, after))
        for left, right in ((one.positive, other.positive), (one.negative, other.negative)):
            assert list(left.values()) == pytest.approx(list(right.values()), abs=1e-12)


@PROPERTY
@given(signals, st.floats(-800 * 10, 800 * 10))
def test_the_landmark_may_be_anywhere(one: Signal, days: float) -> None:
    """Moving the landmark by hundreds of half-lives changes what is summed, and nothing that is read."""
    moved = replace(PLAIN, landmark_at=NOW + days * DAY)
    sums = no_sums()
    add(sums, one, moved)
    for horizon in HORIZONS:
        here, there = decayed(summed(one), PLAIN, horizon, NOW), decayed(sums, moved, horizon, NOW)
        assert list(there.positive.values()) == pytest.approx(list(here.positive.values()), rel=1e-9)
        assert list(there.negative.values()) == pytest.approx(list(here.negative.values()), rel=1e-9)


def test_looking_back_before_everything_finds_nothing() -> None:
    """Two thousand half-lives before the landmark there is no evidence, and no overflow either."""
    evidence = decayed(no_sums(), PLAIN, "mood", PLAIN.landmark_at - 2000 * HALF_LIFE["mood"])
    assert set(evidence.positive.values()) == {0.0}


def test_sums_have_names_and_places() -> None:
    """Every sum has a name of its own, those of the bond before those of the mood."""
    assert len(set(SUMS)) == len(SUMS) == len(no_sums())
    assert [name.split("_")[0] for name in SUMS] == ["bond"] * (len(SUMS) // 2) + ["mood"] * (len(SUMS) // 2)


# ---------------------------------------------------------------------------------- how events are read


def rules(*some: SignalRule) -> Strategy:
    """A strategy that reads only what some rules say."""
    by_type: dict[str, tuple[SignalRule, ...]] = {}
    for rule in some:
        by_type[rule.type] = (*by_type.get(rule.type, ()), rule)
    return replace(PLAIN, rules=by_type)


def read_as(data: Data, *some: SignalRule) -> Signal | None:
    """How rules read an event of now."""
    (event,) = told((MONDAY, data))
    return direct_signal(event, rules(*some))


_RETOLD = SignalRule(
    type="egard.contact.retold", dimension="recognition", weight=2.0, valence=-0.8, breach="retelling"
)
_GIVEN = SignalRule(
    type="egard.feedback.given",
    dimension="recognition",
    weight=1.0,
    valence_from="score",
    breach="overlooked",
)


def test_an_event_is_read_as_its_rule_says() -> None:
    """Dimension, valence, weight and breach are the rule's; the time is the event's own."""
    signal = read_as(ContactRetold(contact_id="1", reason="the bill"), _RETOLD)
    assert signal == Signal(NOW, "recognition", -0.8, 2.0, "retelling")


@pytest.mark.parametrize(("score", "valence"), [(0, -1), (50, 0), (75, 0.5), (100, 1)])
def test_a_score_from_0_to_100_becomes_a_valence(score: float, valence: float) -> None:
    """The middle of the scale is indifferent; only the lower half is a breach."""
    signal = read_as(FeedbackGiven(score=score), _GIVEN)
    assert signal == Signal(NOW, "recognition", valence, 1.0, "overlooked" if valence < 0 else None)


def test_the_first_rule_that_matches_counts() -> None:
    """Of two rules that fit, the earlier one is applied; one that does not fit is passed over."""
    any_other = SignalRule(type="egard.outreach.reacted", dimension="recognition", weight=1.0, valence=-0.1)
    welcome = replace(any_other, valence=0.9, where={"reaction": "welcome"})
    for reaction, valence in (("welcome", 0.9), ("unwelcome", -0.1)):
        signal = read_as(OutreachReacted(prompt_id="1", reaction=reaction), welcome, any_other)  # type: ignore[arg-type]
        assert signal is not None
        assert signal.valence == valence


def test_what_no_rule_speaks_of_is_context() -> None:
    """A type without a rule, and one whose condition is not met, give no signal."""
    informed = SignalRule(
        type="egard.customer.informed",
        dimension="responsiveness",
        weight=1.0,
        valence=0.7,
        where={"before_asked": True},
    )
    assert read_as(CustomerInformed(about="works", before_asked=True), informed) is not None
    assert read_as(CustomerInformed(about="works", before_asked=False), informed) is None
    assert read_as(CustomerInformed(about="works"), informed) is None
    assert read_as(ExchangePurchased(amount=10), informed) is None


def test_what_is_left_open_has_no_valence() -> None:
    """Where the field that the valence comes from is absent, the event says nothing."""
    rule = replace(_GIVEN, type="egard.complaint.raised", valence_from="severity")
    assert read_as(ComplaintRaised(complaint_id="1"), rule) is None


def test_an_unknown_type_is_never_scored() -> None:
    """An event whose data this version cannot read gives no signal, even if a rule names its type."""
    (event,) = told((MONDAY, ContactRetold(contact_id="1", reason="the bill")))
    assert direct_signal(replace(event, data=None), rules(_RETOLD)) is None
