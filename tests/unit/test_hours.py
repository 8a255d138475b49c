"""The business clock: only the hours in which a channel is open are waited."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays as public
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from projections.hours import Hours
from projections.opening import WEEKDAYS as EVERY_DAY
from projections.opening import ChannelHours, Closure, HoursTable, Opening, Special, Weekday
from tests.unit.histories import PROPERTY

PARIS = ZoneInfo("Europe/Paris")
WEEKDAYS: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
HOUR = 3600.0

TABLE = HoursTable(
    timezone="Europe/Paris",
    holidays="FR",
    usual=[Opening(days=WEEKDAYS, opens=time(9), closes=time(17))],
    channels={
        "store": ChannelHours(
            openings=[
                Opening(days=WEEKDAYS, opens=time(14), closes=time(18)),
                Opening(days=WEEKDAYS, opens=time(9), closes=time(12)),
                Opening(days=["sat"], opens=time(9), closes=time(12)),
            ]
        ),
        "form": ChannelHours(openings=[]),
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
        timezone="Europe/Paris", usual=[Opening(days=list(EVERY_DAY), opens=time(1), closes=time(5))]
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


def test_closed_days_are_not_waited() -> None:
    """A company that closes for a day, or for the first two weeks of August, keeps nobody waiting then."""
    hours = HoursTable(
        timezone="Europe/Paris",
        usual=TABLE.usual,
        closed=[date(2026, 5, 15), Closure(first=date(2026, 8, 3), last=date(2026, 8, 14))],
    ).of("phone")
    assert hours.between(paris("2026-05-15 00:00"), paris("2026-05-16 00:00")) == 0
    assert hours.between(paris("2026-07-31 16:00"), paris("2026-08-17 10:00")) == 2 * HOUR
    assert not hours.is_open(paris("2026-08-03 10:00"))
    assert not hours.is_open(paris("2026-08-14 10:00"))


def test_a_channel_may_be_closed_when_the_others_are_open() -> None:
    """The stocktaking of the shop does not close the telephone; what closes all closes the shop as well."""
    table = HoursTable(
        timezone="Europe/Paris",
        usual=TABLE.usual,
        closed=[date(2026, 6, 1)],
        channels={"store": ChannelHours(closed=[date(2026, 6, 2)])},
    )
    days = (paris("2026-06-01 10:00"), paris("2026-06-02 10:00"), paris("2026-06-03 10:00"))
    assert [table.of("store").is_open(day) for day in days] == [False, False, True]
    assert [table.of("phone").is_open(day) for day in days] == [False, True, True]


def test_special_hours_take_the_place_of_the_usual_ones() -> None:
    """A Sunday in December is open, Christmas Eve closes at noon, and a holiday may be worked on."""
    hours = HoursTable(
        timezone="Europe/Paris",
        holidays="FR",
        usual=TABLE.usual,
        special=[
            Special(on=[date(2026, 12, 20), date(2026, 11, 11)], opens=time(14), closes=time(18)),
            Special(on=[date(2026, 12, 24)], opens=time(9), closes=time(12)),
            Special(on=[date(2026, 12, 20)], opens=time(10), closes=time(12)),
        ],
    ).of("phone")
    assert hours.between(paris("2026-12-20 00:00"), paris("2026-12-21 00:00")) == 6 * HOUR
    assert hours.between(paris("2026-12-24 00:00"), paris("2026-12-25 00:00")) == 3 * HOUR
    assert hours.between(paris("2026-11-11 00:00"), paris("2026-11-12 00:00")) == 4 * HOUR


def test_special_hours_of_a_channel_are_its_own() -> None:
    """What a channel says of a day counts more than what is said for all, and says nothing of the others."""
    table = HoursTable(
        timezone="Europe/Paris",
        usual=TABLE.usual,
        special=[Special(on=[date(2026, 12, 24)], opens=time(9), closes=time(12))],
        channels={
            "chat": ChannelHours(special=[Special(on=[date(2026, 12, 24)], opens=time(8), closes=time(20))])
        },
    )
    day = (paris("2026-12-24 00:00"), paris("2026-12-25 00:00"))
    assert table.of("chat").between(*day) == 12 * HOUR
    assert table.of("phone").between(*day) == 3 * HOUR


def test_each_channel_may_stand_on_another_clock() -> None:
    """A call centre in Montreal opens at nine there: that is three in the afternoon in Paris."""
    table = HoursTable(
        timezone="Europe/Paris",
        holidays="FR",
        usual=TABLE.usual,
        channels={"phone": ChannelHours(timezone="America/Montreal", holidays="CA-QC")},
    )
    phone, mail = table.of("phone"), table.of("email")
    assert not phone.is_open(paris("2026-06-01 14:59"))
    assert phone.is_open(paris("2026-06-01 15:00"))
    assert mail.is_open(paris("2026-06-01 14:59"))
    # The 14th of July is no holiday there; Quebec's own, the 24th of June, is.
    assert phone.is_open(paris("2026-07-14 16:00"))
    assert not phone.is_open(paris("2026-06-24 16:00"))
    # For two weeks in March America is on summer time and Europe is not: nine there is two in Paris.
    assert phone.is_open(paris("2026-03-10 14:00"))


def test_a_part_of_a_country_may_have_holidays_of_its_own() -> None:
    """On Good Friday the phone is answered in Paris, and not in Strasbourg."""
    table = HoursTable(
        timezone="Europe/Paris",
        holidays="FR",
        usual=TABLE.usual,
        channels={"store": ChannelHours(holidays="FR-57"), "chat": ChannelHours(holidays="none")},
    )
    good_friday, assumption = paris("2026-04-03 10:00"), paris("2025-08-15 10:00")
    assert [table.of("phone").is_open(at) for at in (good_friday, assumption)] == [True, False]
    assert [table.of("store").is_open(at) for at in (good_friday, assumption)] == [False, False]
    assert [table.of("chat").is_open(at) for at in (good_friday, assumption)] == [True, True]


def test_midnight_ends_a_day() -> None:
    """Who is open until midnight, and again from midnight on, is open without a break."""
    hours = HoursTable(
        timezone="Europe/Paris",
        usual=[
            Opening(days=["fri"], opens=time(18), closes=time(0)),
            Opening(days=["sat"], opens=time(0), closes=time(2)),
        ],
    ).of("store")
    assert hours.between(paris("2026-06-05 00:00"), paris("2026-06-07 00:00")) == 8 * HOUR
    assert hours.is_open(paris("2026-06-05 23:59:59"))
    assert hours.is_open(paris("2026-06-06 00:00"))


def test_an_opening_in_the_hour_that_clocks_leave_out_is_no_time_at_all() -> None:
    """On the last Sunday of March no clock in Paris shows half past two: what would open then does not."""
    night = HoursTable(
        timezone="Europe/Paris",
        usual=[
            Opening(days=["sun"], opens=time(2, 15), closes=time(2, 45)),
            Opening(days=["mon"], opens=time(2, 30), closes=time(3, 15)),
        ],
    ).of("phone")
    assert night.between(paris("2026-03-29 00:00"), paris("2026-03-30 00:00")) == 0
    assert night.between(paris("2026-03-22 00:00"), paris("2026-03-23 00:00")) == HOUR / 2
    # An opening that only begins in that hour begins when it is over.
    edge = HoursTable(
        timezone="Europe/Paris", usual=[Opening(days=["sun"], opens=time(2, 30), closes=time(3, 15))]
    ).of("phone")
    assert edge.between(paris("2026-03-29 00:00"), paris("2026-03-30 00:00")) == 15 * 60


def test_an_hour_that_comes_twice_is_met_the_first_time() -> None:
    """On the night with two half past twos, who opens or closes at that time does so at the first."""
    early = HoursTable(
        timezone="Europe/Paris", usual=[Opening(days=["sun"], opens=time(1), closes=time(2, 30))]
    ).of("phone")
    late = HoursTable(
        timezone="Europe/Paris", usual=[Opening(days=["sun"], opens=time(2, 30), closes=time(4))]
    ).of("phone")
    day = (paris("2026-10-25 00:00"), paris("2026-10-26 00:00"))
    assert early.between(*day) == 1.5 * HOUR
    assert late.between(*day) == 2.5 * HOUR


def test_a_day_that_a_country_left_out_has_no_hours() -> None:
    """Samoa went to bed on a Thursday in 2011 and got up on Saturday: nobody waited on that Friday."""
    samoa = ZoneInfo("Pacific/Apia")
    hours = HoursTable(
        timezone="Pacific/Apia", usual=[Opening(days=list(EVERY_DAY), opens=time(9), closes=time(17))]
    ).of("phone")
    thursday = datetime(2011, 12, 29, 0, tzinfo=samoa).timestamp()
    sunday = datetime(2012, 1, 1, 0, tzinfo=samoa).timestamp()
    assert sunday - thursday == 48 * HOUR
    assert hours.between(thursday, sunday) == 16 * HOUR


def test_zones_that_change_by_half_an_hour_are_waited_right() -> None:
    """Lord Howe Island moves its clocks by thirty minutes, and a night there is half an hour shorter."""
    zone = ZoneInfo("Australia/Lord_Howe")
    hours = HoursTable(
        timezone="Australia/Lord_Howe", usual=[Opening(days=list(EVERY_DAY), opens=time(1), closes=time(5))]
    ).of("phone")

    def night(year: int, month: int, day: int) -> float:
        return datetime(year, month, day, tzinfo=zone).timestamp()

    assert hours.between(night(2026, 10, 4), night(2026, 10, 5)) == 3.5 * HOUR
    assert hours.between(night(2026, 4, 5), night(2026, 4, 6)) == 4.5 * HOUR


ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "UTC",
]
"""In both hemispheres, with and without summer time; in Sao Paulo, until 2019, clocks changed at midnight."""

whole_hours = st.builds(lambda a, b: (min(a, b), max(a, b) + 1), st.integers(0, 23), st.integers(0, 23))


DATES = st.dates(date(2018, 10, 1), date(2019, 4, 30))


@st.composite
def tables(draw: st.DrawFn) -> HoursTable:
    """Any opening hours of whole hours: split shifts, closed days and special days among them."""
    days = st.lists(st.sampled_from(EVERY_DAY), min_size=1, max_size=7, unique=True)
    closed = draw(st.lists(DATES, max_size=10))
    special = DATES.filter(lambda day: day not in closed)
    return HoursTable(
        timezone=draw(st.sampled_from(ZONES)),
        holidays=draw(st.sampled_from([None, "FR", "US", "DE-BY"])),
        usual=[
            Opening(days=draw(days), opens=time(opens), closes=time(closes % 24))
            for opens, closes in draw(st.lists(whole_hours, min_size=1, max_size=4))
        ],
        closed=[*closed],
        special=[
            Special(on=[draw(special)], opens=time(opens), closes=time(closes % 24))
            for opens, closes in draw(st.lists(whole_hours, max_size=3))
        ],
    )


def shown_open(table: HoursTable, at: datetime) -> bool:
    """Whether a person who looks at the wall, the calendar and the sign at the door finds it open."""
    there = at.astimezone(ZoneInfo(table.timezone))
    special = [one for one in table.special if there.date() in one.on]
    if not special:
        country, _, part = (table.holidays or "").partition("-")
        closed = public.country_holidays(country, subdiv=part or None, years=there.year) if country else ()
        if there.date() in table.closed or there.date() in closed:
            return False
    usual = [one for one in table.usual if EVERY_DAY[there.weekday()] in one.days]
    return any(
        one.opens <= there.time() and (there.time() < one.closes or one.closes == time(0))
        for one in special or usual
    )


def comes_once(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the wall clock shows this time once on its day."""
    there = at.astimezone(zone)
    return there.replace(fold=0).utcoffset() == there.replace(fold=1).utcoffset()


