"""Kafka records that hold valid and spoiled events."""

from random import Random

import msgspec

from tests.fuzz.events import Envelope, Key, bytes_of, event, key_of, other
from tests.fuzz.spoiling import HOPELESS, WAYS

Header = tuple[bytes, bytes | None]

STRUCTURED: Header = (b"content-type", b"application/cloudevents+json; charset=UTF-8")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A record, and what must become of it."""

    kind: str
    """How it was spoiled, or `neighbour`."""
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    journalled: Key | None = None
    """The event that must be accepted."""
    never: Key | None = None
    """The event that must not be in the journal."""
    repeated: int = 0
    """1 where the event is in the journal already, word for word."""


def records_of(draw: Random, customers: int) -> list[Made]:
    """A record, spoiled in one way or another, or a neighbour and perhaps what comes under its id."""
    one = event(draw, customers=customers)
    key = draw.choice((one["subject"].encode(), one["subject"].encode(), None, b"", b"\xff\x00", b"x" * 2000))
    if draw.random() < 0.2:
        return _neighbours(draw, one, key)
    make = draw.choices((_structured, _binary, _framed, _empty, _odd), (45, 25, 10, 5, 15))[0]
    return [make(draw, one, key)]


# ------------------------------------------------------------------------------------------- neighbours


def _neighbours(draw: Random, one: Envelope, key: bytes | None) -> list[Made]:
    first = _valid(draw, one, key)
    chance = draw.random()
    if chance < 0.1:
        again = _valid(draw, one, key)
        return [first, msgspec.structs.replace(again, kind="repeated", journalled=None, repeated=1)]
    if chance < 0.2:
        spoiled = bytes_of(other(one))
        return [first, Made(kind="reused id", key=key, value=spoiled, headers=(STRUCTURED,))]
    return [first]


def _valid(draw: Random, one: Envelope, key: bytes | None) -> Made:
    match draw.randrange(4):
        case 0:
            headers, value = _attributes(one), _data(one)
        case 1:
            headers, value = (), bytes_of(one)
        case 2:
            headers, value = (STRUCTURED,), b"\0\0\0\0\x07" + bytes_of(one)
        case _:
            headers, value = (STRUCTURED, (b"traceparent", b"\xff"), (b"app", None)), bytes_of(one)
    return Made(kind="neighbour", key=key, value=value, headers=headers, journalled=key_of(one))


# --------------------------------------------------------------------------------------------- spoiled


def _structured(draw: Random, one: Envelope, key: bytes | None) -> Made:
    way = draw.choice(sorted(WAYS))
    value = WAYS[way](draw, one)
    headers = draw.choice(((), (STRUCTURED,)))
    return Made(
        kind=way, key=key, value=value, headers=headers, never=key_of(one) if way in HOPELESS else None
    )


def _data(one: Envelope) -> bytes:
    return msgspec.json.encode(one["data"])


def _attributes(one: Envelope) -> tuple[Header, ...]:
    """The headers of binary mode."""
    kept = {name: value for name, value in one.items() if name not in ("data", "datacontenttype")}
    named = ((b"ce_" + name.encode(), str(value).encode()) for name, value in kept.items())
    return (*named, (b"content-type", b"application/json"))


_VALUES = (
    *(
        None,
        b"",
        b" ",
        b"\0",
        b"\xff\xfe",
        b"null",
        b"\xed\xa0\x80",
        b"\xef\xbf\xbe",
        b"a\nb",
        b"x" * 300,
        b"x" * 40_000,
    ),
    *(b"2999-01-01T00:00:00Z", "é".encode("utf-16"), b"%41", b'"1.0"', b"//["),
)
_TYPES = (
    *(
        b"application/cloudevents",
        b"application/cloudevents+avro",
        b"application/cloudevents-batch+json",
        b"text/plain",
    ),
    *(
        b"application/cloudevents+json; charset=utf-16",
        b"",
        b"\xff",
        None,
        b"application/json; " + b"x" * 9000,
    ),
)


def _binary(draw: Random, one: Envelope, key: bytes | None) -> Made:
    headers, value = list(_attributes(one)), _data(one)
    place = draw.randrange(len(headers) - 1)
    name, text = headers[place]
    never = None
    match draw.randrange(7):
        case 0:
            odd = draw.choice(_VALUES)
            # Another id is as rare as the first: under a common one, inputs would meet.
            headers[place] = (name, odd + text if odd is not None and text and name == b"ce_id" else odd)
        case 1:
            del headers[place]
            never = key_of(one)
        case 2:
            headers.append((name, text if name == b"ce_id" else draw.choice((text, *_VALUES))))
        case 3:
            named = draw.choice(
                (b"data", b"datacontenttype", b"ABC", b"a_b", b"", b"\0", "é".encode(), b"x" * 3000)
            )
            headers.append((b"ce_" + named, draw.choice(_VALUES)))
        case 4:
            headers += [(b"ce_x%d" % number, b"1") for number in range(draw.choice((20, 60, 200, 3000)))]
        case 5:
            headers[-1] = (b"content-type", draw.choice(_TYPES))
        case _:
            value = WAYS[draw.choice(("truncated", "flipped", "unlike", "recoded", "deep"))](draw, one)
    return Made(kind="binary mode", key=key, value=value, headers=tuple(headers), never=never)


def _framed(draw: Random, one: Envelope, key: bytes | None) -> Made:
    """What a schema registry's frame may hold besides an event, and frames that are none."""
    body = bytes_of(one)
    frame = draw.choice(
        (b"\0", b"\0\0", b"\0\0\0\0", b"\x01\0\0\0\x07", b"\0\0\0\0\x07\0\0\0\0\x07", b"\0\0\0\0\x07\x02")
    )
    way = draw.choice(("truncated", "unlike", "flipped"))
    value = draw.choice((frame + body, b"\0\0\0\0\x07" + WAYS[way](draw, one), frame, b"\0\0\0\0\x07"))
    return Made(kind="frame", key=key, value=value, headers=draw.choice(((), (STRUCTURED,))))


