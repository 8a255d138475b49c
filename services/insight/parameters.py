"""Query parameters: read with care, refused with a sentence."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

import msgspec
from litestar.exceptions import ClientException

from projections.bands import Band
from projections.strategy import Strategy
from services.insight.histories import Place

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]

# What a token may hold: whatever it says, the database can be asked for it.
_Name = Annotated[str, msgspec.Meta(max_length=256, pattern=r"\A[^\x00]*\Z")]
_Seconds = Annotated[float, msgspec.Meta(ge=-62_135_596_800, le=253_402_300_799)]
_Place = tuple[tuple[_Seconds, int, str, str], str]
_Change = tuple[_Instant, _Name]

_Matter = tuple[_Instant, _Name, _Name]
_Loss = tuple[Annotated[float, msgspec.Meta(ge=0, le=1e9)], _Name]
_Said = tuple[_Instant, _Name, bytes]

_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
"""Before everything."""

_END = datetime(9999, 12, 31, tzinfo=UTC)
"""After everything that was ever announced."""

LAST_CHANGE = (_END, "")
"""After every change."""

_REACH = 900.0
"""Half-lives from the landmark within which sums can be counted."""


def instant(name: str, value: str | None) -> datetime | None:
    """An RFC 3339 time with an offset."""
    if value is None:
        return None
    try:
        # A plus sign that was not percent-encoded arrives as a space.
        return msgspec.convert(value.replace(" ", "+"), _Instant).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise _bad(
            f"`{name}` is {value[:64]!r}, which is not an RFC 3339 time with an offset, "
            "for example 2026-11-22T09:30:00+01:00"
        ) from None


def reading_time(name: str, value: str | None, strategy: Strategy) -> datetime | None:
    """An instant at which a reading can be taken."""
    at = instant(name, value)
    if at is not None and at.timestamp() - strategy.landmark_at > _REACH * strategy.half_lives.mood:
        raise _bad(f"`{name}` is {value!r}, which lies too far ahead to be read")
    return at


def curve_end(name: str, value: str | None, days: int, strategy: Strategy) -> datetime | None:
    """An instant up to which a curve of some days can be drawn."""
    at = reading_time(name, value, strategy)
    if at is not None and at - datetime.min.replace(tzinfo=UTC) < timedelta(days=days):
        raise _bad(f"`{name}` is {value!r}, before which there are no {days} days")
    return at


def end_of_day(name: str, value: str | None, strategy: Strategy) -> datetime | None:
    """The end of a past day on the business's calendar; nothing for today and later, which are not over."""
    if not value:
        return None
    zone = ZoneInfo(strategy.hours.timezone)
    try:
        day = date.fromisoformat(value)
        end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _bad(f"`{name}` is {value[:64]!r}, which is not a day such as 2026-11-22") from None
    return end if end < datetime.now(UTC) else None


def whole(name: str, value: str | None, default: int, least: int, most: int) -> int:
    """A whole number in a range."""
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise _bad(f"`{name}` is {value[:64]!r}, which is not a whole number from {least} to {most}")
    return number


def share(name: str, value: str | None) -> float:
    """A number from 0 to 1; 0 where there is none."""
    if value is None:
        return 0.0
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise _bad(f"`{name}` is {value[:64]!r}, which is not a number from 0 to 1")
    return number


def truth(name: str, value: str | None) -> bool:
    """True or false; false where there is none."""
    if value not in (None, "true", "false"):
        raise _bad(f"`{name}` is {value[:64]!r}, which is neither true nor false")
    return value == "true"


def bands(name: str, values: Sequence[str] | None) -> list[Band]:
    """Bands; none where none is named."""
    known: tuple[Band, ...] = get_args(Band)
    found: list[Band] = []
    for value in values or ():
        band = next((one for one in known if one == value), None)
        if band is None:
            raise _bad(f"`{name}` is {value[:64]!r}, which is no band; there are {', '.join(known)}")
        found.append(band)
    return found


def beginning(name: str, value: str | None) -> str:
    """How a name begins."""
    if value is not None and "\0" in value:
        raise _bad(f"`{name}` holds the character U+0000, which no name does")
    return value or ""


def token(*place: object) -> str:
    """A place in a list, as an opaque word for an address."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place(name: str, value: str | None) -> Place | None:
    """The place among a person's events that a token stands for."""
    at: Place | None = None if value is None else _decoded(name, value, _Place)
    return at


def customer(name: str, value: str | None) -> str:
    """The customer that a token stands for; the beginning of all where there is none."""
    if value is None:
        return ""
    (found,) = _decoded(name, value, tuple[_Name])
    return str(found)


def change(name: str, value: str | None) -> tuple[datetime, str] | None:
    """The moment and the customer of a change that a token stands for."""
    found: tuple[datetime, str] | None = None if value is None else _decoded(name, value, _Change)
    return found


def matter(name: str, value: str | None) -> tuple[datetime, str, str]:
    """The place of a matter that a token stands for; where there is none, before all of them."""
    found: tuple[datetime, str, str] = (
        (_BEGINNING, "", "") if value is None else _decoded(name, value, _Matter)
    )
    return found


def prompt(name: str, value: str | None) -> tuple[datetime, str, str]:
    """The place of a prompt that a token stands for; where there is none, after all of them."""
    found: tuple[datetime, str, str] = (_END, "", "") if value is None else _decoded(name, value, _Matter)
    return found


def said(name: str, value: str | None) -> tuple[datetime, str, bytes]:
    """The place of an event that a token stands for; where there is none, after all of them."""
    found: tuple[datetime, str, bytes] = (_END, "", b"") if value is None else _decoded(name, value, _Said)
    return found


def loss(name: str, value: str | None) -> tuple[float, str]:
    """The place, by what is expected to be lost, that a token stands for; where there is none, before all."""
    found: tuple[float, str] = (1e9, "") if value is None else _decoded(name, value, _Loss)
    return found


def one_of(name: str, value: str | None, known: Sequence[str]) -> str | None:
    """One of some words; None where none is given."""
    if value is not None and value not in known:
        raise _bad(f"`{name}` is {value[:64]!r}, which is none of {', '.join(known)}")
    return value


def announcement(name: str, value: str | None) -> datetime:
    """The instant of an announcement that a token stands for; where there is none, after all of them."""
    if value is None:
        return _END
    (at,) = _decoded(name, value, tuple[_Instant])
    found: datetime = at
    return found


def _decoded(name: str, value: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(urlsafe_b64decode(value + "=" * (-len(value) % 4)), type=kind)
    except (msgspec.MsgspecError, Error, ValueError):
        raise _bad(f"`{name}` is not one that this service gave") from None


def _bad(sentence: str) -> ClientException:
    return ClientException(f"{sentence}.")
