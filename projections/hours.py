"""The business clock: how long a customer waited, counting only the hours in which a channel is open."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import msgspec

Span = tuple[timedelta, timedelta]
"""From when to when, on the wall clock of a day, since its midnight."""


class Hours(msgspec.Struct, frozen=True, cache_hash=True):
    """The business clock of one channel."""

    zone: str
    region: str | None
    """Whose public holidays are closed days: a country such as FR, or a part of it such as DE-BY."""
    week: tuple[tuple[Span, ...], ...] | None
    """Openings by weekday, Monday first; None means always open."""
    closed: frozenset[date] = frozenset()
    """Other days that are closed."""
    special: tuple[tuple[date, tuple[Span, ...]], ...] = ()
    """Days that have hours of their own, whatever day of the week they are, holidays among them."""

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

    def after(self, start: float, seconds: float) -> float | None:
        """The first instant at which so many open seconds have passed since `start`: what `between` inverts.

        None where the channel is not open for so long within two years.
        """
        if self.week is None or seconds <= 0.0:
            return start + max(0.0, seconds)
        first = int(start // _DAY)
        for day in range(first, first + _FURTHEST):
            for opens, closes in sorted(_open_within(self, day)):
                if closes <= start:
                    continue
                begins = max(start, opens)
                if seconds <= closes - begins:
                    return begins + seconds
                seconds -= closes - begins
        return None

    def is_open(self, at: float) -> bool:
        """Whether the channel is open at an instant."""
        if self.week is None:
            return True
        day = datetime.fromtimestamp(at, ZoneInfo(self.zone)).date()
        return any(opens <= at < closes for opens, closes in _open_on(self, day))

    def opens_at(self, at: float) -> float | None:
        """When the channel is next open, at once where it is; None where it is closed for over a year."""
        if self.week is None:
            return at
        day = datetime.fromtimestamp(at, ZoneInfo(self.zone)).date()
        for number in range(_LONGEST_CLOSED):
            for opens, closes in _open_on(self, day + timedelta(days=number)):
                if at < closes:
                    return max(at, opens)
        return None


_LONGEST_CLOSED = 367
"""Days."""

_DAY = 86_400
"""Seconds of a day of UTC."""

_FURTHEST = 731
"""Days in which an instant is looked for."""


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
    zone = ZoneInfo(hours.zone)
    spans = [
        (_instant(day, opens, zone), _instant(day, closes, zone)) for opens, closes in _spans(hours, day)
    ]
    # Nothing is left of an opening that lies in the hour that clocks leave out.
    return tuple((opens, closes) for opens, closes in spans if opens < closes)


def _spans(hours: Hours, day: date) -> tuple[Span, ...]:
    if hours.week is None:
        return ()
    for special, spans in hours.special:
        if special == day:
            return spans
    if day in hours.closed or (hours.region is not None and day in public_holidays(hours.region, day.year)):
        return ()
    return hours.week[day.weekday()]


def _instant(day: date, at: timedelta, zone: ZoneInfo) -> float:
    """When the wall clock of a day shows a time.

    Where it does so twice, the first time; where it never does, as clocks go forward over it, the moment
    at which they do.
    """
    shown = datetime.combine(day, time.min) + at
    first = shown.replace(tzinfo=zone).timestamp()
    second = shown.replace(tzinfo=zone, fold=1).timestamp()
    if first <= second:
        return first
    # In a gap the two lie on either side of it.
    before, after = int(second), int(first)
    offset = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return float(after)


def _offset(at: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()


@lru_cache(maxsize=256)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """The public holidays of a country such as FR, or of a part of one such as DE-BY."""
    country, _, part = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
