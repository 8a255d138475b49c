"""Knots are a function of the set of events and of the instant, and of nothing else."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events import Event, ExchangePurchased, ExchangeVisited, make
from projections.corrections import standing
from projections.knot_rules import KnotRules
from projections.knots import find_knots
from tests.unit.histories import PROPERTY, SHIPPED, START
from tests.unit.knots.lives import lives

_moments = st.integers(0, 70 * 24).map(lambda hours: (START + timedelta(hours=hours)).timestamp())


@PROPERTY
@given(events=lives(), at=_moments, shuffled=st.randoms())
def test_the_order_of_arrival_changes_no_knot(events: list[Event], at: float, shuffled: Random) -> None:
    """Shuffled in any way, and with events repeated, a life has the same knots, to the last field."""
    others = list(events)
    shuffled.shuffle(others)
    assert find_knots(others, SHIPPED, at) == find_knots(events, SHIPPED, at)


@PROPERTY
@given(events=lives(), at=_moments)
def test_what_happens_later_changes_no_knot_of_before(events: list[Event], at: float) -> None:
    """Only events until the instant count."""
    until = [event for event in events if event.at <= at]
    assert find_knots(events, SHIPPED, at) == find_knots(until, SHIPPED, at)


@PROPERTY
@given(events=lives(), at=_moments)
def test_a_knot_lies_within_its_time_and_rests_on_what_stands(events: list[Event], at: float) -> None:
    """It opened before it closed, is open only until it fades, and cites what stands, in order, each once."""
    stand = {(one.subject, one.identity) for one in standing(event for event in events if event.at <= at)}
    for knot in find_knots(events, SHIPPED, at):
        assert knot.opened_at <= knot.latest_at <= at
        if knot.open:
            assert knot.closed_by is None
            assert at < knot.fades_at
        else:
            assert knot.closed_at is not None
            assert knot.latest_at <= knot.closed_at <= min(at, knot.fades_at)
        cited = [(event.subject, event.identity) for event in knot.evidence]
        assert cited
        assert len(cited) == len(set(cited))
        assert set(cited) <= stand
        assert list(knot.evidence) == sorted(knot.evidence, key=lambda event: (event.order, event.subject))


@PROPERTY
@given(events=lives())
def test_every_knot_closes_in_the_end(events: list[Event]) -> None:
    """Where nothing happens any more, no knot stays open."""
    long_after = (START + timedelta(days=1000)).timestamp()
    assert not [knot for knot in find_knots(events, SHIPPED, long_after) if knot.open]


@PROPERTY
@given(events=lives(), at=_moments)
def test_purchases_and_visits_are_no_part_of_any_knot(events: list[Event], at: float) -> None:
    """Context changes nothing, neither as evidence nor as a sign of the customer."""
    context = [
        make(data, subject="anna", source="till", id=str(number), time=START + timedelta(days=number))
        for number, data in enumerate(
            [ExchangePurchased(amount=10.0), ExchangeVisited(), ExchangePurchased()]
        )
    ]
    assert find_knots([*events, *context], SHIPPED, at) == find_knots(events, SHIPPED, at)


@PROPERTY
@given(events=lives(), at=_moments, kind=st.sampled_from(SHIPPED.knots.__struct_fields__))
def test_a_kind_that_the_strategy_leaves_out_is_not_found(events: list[Event], at: float, kind: str) -> None:
    """Without its section a pattern is not looked for, and the others are as they were."""
    without = replace(SHIPPED, knots=replace(SHIPPED.knots, **{kind: None}))
    found = find_knots(events, SHIPPED, at)
    assert find_knots(events, without, at) == [knot for knot in found if knot.kind != kind]
    assert find_knots(events, replace(SHIPPED, knots=KnotRules()), at) == []
