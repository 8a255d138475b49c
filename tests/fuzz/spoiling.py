"""Ways to spoil an event in structured mode. Pure: a way, random numbers and an event give bytes.

What comes out may happen to be valid still (a flipped bit in a word for people); `HOPELESS` are the ways
that leave nothing a receiver may take.
"""

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from tests.fuzz.events import Envelope, bytes_of

Way = Callable[[Random, Envelope], bytes]

REQUIRED = ("specversion", "id", "source", "type", "subject", "time")

_VALUES = (
    *(b"null", b"true", b"0", b"-0.0", b"-1", b"1e308", b"1e400", b"-1e400", b"1e-400", b"4294967296"),
    *(b"[]", b"{}", b'""', b'" "', b"[[]]", b'{"":{"":{}}}', b"[null]", b'"\\u0000"', b'"\\ufffe"'),
    *(b"9" * 400, b"0." + b"1" * 400, b"0x10", b"01", b"+1", b".5", b"1.", b"NaN", b"-Infinity"),
    *(b"'a'", b"undefined", b'"\\ud800"', b'"\\udfff\\ud800"', b'"\\x"', b'"\t"', b'"\x7f"', b'"\xff"'),
    '"\u202egnirts\u200b\ufeff"'.encode(),
    '"\U0010ffff"'.encode(),
    b'"' + "é".encode() * 200 + b'"',
    b'"' + b"x" * 5000 + b'"',
)

_TIMES = (
    *("", "now", "2026", "2026-02-30T00:00:00Z", "2026-03-02 09:30:00Z", "2026-03-02T09:30:00"),
    *(
        "2026-03-02T09:30:00+0100",
        "2026-03-02T09:30:00+24:00",
        "2026-03-02T09:30:00+23:59",
        "0000-01-01T00:00:00Z",
    ),
    *(
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-23:59",
        "2016-12-31T23:59:60Z",
    ),
    *("2999-01-01T00:00:00Z", "-2026-03-02T09:30:00Z", "2026-03-02T24:00:00Z", "2026-03-02T09:30:61Z"),
    *("2026-03-02T09:30:00." + "1" * 300 + "Z", "２０２６-03-02T09:30:00Z", "1700000000", "2026-W10-1"),
    *("2026-03-02t09:30:00z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00-00:01", "1582-10-10T00:00:00Z"),
    *(
        "1969-12-31T23:59:59.999999Z",
        "1883-11-18T12:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T00:00:00+23:00",
    ),
)

_NAMES = (
    "",
    "A",
    "dataContentType",
    "ce-id",
    "a b",
    "~0/~1",
    "é",
    "\x01",
    "data_base65",
    "x" * 300,
    "__proto__",
)

_DEPTHS = (10, 60, 63, 64, 65, 66, 500, 2000, 12_000)


def flipped(draw: Random, one: Envelope) -> bytes:
    """Some bits are other bits."""
    body = bytearray(bytes_of(one))
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        body[draw.randrange(len(body))] ^= 1 << draw.randrange(8)
    return bytes(body)


def truncated(draw: Random, one: Envelope) -> bytes:
    """It ends too soon."""
    body = bytes_of(one)
    return body[: draw.randrange(len(body))]


def spliced(draw: Random, one: Envelope) -> bytes:
    """A part is missing, is there twice, or is noise."""
    body = bytes_of(one)
    start, end = sorted(draw.randrange(len(body) + 1) for _ in range(2))
    part = draw.choice((b"", body[start:end] * 2, draw.randbytes(draw.randrange(1, 20))))
    return body[:start] + part + body[end:]


def trailed(draw: Random, one: Envelope) -> bytes:
    """More follows, or comes before."""
    more = draw.choice((b"}", b"{}", b",", b"\n" + bytes_of(one), b"\0", b"//", draw.randbytes(3) + b"{"))
    return draw.choice((bytes_of(one) + more, more + bytes_of(one)))


def mistyped(draw: Random, one: Envelope) -> bytes:
    """A value of the envelope or of the data is of another kind, or no JSON."""
    data = one.get("data")
    inside = isinstance(data, dict) and bool(data) and draw.random() < 0.5
    held: dict[str, Any] = data if inside and isinstance(data, dict) else one
    name = draw.choice(sorted(held))
    spoiled = {**held, name: msgspec.Raw(_value(draw, name, one))}
    return bytes_of({**one, "data": spoiled} if inside else spoiled)


def missing(draw: Random, one: Envelope) -> bytes:
    """A required attribute is not there, or null."""
    name = draw.choice(REQUIRED)
    rest = {key: value for key, value in one.items() if key != name}
    return bytes_of(rest if draw.random() < 0.7 else {**rest, name: None})


