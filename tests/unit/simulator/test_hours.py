"""Opening hours, holidays and load, in Paris."""

from datetime import datetime

import pytest

from services.simulator.hours import TIMEZONE, Hours
from services.simulator.units import HOUR


def paris(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=TIMEZONE).timestamp()


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-01-12T08:29:59", False),
        ("2026-01-12T08:30:00", True),
        ("2026-01-12T18:00:00", False),
        ("2026-07-13T08:30:00", True),  # summer time
        ("2026-01-17T12:00:00", True),  # Saturday morning
        ("2026-01-17T13:00:00", False),
        ("2026-01-18T10:00:00", False),  # Sunday
        ("2026-07-14T10:00:00", False),  # a public holiday, on a Tuesday
    ],
)
def test_the_brand_is_open_in_its_hours_only(when: str, is_open: bool) -> None:
    """Weekdays, Saturday mornings, never on Sundays or holidays, whatever the season."""
    assert Hours(1).is_open(paris(when)) is is_open


def test_open_hours_run_only_while_the_brand_is_open() -> None:
    """Two hours from Saturday noon end on Monday morning, and three from the eve of a holiday after it."""
    hours = Hours(1)
    assert hours.after(paris("2026-01-17T12:00:00"), 2 * HOUR) == paris("2026-01-19T10:00:00")
    assert hours.after(paris("2026-07-13T17:00:00"), 3 * HOUR) == paris("2026-07-15T10:30:00")


@pytest.mark.parametrize("date", ["2026-03-29", "2026-10-25", "2026-06-01", "2026-12-31"])
def test_a_day_begins_and_ends_at_midnight_in_paris(date: str) -> None:
    """Also when the clocks change, and then it has 23 or 25 hours."""
    hours = Hours(1)
    for time in ("00:00:00", "00:30:00", "12:00:00", "23:59:59"):
        day = hours.day(paris(f"{date}T{time}"))
        assert day.date.isoformat() == date
        assert day.starts == paris(f"{date}T00:00:00")
        assert day.ends - day.starts == {"2026-03-29": 23, "2026-10-25": 25}.get(date, 24) * HOUR


def test_some_weeks_are_overrun() -> None:
    """In three years there are weeks twice as loaded as the middle one, and they are few."""
    hours = Hours(1)
    start = hours.day(paris("2026-01-07T12:00:00")).number
    loads = sorted(hours.numbered(start + 7 * week).load for week in range(156))
    overrun = sum(load > 1.6 * loads[78] for load in loads)
    assert 5 <= overrun <= 40
