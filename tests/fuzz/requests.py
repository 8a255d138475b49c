"""HTTP requests that hold valid and spoiled events, as bytes on the wire."""

from collections.abc import Callable, Iterable
from random import Random
from urllib.parse import quote

import msgspec

from tests.fuzz.events import Envelope, Key, bytes_of, event, key_of, other
from tests.fuzz.spoiling import HOPELESS, WAYS

SINGLE = b"application/cloudevents+json"
BATCH = b"application/cloudevents-batch+json"

Header = tuple[bytes, bytes]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, and what must become of it."""

    kind: str
    """How it was spoiled, or `neighbour`."""
    wire: bytes
    """All that is sent."""
    events: int | None
    """How many events it holds; None where the spoiling may have changed that."""
    body: bytes
    journalled: tuple[Key, ...] = ()
    """Events that must be accepted."""
    never: tuple[Key, ...] = ()
    """Events that must not be in the journal."""
    again: "Request | None" = None
    """What is sent once this has its answer."""
    repeated: int = 0
    """How many of its events are word for word in the journal already."""
    alien: bool = False
    """It is not HTTP, so no problem need answer it."""


def request_of(draw: Random, customers: int) -> Request:
    """A request, spoiled in one way or another; one in five is a neighbour."""
    one = event(draw, customers=customers)
    if draw.random() < 0.2:
        return _neighbour(draw, one)
    return draw.choices((_structured, _batched, _binary, _typed, _broken), (50, 8, 25, 10, 2))[0](
        draw, one, customers
    )


def _made(
    kind: str, body: bytes, headers: Iterable[Header], *, events: int | None = 1, alien: bool = False
) -> Request:
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    head = b"POST /v1/events HTTP/1.1\r\nHost: fuzz\r\n%bContent-Length: %d\r\n\r\n" % (lines, len(body))
    return Request(kind=kind, wire=head + body, events=events, body=body, alien=alien)


# ------------------------------------------------------------------------------------------- neighbours


def _neighbour(draw: Random, one: Envelope) -> Request:
    first = _valid(draw, one)
    chance = draw.random()
    if chance < 0.1:
        again = _valid(draw, one)
        return msgspec.structs.replace(
            first, again=msgspec.structs.replace(again, kind="repeated", repeated=1, journalled=())
        )
    if chance < 0.2:
        return msgspec.structs.replace(
            first, again=_made("reused id", bytes_of(other(one)), [(b"Content-Type", SINGLE)])
        )
    return first


def _valid(draw: Random, one: Envelope) -> Request:
    if draw.random() < 0.7:
        found = _made("neighbour", bytes_of(one), [(b"Content-Type", SINGLE + b"; charset=UTF-8")])
    else:
        found = _made("neighbour", _data(one), _attributes(one))
    return msgspec.structs.replace(found, journalled=(key_of(one),))


# --------------------------------------------------------------------------------------- spoiled bodies


def _structured(draw: Random, one: Envelope, _: int) -> Request:
    way = draw.choice(sorted(WAYS))
    found = _made(way, WAYS[way](draw, one), [(b"Content-Type", SINGLE)])
    return _hopeless(found, way, one)


def _batched(draw: Random, one: Envelope, customers: int) -> Request:
    """Some events, spoiled and whole; one time in three the array itself is spoiled too."""
    parts, journalled = [], []
    for _ in range(draw.randrange(1, 12)):
        some = event(draw, customers=customers)
        way = draw.choice(("mistyped", "missing", "dataless", "mistimed", "packed", "long", None))
        part = bytes_of(some) if way is None else WAYS[way](draw, some)
        if way is None:
            journalled.append(key_of(some))
        elif not _is_json(part):
            continue  # it would spoil the array
        parts.append(part)
    body = b"[%b]" % b",".join(parts)
    if draw.random() < 0.33:
        body = draw.choice((_cut, _noise, _unclosed, _within))(draw, body)
        return _made("batch itself", body, [(b"Content-Type", BATCH)], events=None)
    found = _made("in a batch", body, [(b"Content-Type", BATCH)], events=len(parts))
    return msgspec.structs.replace(found, journalled=tuple(journalled))


def _cut(draw: Random, body: bytes) -> bytes:
    return body[: draw.randrange(len(body))]


def _noise(draw: Random, body: bytes) -> bytes:
    place = draw.randrange(len(body))
    return body[:place] + draw.randbytes(draw.randrange(1, 4)) + body[place:]


def _unclosed(draw: Random, body: bytes) -> bytes:
    return draw.choice((body[1:], body[:-1], body[:-1] + b",]", body + b"]", b"[" * 5000 + body))


def _within(draw: Random, body: bytes) -> bytes:
    return draw.choice(
        (b"[%b]" % body, b'{"events":%b}' % body, body.replace(b"},{", b"}\n{"), b"\xef\xbb\xbf" + body)
    )


def _hopeless(found: Request, way: str, one: Envelope) -> Request:
    return msgspec.structs.replace(found, never=(key_of(one),)) if way in HOPELESS else found


def _is_json(part: bytes) -> bool:
    try:
        msgspec.json.decode(part)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


# -------------------------------------------------------------------------------------- hostile headers


def _data(one: Envelope) -> bytes:
    return msgspec.json.encode(one["data"])


def _attributes(one: Envelope) -> list[Header]:
    """The headers of binary mode."""
    kept = {name: value for name, value in one.items() if name not in ("data", "datacontenttype")}
    named = [
        (b"ce-" + name.encode(), quote(str(value), safe=" :/+").encode()) for name, value in kept.items()
    ]
    return [*named, (b"Content-Type", b"application/json")]


_HOSTILE = (
    *(
        b"",
        b" ",
        b"%",
        b"%zz",
        b"%00",
        b"%ff%fe",
        b"%C3%28",
        b"%ED%A0%80",
        b"%EF%BF%BE",
        b'"',
        b'"\\"',
        b'"a"b',
    ),
    *(b"\xff\xfe", b"\xc3\xa9", b"null", b"{}", b"1.0, 1.0", b"\t", b"%F0%9F%98%80", b"x" * 300, b"%" * 300),
    *(b"x" * 20_000, b"2999-01-01T00:00:00Z", b"//[", b"http://a b/", b"egard.customer.erased%0D%0A"),
)


def _binary(draw: Random, one: Envelope, _: int) -> Request:
    """Binary mode with headers, or a body, that are not as they should be."""
    headers, body, kind = _attributes(one), _data(one), "binary headers"
    place = draw.randrange(len(headers) - 1)
    name, value = headers[place]
    match draw.randrange(6):
        case 0:
            # Another id is as rare as the first: under a common one, inputs would meet.
            rare = value if name == b"ce-id" else b""
            headers[place] = (name, draw.choice(_HOSTILE) + rare)
        case 1:
            return _without(headers, place, body, one)
        case 2:
            headers.append((name, draw.choice((value, *_HOSTILE))))
        case 3:
            named = draw.choice(
                (b"data", b"datacontenttype", b"ABC", b"a_b", b"", b"a-b", b"!", b"x" * 300, b"d" * 30)
            )
            headers.append((b"ce-" + named, draw.choice(_HOSTILE)))
        case 4:
            headers += [
                (b"ce-x%d" % number, draw.choice((b"1", b"\xff")))
                for number in range(draw.choice((20, 60, 200, 1500)))
            ]
        case _:
            kind = "binary data"
            body = WAYS[draw.choice(("truncated", "flipped", "unlike", "recoded", "deep"))](draw, one)
    return _made(kind, body, headers)


def _without(headers: list[Header], place: int, body: bytes, one: Envelope) -> Request:
    found = _made("binary headers", body, [*headers[:place], *headers[place + 1 :]])
    return msgspec.structs.replace(found, never=(key_of(one),))


_TYPES = (
    *(
        b"",
        b"text/plain",
        b"application/cloudevents",
        b"application/cloudevents+xml",
        b"application/cloudevents+avro",
    ),
    *(
        b"application/cloudevents-batch",
        b"application/json",
        b"application/x-www-form-urlencoded",
        b"*/*",
        b";",
    ),
    *(
        b"application/cloudevents+json; charset=utf-16",
        b'application/cloudevents+json;charset="',
        b"\xff/\xfe",
    ),
    *(
        b"multipart/form-data; boundary=x",
        b"application/cloudevents+json, text/html",
        b"application/" + b"x" * 20_000,
    ),
)


def _typed(draw: Random, one: Envelope, _: int) -> Request:
    """A content type, or coding, that is not taken."""
    if draw.random() < 0.2:
        coding = draw.choice((b"gzip", b"br", b"deflate, gzip", b"\xff", b"x" * 3000))
        headers = [(b"Content-Type", SINGLE), (b"Content-Encoding", coding)]
    else:
        headers = [(b"Content-Type", draw.choice(_TYPES))]
        if draw.random() < 0.1:
            headers = []
    found = _made("content type", bytes_of(one), headers)
    return msgspec.structs.replace(found, never=(key_of(one),))


def _broken(draw: Random, one: Envelope, _: int) -> Request:
    """Not HTTP at all, or announced and not sent."""
    whole = _made("not HTTP", bytes_of(one), [(b"Content-Type", SINGLE)], alien=True)
    wire = draw.choice(
        (
            whole.wire.replace(b"HTTP/1.1", b"HTTP/9"),
            whole.wire.replace(b"POST", b"P\0ST"),
            whole.wire.replace(b"Content-Length: ", b"Content-Length: -"),
            whole.wire.replace(b"Content-Length: ", b"Content-Length: 99999999999999999999"),
            whole.wire.replace(b"Host: fuzz", b"Host\0: fuzz"),
            whole.wire.replace(b"Host: fuzz", b"Transfer-Encoding: chunked\r\nHost: fuzz"),
            whole.wire.replace(b"\r\n", b"\n\r"),
            draw.randbytes(200) + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000,
        )
    )
    return msgspec.structs.replace(whole, wire=wire, never=(key_of(one),))


Make = Callable[[Random, int], Request]
