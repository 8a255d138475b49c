"""Times and durations as other people's systems write them."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.cli.importing.mistakes import Wrong

_PROBE = datetime(2004, 11, 23, 21, 42, 57, tzinfo=UTC)
_SECONDS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*(weeks?|days?|hours?|minutes?|min|seconds?|ms|[wdhms])\s*")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2}(?:[.,]\d+)?)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")

_REMEMBERED = 8192
"""How many texts of times are remembered: rows that stand together often share theirs."""


class Duration(NamedTuple):
    """A span of time. Days keep the hour of the wall clock when clocks change; seconds just pass."""

    days: float = 0.0
    seconds: float = 0.0

    @property
    def total(self) -> float:
        """All of it in seconds."""
        return self.days * 86400.0 + self.seconds

    def after(self, start: datetime, sign: int = 1) -> datetime:
        """The instant this long after another, or before it where `sign` is -1."""
        moved = start + timedelta(days=sign * self.days) if self.days else start
        if not self.seconds:
            return moved
        return (moved.astimezone(UTC) + timedelta(seconds=sign * self.seconds)).astimezone(start.tzinfo)


def duration(text: str) -> Duration:
    """Reads `10d`, `1h 30m`, `2 days`, `00:01:30`, `1:30` (minutes) or `90` (seconds)."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return Duration(seconds=_number(text))
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds = clock.groups(default="0")
        return Duration(seconds=int(hours) * 3600.0 + int(minutes) * 60.0 + _number(seconds))
    days = seconds_ = 0.0
    at = 0
    while part := _PART.match(text, at):
        amount, unit = _number(part[1]), part[2]
        seconds_per = _SECONDS.get(unit) or _SECONDS[unit[0]]
        if seconds_per >= 86400.0:
            days += amount * seconds_per / 86400.0
        else:
            seconds_ += amount * seconds_per
        at = part.end()
    if not text or at < len(text):
        raise Wrong(f"{text!r} is not a duration; write for example 10d, 1h 30m, 90s or 00:01:30.")
    return Duration(days, seconds_)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Wrong(f"{name!r} is not a time zone; write for example Europe/Paris or UTC.") from None


def reader(formats: Sequence[str], local: tzinfo | None) -> Callable[[str], datetime]:
    """Reads a time written in one of several ways; a time without an offset is meant in `local`.

    A local time that a clock change repeats is the first of the two; one that it leaves out is read as
    the time before the change would have continued. The reader raises `Wrong` for what it cannot read.
    """
    parsers = [_parser(name) for name in formats]
    if not parsers:
        raise Wrong("At least one format is needed to read a time.")

    @lru_cache(_REMEMBERED)
    def read(text: str) -> datetime:
        for parse in parsers:
            try:
                time = parse(text)
            except (ValueError, OverflowError, OSError):
                continue
            if time.tzinfo is not None:
                return time
            if local is None:
                raise Wrong(f"{text!r} says no offset, and the map names no `timezone`.")
            return time.replace(tzinfo=local)
        raise Wrong(f"{text!r} is not a time written as {' or '.join(formats)}.")

    return read


def _parser(name: str) -> Callable[[str], datetime]:
    if name == "iso":
        return datetime.fromisoformat
    if name == "unix":
        return lambda text: datetime.fromtimestamp(float(text), UTC)
    if name == "unix_ms":
        return lambda text: datetime.fromtimestamp(float(text) / 1000, UTC)
    if not _says_a_date(name):
        raise Wrong(
            f"{name!r} is not a format of times; write iso, unix, unix_ms, or a pattern with a whole date "
            "like %d/%m/%Y %H:%M."
        )
    return lambda text: datetime.strptime(text, name)  # noqa: DTZ007 - the reader adds the zone


def _says_a_date(pattern: str) -> bool:
    try:
        return datetime.strptime(_PROBE.strftime(pattern), pattern).date() == _PROBE.date()  # noqa: DTZ007
    except ValueError:
        return False
