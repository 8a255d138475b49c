"""What is known of a person is told by the shortest way, and is what the long way tells."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from events import Event, JudgementMade, make
from projections.bands import Band
from projections.knots import find_knots
from projections.knots.knot import order_of
from projections.triggers import Known
from projections.whole import read_person
from tests.unit.histories import PROPERTY, SHIPPED, START, assert_same
from tests.unit.knots.lives import lives

_BANDS: tuple[Band, ...] = ("thriving", "steady", "drifting", "strained", "knotted", "unknown")
_bands = st.sets(st.sampled_from(_BANDS), min_size=1)
_later = st.integers(0, 60 * 24).map(lambda hours: hours * 3600.0)


@st.composite
def _judged(draw: st.DrawFn) -> list[Event]:
    """A life in which agents may have judged."""
    events = draw(lives())
    for number in range(draw(st.integers(0, 2))):
        made = START + timedelta(days=draw(st.integers(0, 60)))
        data = JudgementMade(
            health=draw(st.integers(0, 100)),
            agent_id="agent",
            reason="I know them",
            until=made + timedelta(days=draw(st.integers(1, 60))),
        )
        events.append(make(data, subject="anna", source="desk", id=str(number), time=made))
    return events


def _end(events: list[Event], later: float) -> float:
    return max((event.at for event in events), default=START.timestamp()) + later


@PROPERTY
@given(events=_judged(), later=_later, bands=_bands)
def test_a_band_is_one_of_some_as_the_whole_reading_has_it(
    events: list[Event], later: float, bands: set[Band]
) -> None:
    """Whether knots had to be looked for or not, the band is that of the reading."""
    at = _end(events, later)
    expected = Known(events, SHIPPED).reading(at).band in bands
    assert Known(events, SHIPPED).is_in(bands, at) is expected
    after = Known(events, SHIPPED)
    after.reading(at)
    assert after.is_in(bands, at) is expected


@PROPERTY
@given(events=_judged(), later=_later)
def test_what_is_read_to_decide_is_what_everybody_reads(events: list[Event], later: float) -> None:
    """The reading, and the knots, are those of the person's events folded by themselves."""
    at = _end(events, later)
    known = Known(events, SHIPPED)
    assert_same(known.reading(at), read_person(events, SHIPPED, at), SHIPPED)
    assert known.knots(at) == [knot for knot in find_knots(events, SHIPPED, at) if knot.open]


@PROPERTY
@given(events=_judged(), later=_later, back=_later)
def test_what_was_known_until_an_instant_is_what_those_events_tell(
    events: list[Event], later: float, back: float
) -> None:
    """Whichever of the two is read first, the earlier reading knows of nothing that came after."""
    at = _end(events, later)
    since = _end(events, -back)
    known = Known(events, SHIPPED)
    earlier = known.until(since)
    alone = Known([event for event in known.events if event.at <= since], SHIPPED)
    assert_same(earlier.reading(at), alone.reading(at), SHIPPED)
    assert_same(known.reading(at), Known(events, SHIPPED).reading(at), SHIPPED)


@PROPERTY
@given(events=lives(), shuffled=st.randoms())
def test_events_are_in_the_one_order_and_numbered_in_it(events: list[Event], shuffled: Random) -> None:
    """By time, rank of type, id and source, however they came, and each knows its instant."""
    shuffled.shuffle(events)
    placed = Known(events, SHIPPED).placed
    in_order = [event for event, _ in placed]
    assert [order_of(event) for event in in_order] == sorted(order_of(event) for event in in_order)
    assert [place for _, place in placed] == [(event.at, number) for number, event in enumerate(in_order)]


@PROPERTY
@given(events=lives())
def test_the_newest_is_the_latest_instant(events: list[Event]) -> None:
    """It is that of the latest event that stands, and long ago where none does."""
    known = Known(events, SHIPPED)
    assert known.newest == max((event.at for event in known.events), default=float("-inf"))
