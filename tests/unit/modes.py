"""One event in each content mode of CloudEvents, read as the gateway and the projector read it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from events import Event, decode
from services.gateway.modes import mode_of, split
from services.projector.records import Record, body_of
from tests.unit.wire import NOW

STRUCTURED = ("http structured", "http batched", "kafka structured")
BINARY = ("http binary", "kafka binary")
MODES = STRUCTURED + BINARY

Attributes = Mapping[str, Any]

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "/crm",
    "type": "egard.promise.kept",
    "subject": "anna",
    "time": "2026-11-22T09:30:00+01:00",
    "datacontenttype": "application/json",
}
"""The attributes of an acceptable event."""

DATA = {"promise_id": "1"}


def changed(**attributes: Any) -> dict[str, Any]:
    """A good event's attributes, some of them other; `...` takes one away."""
    return {name: value for name, value in (GOOD | attributes).items() if value is not ...}


def received(mode: str, attributes: Attributes, data: object = DATA) -> Event:
    """The event that arrives. Raises `events.Refused`."""
    match mode:
        case "http binary":
            return over_http(http_headers(attributes), _body(data))
        case "kafka binary":
            return over_kafka(kafka_headers(attributes), _body(data) or None)
    return received_text(
        mode, json.dumps({**attributes} if data is ... else {**attributes, "data": data}).encode()
    )


def received_text(mode: str, text: bytes) -> Event:
    """The event of a text that arrives in one of the modes that have it in one piece. Raises `Refused`."""
    match mode:
        case "http structured":
            return over_http([(b"content-type", b"application/cloudevents+json")], text)
        case "http batched":
            return over_http([(b"content-type", b"application/cloudevents-batch+json")], b"[%b]" % text)
        case _:
            return over_kafka([("content-type", b"application/cloudevents+json; charset=UTF-8")], text)


def over_http(headers: list[tuple[bytes, bytes]], body: bytes, arrived: datetime = NOW) -> Event:
    """The one event of a request. Raises `events.Refused` or `Unsupported`."""
    [text] = split(body, mode_of(headers), headers)
    return decode(text, arrived=arrived)


def over_kafka(headers: list[tuple[str, bytes | None]], value: bytes | None) -> Event:
    """The event of a record. Raises `events.Refused`."""
    return decode(body_of(Record(0, None, value, headers, 0)), arrived=NOW)


def http_headers(attributes: Attributes) -> list[tuple[bytes, bytes]]:
    """Attributes as headers, the way the HTTP binding has them."""
    return [
        (b"content-type", str(value).encode())
        if name == "datacontenttype"
        else (b"ce-" + name.encode(), quote(str(value), safe="/:+;=,@!$&'()*~").encode())
        for name, value in attributes.items()
    ]


def kafka_headers(attributes: Attributes) -> list[tuple[str, bytes | None]]:
    """Attributes as headers, the way the Kafka binding has them."""
    return [
        ("content-type" if name == "datacontenttype" else f"ce_{name}", str(value).encode())
        for name, value in attributes.items()
    ]


def _body(data: object) -> bytes:
    return b"" if data is ... else json.dumps(data).encode()
