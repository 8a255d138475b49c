"""When the brand is open and how loaded each day is. Times are seconds since the Unix epoch."""

import datetime as dt
from dataclasses import dataclass
from random import Random
from zoneinfo import ZoneInfo

import holidays

from services.simulator.units import DAY, HOUR

TIMEZONE = ZoneInfo("Europe/Paris")

_WINTER_OFFSET = 1 * HOUR
_EPOCH = dt.date(1970, 1, 1)
_WEEKDAY = (dt.time(8, 30), dt.time(18, 0))
_SATURDAY = (dt.time(9, 0), dt.time(12, 30))


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day in Paris. A closed day opens and closes at the same instant."""

    number: int
    """Days since 1 January 1970."""
    date: dt.date
    starts: float
    ends: float
    opens: float
    closes: float
    load: float
    """1 is a quiet day; at 2 everyone is overrun."""


class Hours:
    """The brand's calendar; which weeks are overrun depends on the seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._days: dict[int, Day] = {}
        self._holidays = holidays.country_holidays("FR")

    def day(self, now: float) -> Day:
        """The day in Paris that an instant falls on."""
        number = int((now + _WINTER_OFFSET) // DAY)
        day = self.numbered(number)
        # In summer midnight comes an hour earlier than the winter offset says.
        return day if now < day.ends else self.numbered(number + 1)

    def numbered(self, number: int) -> Day:
        """A day by its number."""
        day = self._days.get(number)
        if day is None:
            day = self._days[number] = self._make(number)
        return day

    def is_open(self, now: float) -> bool:
        """Whether somebody should answer at this instant."""
        day = self.day(now)
        return day.opens <= now < day.closes

    def after(self, now: float, open_seconds: float) -> float:
        """The instant by which the brand will have been open for so many seconds."""
        day = self.day(now)
        cursor = max(now, day.opens)
        while True:
            room = day.closes - cursor
            if 0 <= open_seconds < room:
                return cursor + open_seconds
            open_seconds -= max(0.0, room)
            day = self.numbered(day.number + 1)
            cursor = day.opens

    def _make(self, number: int) -> Day:
        date = _EPOCH + dt.timedelta(days=number)
        starts = _instant(date, dt.time())
        opens = closes = starts
        if date.weekday() < 6 and date not in self._holidays:
            first, last = _SATURDAY if date.weekday() == 5 else _WEEKDAY
            opens, closes = _instant(date, first), _instant(date, last)
        ends = _instant(date + dt.timedelta(days=1), dt.time())
        return Day(number, date, starts, ends, opens, closes, self._load(date))

    def _load(self, date: dt.date) -> float:
        # Days since the Monday before the epoch, so that one draw holds for a whole week.
        week = ((date - _EPOCH).days + 3) // 7
        rng = Random(f"{self._seed}:week:{week}")
        load = rng.uniform(0.8, 1.1)
        if rng.random() < 0.12:
            load *= rng.uniform(1.7, 2.3)
        if date.weekday() == 0:
            load *= 1.25
        if date.day <= 6:
            load *= 1.15
        if date.month in (1, 9):
            load *= 1.2
        return load


def _instant(date: dt.date, time: dt.time) -> float:
    return dt.datetime.combine(date, time, TIMEZONE).timestamp()