def dataless(draw: Random, one: Envelope) -> bytes:
    """The data is not there, or something else."""
    rest = {key: value for key, value in one.items() if key != "data"}
    if draw.random() < 0.3:
        return bytes_of(rest)
    return bytes_of({**rest, "data": msgspec.Raw(draw.choice(_VALUES))})


def mistimed(draw: Random, one: Envelope) -> bytes:
    """A time that is none, or at the edge of what is one."""
    text = draw.choice(_TIMES)
    if draw.random() < 0.7:
        return bytes_of({**one, "time": text})
    words = {"promise_id": "promise-1", "what": "w", "health": 1, "agent_id": "lea", "reason": "r"}
    name = draw.choice(("egard.promise.made", "egard.judgement.made", "egard.promise.renegotiated"))
    return bytes_of({**one, "type": name, "data": {**words, "agreed": True, "due": text, "until": text}})


def deep(draw: Random, one: Envelope) -> bytes:
    """Nested, up to depths that no stack would bear."""
    depth = draw.choice(_DEPTHS)
    opening, closing = draw.choice(((b"[", b"]"), (b'{"a":', b"}")))
    closed = closing * depth if draw.random() < 0.8 else b""
    nest = opening * depth + b"1" + closed
    match draw.randrange(4):
        case 0:
            return nest
        case 1:
            return bytes_of({**one, "extension": msgspec.Raw(nest)})
        case 2:
            packed = base64.b64encode(nest).decode()
            rest = {key: value for key, value in one.items() if key != "data"}
            return bytes_of({**rest, "data_base64": packed})
    return bytes_of({**one, "data": {**one.get("data", {}), "more": msgspec.Raw(nest)}})


def long(draw: Random, one: Envelope) -> bytes:
    """Names, words or the whole are too long, or just not."""
    match draw.randrange(4):
        case 0:
            name = draw.choice(("id", "subject", "source", "type"))
            letter = draw.choice(("x", "é", "😀"))
            return bytes_of({**one, name: one[name] + letter * draw.choice((64, 128, 220, 256, 5000))})
        case 1:
            words = "word " * draw.choice((819, 820, 6000, 7000, 20_000))
            return bytes_of({**one, "data": {**one.get("data", {}), "note": words, "reason": words}})
        case 2:
            return bytes_of({**one, **{f"ext{number}": number for number in range(draw.choice((100, 4000)))}})
    return bytes_of(one) + b" " * draw.choice((1000, 32_768, 200_000))


def misnamed(draw: Random, one: Envelope) -> bytes:
    """Attributes have names that no attribute has, or come twice."""
    name = draw.choice((*_NAMES, *REQUIRED))
    more = json.dumps(name).encode() + b":" + _value(draw, name, one)
    return bytes_of(one)[:-1] + b"," + more + b"}"


def _value(draw: Random, name: str, one: Envelope) -> bytes:
    """A value for a name. Another id is as rare as the first: under a common one, inputs would meet."""
    value = draw.choice(_VALUES)
    return value[:-1] + one["id"].encode() + b'"' if name == "id" and value[:1] == b'"' else value


def packed(draw: Random, one: Envelope) -> bytes:
    """`data_base64` holds the data, or something else, or stands beside it."""
    data = bytes_of(one.get("data", {}))
    text = draw.choice(
        (
            base64.b64encode(data).decode(),
            base64.b64encode(data).decode().rstrip("=") + "!",
            base64.urlsafe_b64encode(draw.randbytes(31)).decode(),
            base64.b64encode(draw.randbytes(20)).decode(),
            base64.b64encode(data[:-1]).decode(),
            "é",
            " ",
            "",
            17,
        )
    )
    beside = draw.random() < 0.3
    return bytes_of({**{k: v for k, v in one.items() if beside or k != "data"}, "data_base64": text})


def recoded(draw: Random, one: Envelope) -> bytes:
    """Not in UTF-8, or not quite."""
    text = bytes_of({**one, "subject": one["subject"] + "é"}).decode()
    code = draw.choice(("utf-16", "utf-16-be", "utf-32", "latin-1", "cp037", "utf-7", "utf-8-sig"))
    coded = text.encode(code)
    if draw.random() < 0.3:
        return text.encode().replace(
            "é".encode(), draw.choice((b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xfe"))
        )
    return coded


def unlike(draw: Random, _: Envelope) -> bytes:
    """Nothing like an event."""
    some = (
        b"",
        b" ",
        b"\n",
        b"null",
        b"[]",
        b"{}",
        b"[{}]",
        b"0",
        b'"event"',
        b"<event/>",
        b"id: 1",
        b"\0\0\0\0\0",
    )
    return draw.choice((*some, draw.randbytes(draw.randrange(1, 400))))


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        *(flipped, truncated, spliced, trailed, mistyped, missing, dataless, mistimed, deep, long),
        *(misnamed, packed, recoded, unlike),
    )
}

HOPELESS = frozenset({"truncated", "missing", "unlike"})