def _empty(draw: Random, one: Envelope, key: bytes | None) -> Made:
    """Tombstones and empty values, in either mode."""
    kept = tuple(header for header in _attributes(one) if header[0] != b"ce_subject")
    headers = draw.choice(((), (STRUCTURED,), kept))
    return Made(kind="no value", key=key, value=draw.choice((None, b"")), headers=headers, never=key_of(one))


_NAMES = (b"\xff", b"\xc3(\xff", b"ce_\xfe", b"content-type\xff", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80")
_LETTERS = (
    *(
        b"1:00000000-0000-4000-8000-000000000000",
        b"999999999999999999:ffffffff-ffff-ffff-ffff-ffffffffffff",
        b"0:",
        b"",
    ),
    *(b"-1:00000000-0000-4000-8000-000000000000", b"9999999999999999999:0-0", b"\xff", None),
)


def _odd(draw: Random, one: Envelope, key: bytes | None) -> Made:
    """Headers that are no attributes: names that are no text, dead letters that are not there, too many."""
    way = draw.choice(("missing", "truncated", "unlike"))
    value = WAYS[way](draw, one)
    more: tuple[Header, ...] = ()
    match draw.randrange(4):
        case 0:
            more = ((draw.choice(_NAMES), draw.choice(_VALUES)),)
        case 1:
            more = ((b"egard-deadletter", draw.choice(_LETTERS)),)
        case 2:
            more = tuple((b"h%d" % number, b"\0") for number in range(draw.choice((20, 60, 200, 3000))))
        case _:
            more = (
                (b"traceparent", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"),
                (b"", None),
                (b"\0", b"\0"),
            )
    return Made(kind="odd headers", key=key, value=value, headers=(STRUCTURED, *more), never=key_of(one))
