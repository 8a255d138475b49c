"""CloudEvents over HTTP: which content mode a request is in, and the events in its body. Pure."""

import re
from enum import Enum
from urllib.parse import unquote_to_bytes

import msgspec

from events import Refused
from events.binary import structured
from services.runtime.headers import Headers, header

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

_ATTRIBUTE = b"ce-"
_CLOUDEVENTS = "application/cloudevents"
_CHARSET = re.compile(r'charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPED = re.compile(r"\\(.)")

MAX_EVENTS = 10_000
"""The most events of a request: each may earn a problem that is longer than itself."""

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Mode(Enum):
    """The content modes of the HTTP binding."""

    STRUCTURED = "structured"
    BATCHED = "batched"
    BINARY = "binary"


_AS_IS = {SINGLE: Mode.STRUCTURED, BATCH: Mode.BATCHED}


class Unsupported(Exception):  # noqa: N818 - an answer
    """The body is of a kind that is not taken; `headers` tell the client which are."""

    def __init__(self, detail: str, headers: dict[str, str]) -> None:
        super().__init__(detail)
        self.headers = headers


class TooMany(Exception):  # noqa: N818 - an answer
    """The request has more events than are taken at once."""


def mode_of(headers: Headers) -> Mode:
    """The mode of a request. Raises `Unsupported`."""
    coding = header(headers, b"content-encoding")
    if coding not in ("", "identity"):
        raise Unsupported(
            f"The body is encoded as {coding[:64]!r}; send it as it is, without Content-Encoding.",
            {"Accept-Encoding": "identity"},
        )
    content_type = header(headers, b"content-type")
    if content_type in _AS_IS:
        return _AS_IS[content_type]
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    charset = _CHARSET.search(parameters)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _unsupported(f"The body is in {charset[1][:64]!r}; JSON is UTF-8.")
    if media_type == SINGLE:
        return Mode.STRUCTURED
    if media_type == BATCH:
        return Mode.BATCHED
    if media_type.startswith(_CLOUDEVENTS) or not any(name.startswith(_ATTRIBUTE) for name, _ in headers):
        said = repr(content_type[:64]) if content_type else "missing"
        raise _unsupported(f"The content type is {said}, and there are no `ce-` headers.")
    if media_type and not media_type.endswith(("/json", "+json")):
        raise _unsupported(f"The data is {content_type[:64]!r}; the data of an event is JSON.")
    return Mode.BINARY


def split(body: bytes, mode: Mode, headers: Headers) -> list[bytes]:
    """The events of a body, each as structured-mode JSON.

    Raises `Refused` where it is no JSON array in batched mode, or cannot be put together in binary mode, and
    `TooMany`.
    """
    if mode is Mode.STRUCTURED:
        return [body]
    if mode is Mode.BINARY:
        return [_together(body, headers)]
    try:
        events = _split(body)
    except UnicodeDecodeError:
        raise Refused("not_json", "The body is not UTF-8.", accepted="a JSON array, in UTF-8") from None
    except msgspec.DecodeError as error:
        raise Refused(
            "not_json",
            f"The body is not a JSON array of events: {error}.",
            accepted=f"a JSON array; one event by itself has the content type {SINGLE}",
        ) from None
    except RecursionError:
        raise Refused("not_json", "The body is nested too deep.", accepted="a JSON array of events") from None
    if len(events) > MAX_EVENTS:
        raise TooMany(
            f"The request has {len(events):,} events; at most {MAX_EVENTS:,} are taken; send several."
        )
    return [bytes(event) for event in events]


def _together(body: bytes, headers: Headers) -> bytes:
    attributes = [
        (name.removeprefix(_ATTRIBUTE).decode("latin-1"), value)
        for name, value in headers
        if name.startswith(_ATTRIBUTE)
    ]
    content_type = header(headers, b"content-type") or None
    return structured([(name, _value(name, value)) for name, value in attributes], content_type, body)


def _value(name: str, sent: bytes) -> str:
    """An attribute's value from its header: quotes taken off, then percent-decoded once."""
    try:
        text = sent.decode("ascii").strip()
        if _QUOTED.fullmatch(text):
            text = _ESCAPED.sub(r"\1", text[1:-1])
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise Refused(
            "envelope_invalid",
            f"The header `ce-{name}` is not text that was percent-encoded.",
            pointer=f"/{name}",
            accepted="UTF-8, percent-encoded where it is not printable ASCII",
        ) from None


def _unsupported(detail: str) -> Unsupported:
    return Unsupported(
        f"{detail} {SINGLE} (one event), {BATCH} (a JSON array of events) and, with `ce-` headers, "
        "application/json (binary mode) are accepted, in UTF-8.",
        {"Accept": f"{SINGLE}, {BATCH}, application/json"},
    )
