"""The moment: nobody is reached out to in their quiet hours, by the clock on their own wall."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import Event, PreferenceSet, make
from projections.outreach.moment import held_until, hours_of, spans_of, zone_of
from projections.outreach_rules import Quiet
from projections.strategy import Strategy
from tests.unit.histories import PLAIN, PROPERTY

NIGHT = Quiet(begins=time(20), ends=time(8))
NAP = Quiet(begins=time(13), ends=time(14))
PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")
HOUSE: Strategy = msgspec.structs.replace(
    PLAIN,
    hours=msgspec.structs.replace(PLAIN.hours, timezone="Europe/Paris"),
    outreach=msgspec.structs.replace(PLAIN.outreach, quiet=NIGHT),
)


def on(text: str, zone: ZoneInfo = PARIS) -> float:
    """An instant by the wall clock of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def quiet_until(at: float, zone: ZoneInfo, quiet: Quiet) -> float | None:
    """Until when nobody of whom nothing is known is reached out to, in a house with such quiet hours."""
    house = msgspec.structs.replace(
        HOUSE,
        hours=msgspec.structs.replace(HOUSE.hours, timezone=zone.key),
        outreach=msgspec.structs.replace(HOUSE.outreach, quiet=quiet),
    )
    return held_until(at, [], house)


def wish(number: int, **said: Any) -> Event:
    """A preference that somebody stated, the higher numbers later."""
    at = datetime(2026, 1, number, tzinfo=UTC)
    return make(PreferenceSet(**said), subject="ann", source="/crm", id=str(number), time=at)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-06-01 02:00", "2026-06-01 08:00"),
        ("2026-06-01 07:30", "2026-06-01 08:00"),
        ("2026-06-01 07:59:59", "2026-06-01 08:00"),
        ("2026-06-01 08:00", None),
        ("2026-06-01 12:00", None),
        ("2026-06-01 19:59:59", None),
        ("2026-06-01 20:00", "2026-06-02 08:00"),
        ("2026-06-01 23:59", "2026-06-02 08:00"),
    ],
)
def test_the_night_is_quiet_until_eight(at: str, until: str | None) -> None:
    """Two at night and half past seven are too early; eight is not, and eight in the evening is too late."""
    assert quiet_until(on(at), PARIS, NIGHT) == (None if until is None else on(until))


def test_quiet_hours_may_lie_within_a_day() -> None:
    """A house that rests from one to two is not heard of then, and is at night."""
    assert quiet_until(on("2026-06-01 13:20"), PARIS, NAP) == on("2026-06-01 14:00")
    assert quiet_until(on("2026-06-01 03:00"), PARIS, NAP) is None


def test_quiet_hours_that_begin_at_midnight_end_on_the_same_day() -> None:
    """From midnight to eight nobody is called; a minute before midnight somebody may be."""
    quiet = Quiet(begins=time(0), ends=time(8))
    assert quiet_until(on("2026-06-01 23:59"), PARIS, quiet) is None
    assert quiet_until(on("2026-06-02 00:00"), PARIS, quiet) == on("2026-06-02 08:00")


def test_the_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    """From two in the night of 29 March 2026 on, eight o'clock is five hours away, not six."""
    at = on("2026-03-29 01:59:59") + 1
    until = quiet_until(at, PARIS, NIGHT)
    assert until is not None
    assert (until - at, until) == (5 * 3600, on("2026-03-29 08:00"))


def test_the_night_in_which_clocks_go_back_is_an_hour_longer() -> None:
    """On 25 October 2026 one waits from midnight until eight for nine hours."""
    at = on("2026-10-25 00:00")
    until = quiet_until(at, PARIS, NIGHT)
    assert until is not None
    assert (until - at, until) == (9 * 3600, on("2026-10-25 08:00"))


def test_quiet_hours_that_end_in_the_hour_that_is_left_out_end_with_it() -> None:
    """Half past two is not shown on the night of 29 March: the quiet hours end when the clocks jump."""
    quiet = Quiet(begins=time(22), ends=time(2, 30))
    assert quiet_until(on("2026-03-29 01:00"), PARIS, quiet) == on("2026-03-29 01:59:59") + 1


