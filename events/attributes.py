"""What CloudEvents 1.0 asks of context attributes: their names, their values, references and times."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

NAME = re.compile(r"[a-z0-9]+")
"""What an attribute's name consists of."""

# Control characters, and code points that are no characters (CloudEvents 1.0, type String). What is left of
# surrogates cannot come: they have no place in UTF-8.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
    + "]"
)

# RFC 3986, section 4.1 and appendix A: what each part of a reference may hold.
_PCHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*:"
_AUTHORITY = (
    r"//(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?"
    r"(?:\[[0-9A-Fa-fv:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)
_TAIL = rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?"
_FIRST_SEGMENT = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})+"
_PATH = rf"(?:/{_PCHAR}*)*"
_URI = re.compile(rf"{_SCHEME}(?:{_AUTHORITY}{_PATH}|/?(?:{_PCHAR}+{_PATH})?){_TAIL}")
_RELATIVE = re.compile(rf"(?:{_AUTHORITY}{_PATH}|/(?:{_PCHAR}+{_PATH})?|(?:{_FIRST_SEGMENT}{_PATH})?){_TAIL}")

_JSON = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/(?:[A-Za-z0-9!#$&^_.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)

_LEAP_SECOND = re.compile(r"(.{10}[Tt]..:59):60(.*)")
_Time = Annotated[datetime, msgspec.Meta(tz=True)]

_FIRST, _AFTER_ALL = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

_INT32 = range(-(2**31), 2**31)


def is_text(value: str) -> bool:
    """Whether a string holds only what a CloudEvents string may hold."""
    return value.isprintable() or _FORBIDDEN.search(value) is None


def is_value(value: object) -> bool:
    """Whether a JSON value can be that of an attribute: a boolean, a 32-bit integer or a string."""
    if isinstance(value, str):
        return is_text(value)
    return isinstance(value, bool) or (isinstance(value, int) and value in _INT32)


def is_reference(text: str) -> bool:
    """Whether a string is a URI-reference that is not empty (RFC 3986)."""
    return bool(text) and (_URI.fullmatch(text) or _RELATIVE.fullmatch(text)) is not None


def is_uri(text: str) -> bool:
    """Whether a string is a URI, which has a scheme (RFC 3986)."""
    return _URI.fullmatch(text) is not None


def is_json(media_type: str) -> bool:
    """Whether a media type (RFC 2046) is JSON or one of its dialects."""
    return _JSON.fullmatch(media_type) is not None


def timestamp(text: str) -> datetime | None:
    """An RFC 3339 time in UTC; None for whatever else, times without an offset among it.

    A leap second is the second after it: clocks that do not know it show the same. The first year of the
    calendar and the last hold no time: programs write them for "none" and "never", PostgreSQL's driver takes
    their ends for infinity, and a wait that is reckoned from there leaves the calendar.
    """
    time = _instant(text)
    return time if time is not None and _FIRST <= time < _AFTER_ALL else None


def plain_timestamp(text: bytes) -> datetime | None:
    """The same for a JSON string, quotes and all, that holds a time as nearly all write it; else None.

    Raises `msgspec.DecodeError` where it holds no time.
    """
    if text[11:12] != b"T" or (text[-2:] != b'Z"' and text[-4:-3] != b":"):
        return None
    time = _read_instant(text)
    if time.tzinfo is not UTC:
        try:
            time = time.astimezone(UTC)
        except OverflowError:
            return None
    return time if _FIRST <= time < _AFTER_ALL else None


_read_instant = msgspec.json.Decoder(_Time).decode


def _instant(text: str) -> datetime | None:
    try:
        time = msgspec.convert(text, _Time)
        # Spaces for the T, and offsets without a colon, are ISO 8601 and not RFC 3339.
        if text[10] not in "Tt" or (text[-1] not in "Zz" and text[-3] != ":"):
            return None
        return time if time.tzinfo is UTC else time.astimezone(UTC)
    except msgspec.ValidationError:
        leap = _LEAP_SECOND.fullmatch(text)
        before = None if leap is None else timestamp(f"{leap[1]}:59{leap[2]}")
        return None if before is None else before + timedelta(seconds=1)
    except OverflowError:
        return None