@PROPERTY
@given(tables(), st.integers(0, 180 * 24), st.integers(1, 96))
def test_any_wait_is_the_time_in_which_the_sign_at_the_door_says_open(
    table: HoursTable, start: int, length: int
) -> None:
    """In any zone and on any days, the clock counts what a person at the door would count.

    Of an hour that comes twice a sign says too little: days on which clocks go back are left out.
    """
    begins = datetime(2018, 10, 15, tzinfo=UTC) + timedelta(hours=start)
    quarters = [begins + number * timedelta(minutes=15) for number in range(length * 4)]
    around = [begins - timedelta(hours=1), *quarters, quarters[-1] + timedelta(hours=1)]
    assume(all(comes_once(at, ZoneInfo(table.timezone)) for at in around))
    hours, shown = table.of("phone"), [shown_open(table, at) for at in quarters]
    waited = hours.between(begins.timestamp(), quarters[-1].timestamp() + 900)
    assert waited == pytest.approx(sum(shown) * 900)
    assert [hours.is_open(at.timestamp()) for at in quarters] == shown


# ------------------------------------------------------------------- the instant after so many open hours


@pytest.mark.parametrize(
    ("hours", "start", "wait", "instant"),
    [
        pytest.param(PHONE, "2026-06-01 10:00", 4, "2026-06-01 14:00", id="within a day"),
        pytest.param(PHONE, "2026-06-01 15:00", 4, "2026-06-02 11:00", id="over a night"),
        pytest.param(PHONE, "2026-06-05 16:00", 4, "2026-06-08 12:00", id="over a weekend"),
        pytest.param(PHONE, "2026-06-06 02:00", 1, "2026-06-08 10:00", id="from a closed day, at 2 a.m."),
        pytest.param(PHONE, "2026-06-01 07:30", 1, "2026-06-01 10:00", id="from before opening, at 7:30"),
        pytest.param(PHONE, "2026-07-13 16:00", 2, "2026-07-15 10:00", id="over a public holiday"),
        pytest.param(PHONE, "2026-06-01 09:00", 8, "2026-06-01 17:00", id="to the moment of closing"),
        pytest.param(STORE, "2026-06-01 11:00", 2, "2026-06-01 15:00", id="over lunch, in a split shift"),
        pytest.param(STORE, "2026-06-06 11:00", 2, "2026-06-08 10:00", id="from a Saturday"),
        pytest.param(FORM, "2026-06-06 23:00", 4, "2026-06-07 03:00", id="always open"),
    ],
)
def test_after_so_many_open_hours_it_is(hours: Hours, start: str, wait: float, instant: str) -> None:
    """Closed hours pass and are not counted."""
    assert hours.after(paris(start), wait * HOUR) == paris(instant)