def test_it_is_the_customers_clock_that_counts() -> None:
    """At ten in Paris it is four in New York: who lives there is left to sleep for four more hours."""
    at = on("2026-06-01 10:00")
    assert held_until(at, [], HOUSE) is None
    assert held_until(at, [wish(1, timezone="America/New_York")], HOUSE) == on("2026-06-01 08:00", NEW_YORK)
    late = on("2026-06-01 22:00")
    assert held_until(late, [wish(1, timezone="America/New_York")], HOUSE) is None


def test_the_last_time_zone_counts_and_one_that_does_not_exist_counts_for_nothing() -> None:
    """Who moved is where they moved to; a slip of the pen moves nobody."""
    said = [wish(1, timezone="Asia/Tokyo"), wish(2, timezone="America/New_York"), wish(3, timezone="Mars/X")]
    assert zone_of(said, HOUSE).key == "America/New_York"
    assert zone_of([wish(3, timezone="../etc")], HOUSE).key == "Europe/Paris"


def test_hours_that_the_customer_asked_for_go_before_those_of_the_house() -> None:
    """Who asks for six to eight in the evening is not called at noon, and who works at night is at night."""
    evening, night = [wish(1, hours="18:00-20:00")], [wish(1, hours="22h à 23h30")]
    assert held_until(on("2026-06-01 12:00"), evening, HOUSE) == on("2026-06-01 18:00")
    assert held_until(on("2026-06-01 18:30"), evening, HOUSE) is None
    assert held_until(on("2026-06-01 22:30"), night, HOUSE) is None
    assert held_until(on("2026-06-01 23:45"), night, HOUSE) == on("2026-06-02 22:00")


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9-12, 14:00-18:30", [(9, 12), (14, 18.5)]),
        ("9h–12h et 14h30 à 18h", [(9, 12), (14.5, 18)]),
        ("9:00 to 17:00", [(9, 17)]),
        ("0-24", [(0, 24)]),
    ],
)
def test_hours_are_understood_as_people_write_them(text: str, hours: list[tuple[float, float]]) -> None:
    """Dashes, words, commas and the French h."""
    assert spans_of(text) == tuple((timedelta(hours=one), timedelta(hours=other)) for one, other in hours)


@pytest.mark.parametrize(
    "text", ["", "mornings", "9-", "18-9", "9-25", "9-12, 11-13", "9:75-10", "9-12 only"]
)
def test_hours_that_are_not_understood_whole_count_for_nothing(text: str) -> None:
    """Then the quiet hours of the house hold: nothing is guessed."""
    assert hours_of([wish(1, hours=text)]) is None
    assert held_until(on("2026-06-01 02:00"), [wish(1, hours=text)], HOUSE) == on("2026-06-01 08:00")


TIMES = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(minutes // 60, minutes % 60))


@PROPERTY
@given(
    begins=TIMES,
    length=st.integers(1, 24 * 60 - 1),
    at=st.floats(1.7e9, 1.9e9),
    zone=st.sampled_from([PARIS, NEW_YORK, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_what_is_held_is_held_to_an_instant_that_is_not_quiet(
    begins: time, length: int, at: float, zone: ZoneInfo
) -> None:
    """Whatever the hours, zone and night: it ends, within a day and an hour, where quiet hours do."""
    ends = (datetime.combine(datetime(2026, 1, 1, tzinfo=UTC), begins) + timedelta(minutes=length)).time()
    quiet = Quiet(begins=begins, ends=ends)
    until = quiet_until(at, zone, quiet)
    shown = datetime.fromtimestamp(at, zone).time()
    inside = begins <= shown < ends if begins < ends else shown >= begins or shown < ends
    assert (until is not None) == inside or _near_a_change(at, zone)
    if until is not None:
        assert at < until <= at + 25 * 3600
        assert quiet_until(until, zone, quiet) is None


def _near_a_change(at: float, zone: ZoneInfo) -> bool:
    """Whether clocks change within a day: hours are then shown twice, or not at all."""
    offsets = {datetime.fromtimestamp(at + hours * 3600, zone).utcoffset() for hours in (-24, 0, 24)}
    return len(offsets) > 1
