"""Records as they come from Kafka, and the event bytes inside them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from events import Refused
from events.binary import structured
from services.runtime.kafka import STRUCTURED

_PLAIN = ("content-type", STRUCTURED)
_ATTRIBUTE = "ce_"
_CLOUDEVENTS = "application/cloudevents"
_STRUCTURED = re.compile(
    r'application/cloudevents\+json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?', re.IGNORECASE
)
_FRAME = 5
"""Bytes of a schema registry's frame."""

_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a partition."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp_ms: int
    """When the broker took it, where the topic says `LogAppendTime`; else when the projector did."""

    @property
    def arrived(self) -> datetime:
        """When it reached us."""
        return datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)

    @property
    def traceparent(self) -> str | None:
        """The trace that it belongs to (W3C Trace Context), if a header says so."""
        for name, value in self.headers:
            if name == "traceparent" and value is not None and _TRACEPARENT.fullmatch(value):
                return value.decode("ascii")
        return None


def plain_value(record: Record) -> bytes | None:
    """The value, where headers say nothing but that it is one event in structured mode, as nearly always."""
    if len(record.headers) == 1 and record.headers[0] == _PLAIN and record.value and record.value[0]:
        return record.value
    return None


def body_of(record: Record) -> bytes:
    """The event as structured-mode JSON: a structured value as it is, a binary one put together.

    The content type tells the mode, as the Kafka binding of CloudEvents has it. Where there is none, or
    another, the headers decide: with attributes among them it is binary mode, without it is structured.

    Raises `Refused` where there is no value, or binary mode cannot be put together.
    """
    content_type = _content_type(record)
    if content_type is not None and content_type.lower().startswith(_CLOUDEVENTS):
        if _STRUCTURED.fullmatch(content_type) is None:
            raise Refused(
                "envelope_invalid",
                f"The content type is {content_type[:64]!r}.",
                pointer="/datacontenttype",
                accepted="application/cloudevents+json, one event per record",
            )
        return _structured(record)
    attributes = [
        (name.removeprefix(_ATTRIBUTE), value)
        for name, value in record.headers
        # Kafka's headers may have no value; CloudEvents' attributes have one.
        if name.startswith(_ATTRIBUTE) and value is not None
    ]
    if not attributes:
        return _structured(record)
    named = [(name, _text(name, value)) for name, value in attributes]
    return structured(named, content_type, _unframed(record.value or b""))


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Refused(
            "envelope_invalid",
            f"The attribute `{name[:64]}` is not UTF-8: {error}.",
            pointer=f"/{name}",
            accepted="UTF-8",
        ) from None


def _structured(record: Record) -> bytes:
    if record.value is None:
        raise Refused("not_json", "The record has no value.", accepted="one CloudEvent per record")
    return _unframed(record.value)


def _unframed(value: bytes) -> bytes:
    """The value without the frame that a schema registry's clients put first: a zero and a schema's id."""
    return value[_FRAME:] if value[:1] == b"\0" and len(value) >= _FRAME else value


def _content_type(record: Record) -> str | None:
    for name, value in record.headers:
        if name.lower() == "content-type" and value is not None:
            return value.decode("latin-1").strip()
    return None