def test_a_night_in_which_clocks_change_is_as_long_as_it_is() -> None:
    """Open all day by the wall clock: four hours end an hour later in March, and earlier in October."""
    whole = Opening(days=list(EVERY_DAY), opens=time(0), closes=time(23, 59))
    hours = HoursTable(timezone="Europe/Paris", usual=[whole]).of("phone")
    assert hours.after(paris("2026-03-29 00:30"), 4 * HOUR) == paris("2026-03-29 05:30")
    assert hours.after(paris("2026-10-25 00:30"), 4 * HOUR) == paris("2026-10-25 03:30")


def test_a_channel_that_never_opens_again_has_no_such_instant() -> None:
    """Who waits for an opening that does not come waits for nothing that has a time."""
    closed = HoursTable(
        timezone="Europe/Paris",
        usual=TABLE.usual,
        closed=[Closure(first=date(2026, 1, 1), last=date(2030, 1, 1))],
    ).of("phone")
    assert closed.after(paris("2026-06-01 10:00"), HOUR) is None


@PROPERTY
@given(
    start=st.floats(paris("2026-01-01 00:00"), paris("2026-12-01 00:00")),
    seconds=st.floats(0.0, 200 * HOUR),
    hours=st.sampled_from([PHONE, STORE, FORM]),
)
def test_after_is_what_between_inverts(start: float, seconds: float, hours: Hours) -> None:
    """Between a start and the instant after so many open seconds lie just as many, and before it fewer."""
    end = hours.after(start, seconds)
    assert end is not None
    assert hours.between(start, end) == pytest.approx(seconds, abs=1e-3)
    if seconds > 1.0:
        assert hours.between(start, end - 1.0) < seconds
