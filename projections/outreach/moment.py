"""The moment: nobody is reached out to in their quiet hours, on their own clock."""

import re
from collections.abc import Iterable, Sequence
from datetime import time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events import Event, Order, PreferenceSet
from projections.hours import Hours, Span
from projections.kinds import of_kind
from projections.outreach_rules import Quiet
from projections.strategy import Strategy

_MIDNIGHT = timedelta(days=1)

_TIME = r"(\d{1,2})(?:\s*[:hH]\s*(\d{2})?)?"
_SPAN = re.compile(rf"\s*{_TIME}\s*(?:-|–|à|to)\s*{_TIME}\s*")
_BETWEEN = re.compile(r",|;|\bet\b|\band\b")


def held_until(at: float, events: Sequence[Event], strategy: Strategy) -> float | None:
    """Until when a customer is not reached out to; None where one may at once.

    Instants are in seconds since the Unix epoch. On a night of clock change the wall clock decides.
    The hours that they asked for go before the quiet hours of the house, where they are understood.
    """
    zone = zone_of(events, strategy)
    return _closed_until(at, zone, hours_of(events) or _others(strategy.outreach.quiet))


def zone_of(events: Iterable[Event], strategy: Strategy) -> ZoneInfo:
    """A customer's time zone: the last one they named that exists, or else that of the house."""
    named = [one for one in of_kind(events, PreferenceSet) if one[1].timezone is not None]
    for _, data in sorted(named, key=_order, reverse=True):
        if (zone := _zone(data.timezone or "")) is not None:
            return zone
    return ZoneInfo(strategy.hours.timezone)


def hours_of(events: Iterable[Event]) -> tuple[Span, ...] | None:
    """The hours of the day in which a customer last asked to be reached; None where they said nothing of it,
    or nothing that is understood."""
    said = [one for one in of_kind(events, PreferenceSet) if one[1].hours is not None]
    return spans_of(max(said, key=_order)[1].hours or "") if said else None


def _order(said: tuple[Event, PreferenceSet]) -> Order:
    return said[0].order


def spans_of(text: str) -> tuple[Span, ...] | None:
    """Hours as people write them: "9-12, 14:00-18:30", "9h à 12h". None unless all of it is understood."""
    spans: list[Span] = []
    for part in _BETWEEN.split(text):
        match = _SPAN.fullmatch(part)
        if match is None:
            return None
        opens, closes = _shown(match[1], match[2]), _shown(match[3], match[4])
        if opens is None or closes is None or opens >= closes or (spans and opens < spans[-1][1]):
            return None
        spans.append((opens, closes))
    return tuple(spans)


def _shown(hours: str, minutes: str | None) -> timedelta | None:
    shown = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return shown if int(minutes or 0) < 60 and shown <= _MIDNIGHT else None


def _others(quiet: Quiet) -> tuple[Span, ...]:
    """The hours of a day that are not quiet."""
    begins, ends = _since_midnight(quiet.begins), _since_midnight(quiet.ends)
    if begins > ends:
        return ((ends, begins),)
    spans = ((timedelta(0), begins), (ends, _MIDNIGHT))
    return tuple((opens, closes) for opens, closes in spans if opens < closes)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _closed_until(at: float, zone: ZoneInfo, spans: tuple[Span, ...]) -> float | None:
    opens = Hours(zone=zone.key, region=None, week=(spans,) * 7).opens_at(at)
    return None if opens is None or opens <= at else opens


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    """A time zone; None where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
