"""The business clock: how long a customer waited, counting only the hours in which a channel is open."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import msgspec

from events import Channel

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when to when a channel is open, on which days; a day may have several."""

    days: list[Weekday]
    opens: time
    closes: time


class HoursTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Opening hours: those of a channel, or else the usual ones. A channel with no opening is always open."""

    timezone: str
    holidays: str | None = None
    """The country whose public holidays are closed days: an ISO 3166-1 code such as FR."""
    usual: list[Opening] = []
    channels: dict[Channel, list[Opening]] = {}

    def __post_init__(self) -> None:
        """Refuses a time zone, a country or an opening that cannot be."""
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"`{self.timezone}` is not a time zone such as Europe/Paris") from None
        if self.holidays is not None and self.holidays not in holidays.list_supported_countries():
            raise ValueError(f"`{self.holidays}` is not a country whose holidays are known")
        for opening in [*self.usual, *(one for many in self.channels.values() for one in many)]:
            if opening.opens >= opening.closes:
                raise ValueError(f"an opening closes ({opening.closes}) before it opens ({opening.opens})")

    def of(self, channel: Channel) -> "Hours":
        """The business clock of one channel."""
        openings = self.channels.get(channel, self.usual)
        week = tuple(
            _united(sorted((one.opens, one.closes) for one in openings if day in one.days))
            for day in _WEEKDAYS
        )
        return Hours(zone=self.timezone, country=self.holidays, week=week if openings else None)


def _united(spans: list[tuple[time, time]]) -> tuple[tuple[time, time], ...]:
    """Sorted spans without overlap: an hour that is named twice is still one hour."""
    united: list[tuple[time, time]] = []
    for opens, closes in spans:
        if united and opens <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], closes))
        else:
            united.append((opens, closes))
    return tuple(united)


class Hours(msgspec.Struct, frozen=True, cache_hash=True):
    """The business clock of one channel."""

    zone: str
    country: str | None
    week: tuple[tuple[tuple[time, time], ...], ...] | None
    """Openings by weekday, Monday first; None means always open."""

    def between(self, start: float, end: float) -> float:
        """Open seconds from `start` to `end`, both in seconds since the Unix epoch; 0 if end is not later."""
        if end <= start:
            return 0.0
        if self.week is None:
            return end - start
        first, last = int(start // _DAY), int(end // _DAY)
        if first == last:
            return _part(self, first, start, end)
        total = _part(self, first, start, end) + _part(self, last, start, end)
        return total + _whole(self, first + 1, last) if last - first > 1 else total

    def is_open(self, at: float) -> bool:
        """Whether the channel is open at an instant."""
        if self.week is None:
            return True
        day = datetime.fromtimestamp(at, ZoneInfo(self.zone)).date()
        return any(opens <= at < closes for opens, closes in _open_on(self, day))


_DAY = 86_400
"""Seconds of a day of UTC."""


def _part(hours: Hours, day: int, start: float, end: float) -> float:
    """Open seconds of a day between two instants, of which one at least may lie outside of it."""
    total = 0.0
    for opens, closes in _open_within(hours, day):
        if opens < end and closes > start:
            total += min(end, closes) - max(start, opens)
    return total


@lru_cache(maxsize=8192)
def _whole(hours: Hours, first: int, end: int) -> float:
    """Open seconds of whole days, from one up to another: of the same spans many ask."""
    return sum(closes - opens for day in range(first, end) for opens, closes in _open_within(hours, day))


@lru_cache(maxsize=8192)
def _open_within(hours: Hours, number: int) -> tuple[tuple[float, float], ...]:
    """The openings within a day of UTC, by its number since the Unix epoch: where waits are looked up."""
    begins, ends = float(number * _DAY), float((number + 1) * _DAY)
    zone = ZoneInfo(hours.zone)
    day = datetime.fromtimestamp(begins, zone).date()
    last = datetime.fromtimestamp(ends, zone).date()
    found = []
    while day <= last:
        found += [
            (max(begins, opens), min(ends, closes))
            for opens, closes in _open_on(hours, day)
            if opens < ends and closes > begins
        ]
        day += timedelta(days=1)
    return tuple(found)


@lru_cache(maxsize=4096)
def _open_on(hours: Hours, day: date) -> tuple[tuple[float, float], ...]:
    """The openings of one local day as instants: on a day of clock change, the wall clock decides."""
    if hours.week is None or (hours.country is not None and day in _closed_days(hours.country, day.year)):
        return ()
    zone = ZoneInfo(hours.zone)
    return tuple(
        (_instant(day, opens, zone), _instant(day, closes, zone))
        for opens, closes in hours.week[day.weekday()]
    )


def _instant(day: date, at: time, zone: ZoneInfo) -> float:
    return datetime.combine(day, at, zone).astimezone(UTC).timestamp()


@lru_cache(maxsize=256)
def _closed_days(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))
