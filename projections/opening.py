"""Opening hours as the strategy has them: when each channel is open, by whose clock, and which days not."""

from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from difflib import get_close_matches
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import holidays
import msgspec

from events import Channel
from projections.hours import Hours, Span
from projections.table import Remark, Table

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

NO_HOLIDAYS = "none"
"""What a channel says that is open on the holidays of the others."""

_LONGEST_CLOSURE = 366
"""Days."""


class Opening(Table, frozen=True, kw_only=True):
    """From when to when a channel is open, on which days; a day may have several. It closes on the same day:
    at midnight where it says 00:00:00."""

    days: list[Weekday]
    """On which days of the week."""
    opens: time
    """From when, on the channel's clock."""
    closes: time
    """Until when, on the same day."""

    def remarks(self) -> Iterator[Remark]:
        """An opening is some time long, on some day, by the wall clock of the channel."""
        if not self.days:
            yield Remark(("days",), 'No day is named; write, for example, days = ["mon", "tue"].')
        yield from _span_remarks(self.opens, self.closes)


class Closure(Table, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """Days on which nobody works, from the first to the last."""

    first: date
    """The first closed day."""
    last: date
    """The last closed day."""

    def remarks(self) -> Iterator[Remark]:
        """A closure ends after it begins, and ends."""
        if self.last < self.first:
            yield Remark(("to",), f"The last closed day ({self.last}) is before the first ({self.first}).")
        elif (self.last - self.first).days >= _LONGEST_CLOSURE:
            yield Remark(("to",), "This is closed for more than a year; is the year of `to` right?")

    def days(self) -> Iterator[date]:
        """Each of its days."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


class Special(Table, frozen=True, kw_only=True):
    """Hours of certain days only, in place of the usual ones: a Sunday in December, a half day."""

    on: list[date]
    """On which days."""
    opens: time
    """From when; the usual hours of the day do not count."""
    closes: time
    """Until when, on the same day."""

    def remarks(self) -> Iterator[Remark]:
        """They are some time long, on some day."""
        if not self.on:
            yield Remark(("on",), "No day is named; write, for example, on = [2026-12-20].")
        yield from _span_remarks(self.opens, self.closes)


class ChannelHours(Table, frozen=True, kw_only=True):
    """What is different on one channel; what is not said is as for the others."""

    timezone: str | None = None
    """By whose clock, such as Europe/Paris."""
    holidays: str | None = None
    """Whose public holidays are closed days; "none" where there are none."""
    openings: list[Opening] | None = None
    """Empty: always open, on closed days too."""
    closed: list[date | Closure] = msgspec.field(default_factory=list)
    """Besides the days on which all are closed."""
    special: list[Special] = msgspec.field(default_factory=list)
    """Days with hours of their own on this channel."""

    def remarks(self) -> Iterator[Remark]:
        """Its time zone and its holidays exist."""
        yield from _place_remarks(self.timezone, self.holidays)
        yield from _both_remarks(self.closed, self.special)


class HoursTable(Table, frozen=True, kw_only=True):
    """Opening hours: the usual ones, and what is different on a channel."""

    timezone: str
    """By whose clock, such as Europe/Paris."""
    holidays: str | None = None
    """Whose public holidays are closed days: a country (ISO 3166-1) such as FR, or a part such as DE-BY."""
    usual: list[Opening] = msgspec.field(default_factory=list)
    """Without any, a channel that says nothing of its own is always open."""
    closed: list[date | Closure] = msgspec.field(default_factory=list)
    """Other days on which nobody works."""
    special: list[Special] = msgspec.field(default_factory=list)
    """Days with hours of their own."""
    channels: dict[Channel, ChannelHours] = msgspec.field(default_factory=dict)
    """What is different on one channel."""

    def remarks(self) -> Iterator[Remark]:
        """Its time zone and its holidays exist."""
        yield from _place_remarks(self.timezone, self.holidays)
        yield from _both_remarks(self.closed, self.special)

    def of(self, channel: Channel) -> Hours:
        """The business clock of one channel."""
        own = self.channels.get(channel) or ChannelHours()
        openings = self.usual if own.openings is None else own.openings
        region = own.holidays or self.holidays
        spans = _by_day(self.special) | _by_day(own.special)
        return Hours(
            zone=own.timezone or self.timezone,
            region=None if region == NO_HOLIDAYS else region,
            week=_week(openings) if openings else None,
            closed=frozenset(_closed([*self.closed, *own.closed])),
            special=tuple(sorted(spans.items())),
        )


def _week(openings: list[Opening]) -> tuple[tuple[Span, ...], ...]:
    return tuple(
        _united(_span(one.opens, one.closes) for one in openings if day in one.days) for day in WEEKDAYS
    )


def _by_day(special: list[Special]) -> dict[date, tuple[Span, ...]]:
    days = {day for one in special for day in one.on}
    return {
        day: _united(_span(one.opens, one.closes) for one in special if day in one.on) for day in sorted(days)
    }


def _closed(days: Iterable[date | Closure]) -> Iterator[date]:
    for one in days:
        if isinstance(one, Closure):
            yield from one.days()
        else:
            yield one


def _span(opens: time, closes: time) -> Span:
    return _since_midnight(opens), _since_midnight(closes) or timedelta(days=1)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order and without overlap: an hour that is named twice is still one hour."""
    united: list[Span] = []
    for opens, closes in sorted(spans):
        if united and opens <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], closes))
        else:
            united.append((opens, closes))
    return tuple(united)


def _span_remarks(opens: time, closes: time) -> Iterator[Remark]:
    if opens.tzinfo is not None or closes.tzinfo is not None:
        yield Remark(("opens",), "Hours are those of the wall clock: write them as 08:30:00, with no offset.")
        return
    begins, ends = _span(opens, closes)
    if begins >= ends:
        yield Remark(
            ("closes",),
            f"It closes ({closes}) before it opens ({opens}). An opening ends on the day on which it begins: "
            "at midnight with closes = 00:00:00, and what comes after is an opening of the next day.",
        )


def _place_remarks(timezone: str | None, region: str | None) -> Iterator[Remark]:
    if timezone is not None:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            near = get_close_matches(timezone, available_timezones(), n=1)
            yield Remark(
                ("timezone",),
                f"`{timezone}` is no time zone; write one such as {near[0] if near else 'Europe/Paris'}.",
            )
    if region is not None and region != NO_HOLIDAYS:
        country, _, part = region.partition("-")
        parts = holidays.list_supported_countries().get(country)
        if parts is None:
            yield Remark(
                ("holidays",),
                f"The holidays of `{region}` are not known; write the two capital letters of a country, "
                f'such as FR, with its part where that matters, such as DE-BY, or "{NO_HOLIDAYS}".',
            )
        elif part and part not in parts:
            yield Remark(
                ("holidays",), f"`{country}` has no part `{part}`; it has {', '.join(parts) or 'none'}."
            )


def _both_remarks(closed: list[date | Closure], special: list[Special]) -> Iterator[Remark]:
    both = sorted(set(_closed(closed)) & {day for one in special for day in one.on})
    if both:
        yield Remark(("special",), f"{both[0]} is closed and has special hours; take one of the two out.")
