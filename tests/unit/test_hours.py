"""The business clock: only the hours in which a channel is open are waited."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.hours import HoursTable, Opening, Weekday
from tests.unit.histories import PROPERTY

PARIS = ZoneInfo("Europe/Paris")
WEEKDAYS: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
EVERY_DAY: list[Weekday] = [*WEEKDAYS, "sat", "sun"]
HOUR = 3600.0

TABLE = HoursTable(
    timezone="Europe/Paris",
    holidays="FR",
    usual=[Opening(days=WEEKDAYS, opens=time(9), closes=time(17))],
    channels={
        "store": [
            Opening(days=WEEKDAYS, opens=time(14), closes=time(18)),
            Opening(days=WEEKDAYS, opens=time(9), closes=time(12)),
            Opening(days=["sat"], opens=time(9), closes=time(12)),
        ],
        "form": [],
    },
)
PHONE, STORE, FORM = TABLE.of("phone"), TABLE.of("store"), TABLE.of("form")


def paris(text: str) -> float:
    """An instant by the wall clock of Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()


def test_within_one_day_every_second_counts() -> None:
    """From ten to half past ten is half an hour."""
    assert PHONE.between(paris("2026-06-01 10:00"), paris("2026-06-01 10:30")) == HOUR / 2


def test_a_wait_over_a_weekend_stands_still_until_monday() -> None:
    """From Friday, ten to five, to Monday, ten past nine, is twenty minutes."""
    assert PHONE.between(paris("2026-06-05 16:50"), paris("2026-06-08 09:10")) == 20 * 60


def test_a_night_counts_for_nothing() -> None:
    """A wait that begins after closing begins at the next opening."""
    assert PHONE.between(paris("2026-06-01 20:00"), paris("2026-06-02 08:00")) == 0
    assert PHONE.between(paris("2026-06-01 20:00"), paris("2026-06-02 10:00")) == HOUR


def test_a_public_holiday_is_closed() -> None:
    """The 14th of July 2026 is a Tuesday on which France does not answer the phone."""
    assert PHONE.between(paris("2026-07-14 00:00"), paris("2026-07-15 00:00")) == 0
    assert PHONE.between(paris("2026-07-15 00:00"), paris("2026-07-16 00:00")) == 8 * HOUR


def test_without_a_country_no_day_is_a_holiday() -> None:
    """Holidays are closed only where the table names whose they are."""
    hours = HoursTable(timezone="Europe/Paris", usual=TABLE.usual).of("phone")
    assert hours.between(paris("2026-07-14 00:00"), paris("2026-07-15 00:00")) == 8 * HOUR


def test_a_split_shift_pauses_for_lunch() -> None:
    """Open from 9 to 12 and from 14 to 18: who stands at the door at noon waits from two on."""
    assert STORE.between(paris("2026-06-01 11:30"), paris("2026-06-01 14:30")) == HOUR
    assert STORE.between(paris("2026-06-01 00:00"), paris("2026-06-02 00:00")) == 7 * HOUR


def test_each_channel_has_its_own_week() -> None:
    """On Saturdays the store is open, and the phone is not."""
    saturday = paris("2026-06-06 10:00")
    assert STORE.is_open(saturday)
    assert not PHONE.is_open(saturday)


def test_a_channel_without_openings_is_always_open() -> None:
    """A form takes what is sent at night, on Sundays and on holidays."""
    assert FORM.between(paris("2026-07-13 20:00"), paris("2026-07-15 20:00")) == 48 * HOUR
    assert FORM.is_open(paris("2026-07-14 03:00"))


def test_a_day_on_which_clocks_change_has_the_hours_that_the_wall_clock_shows() -> None:
    """Open from one to five: three hours when clocks go forward, five when they go back."""
    night = HoursTable(
        timezone="Europe/Paris", usual=[Opening(days=EVERY_DAY, opens=time(1), closes=time(5))]
    ).of("phone")
    assert night.between(paris("2026-03-29 00:00"), paris("2026-03-30 00:00")) == 3 * HOUR
    assert night.between(paris("2026-10-25 00:00"), paris("2026-10-26 00:00")) == 5 * HOUR


def test_opening_hours_follow_the_wall_clock_through_the_year() -> None:
    """Nine in Paris is eight in universal time in winter, and seven in summer."""
    assert PHONE.is_open(datetime.fromisoformat("2026-01-12T08:00:00Z").timestamp())
    assert not PHONE.is_open(datetime.fromisoformat("2026-01-12T07:59:59Z").timestamp())
    assert PHONE.is_open(datetime.fromisoformat("2026-06-15T07:00:00Z").timestamp())


def test_a_channel_is_open_from_its_first_second_to_before_its_last() -> None:
    """At nine it is open; at five it is closed."""
    assert PHONE.is_open(paris("2026-06-01 09:00"))
    assert not PHONE.is_open(paris("2026-06-01 17:00"))


def test_an_hour_that_is_named_twice_is_one_hour() -> None:
    """Openings that overlap are joined: nobody waits twice at a time."""
    hours = HoursTable(
        timezone="Europe/Paris",
        usual=[
            Opening(days=WEEKDAYS, opens=time(9), closes=time(13)),
            Opening(days=["mon"], opens=time(12), closes=time(18)),
            Opening(days=["mon"], opens=time(10), closes=time(11)),
        ],
    ).of("phone")
    assert hours.between(paris("2026-06-01 00:00"), paris("2026-06-02 00:00")) == 9 * HOUR


def test_an_end_before_the_beginning_is_no_wait() -> None:
    """Clocks that disagree do not make a wait negative."""
    for hours in (PHONE, FORM):
        assert hours.between(paris("2026-06-01 11:00"), paris("2026-06-01 10:00")) == 0


@PROPERTY
@given(
    st.lists(st.integers(0, 90 * 86_400), min_size=3, max_size=3).map(sorted),
    st.sampled_from([PHONE, STORE, FORM]),
)
def test_two_waits_end_to_end_are_as_long_as_one(ends: list[int], hours: object) -> None:
    """Splitting a wait anywhere changes nothing, and open time is never longer than time."""
    start, middle, end = (paris("2026-03-01 00:00") + seconds for seconds in ends)
    between = hours.between  # type: ignore[attr-defined]
    assert between(start, end) == pytest.approx(between(start, middle) + between(middle, end))
    assert 0 <= between(start, end) <= end - start


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        ({"timezone": "Paris"}, "`Paris` is not a time zone such as Europe/Paris"),
        ({"timezone": "UTC", "holidays": "Gaul"}, "`Gaul` is not a country whose holidays are known"),
        (
            {"timezone": "UTC", "usual": [Opening(days=["mon"], opens=time(17), closes=time(9))]},
            "an opening closes (09:00:00) before it opens (17:00:00)",
        ),
    ],
)
def test_hours_that_cannot_be_are_refused(mistake: dict[str, object], sentence: str) -> None:
    """A time zone, a country or an opening that does not exist is named in the refusal."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole sentence is compared below
        HoursTable(**mistake)  # type: ignore[arg-type]
    assert str(refusal.value) == sentence
