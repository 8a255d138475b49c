"""The official CloudEvents SDK for Python, in both directions: what either writes, the other reads."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings import http, kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from events import ContactAttempted, Event, make, same
from services.runtime.kafka import headers as kafka_headers
from tests.unit.histories import PROPERTY
from tests.unit.modes import over_http, over_kafka

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
DATA = {"contact_id": "call-1", "channel": "phone", "reason": "naïve “reason” \U0001f600"}
_ATTRIBUTES: dict[str, Any] = {
    "id": "call-1",
    "source": "https://crm.example.org/calls",
    "type": "egard.contact.attempted",
    "subject": "anna",
    "time": AT,
    "datacontenttype": "application/json",
}


def written(**attributes: Any) -> CloudEvent:
    """An event as a user of the SDK makes one."""
    return CloudEvent(attributes={**_ATTRIBUTES, **attributes}, data=DATA)


def _over_http(message: http.HTTPMessage) -> Event:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in message.headers.items()]
    return over_http(headers, message.body)


def _over_kafka(message: kafka.KafkaMessage) -> Event:
    return over_kafka([*message.headers.items()], message.value)


WAYS: dict[str, Callable[[CloudEvent], Event]] = {
    "http structured": lambda event: _over_http(http.to_structured_event(event)),
    "http binary": lambda event: _over_http(http.to_binary_event(event)),
    "kafka structured": lambda event: _over_kafka(kafka.to_structured_event(event)),
    "kafka binary": lambda event: _over_kafka(kafka.to_binary_event(event)),
}
every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_what_the_sdk_writes_is_read(way: str) -> None:
    """An event of the SDK arrives with its attributes, its data and its extensions, in each mode."""
    event = WAYS[way](written(tenant="north"))
    assert (event.id, event.source, event.subject, event.time) == (
        "call-1",
        "https://crm.example.org/calls",
        "anna",
        AT,
    )
    assert event.data == ContactAttempted(**DATA)  # type: ignore[arg-type]
    assert b'"tenant":"north"' in event.body.replace(b": ", b":")


@every_way
def test_the_sdk_need_not_name_the_type_of_the_data(way: str) -> None:
    """Without `datacontenttype` the SDK sends no content type in binary mode; the data is JSON anyway."""
    attributes = {name: value for name, value in _ATTRIBUTES.items() if name != "datacontenttype"}
    assert WAYS[way](CloudEvent(attributes=attributes, data=DATA)).data is not None


@pytest.mark.parametrize("way", ["http structured", "kafka structured"])
def test_data_that_the_sdk_holds_as_bytes_is_read(way: str) -> None:
    """Bytes become `data_base64` in structured mode; JSON in it is read."""
    event = CloudEvent(attributes=_ATTRIBUTES, data=b'{"contact_id":"call-1","channel":"phone"}')
    assert WAYS[way](event).data == ContactAttempted(contact_id="call-1", channel="phone")


_ids = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=30)


@given(_ids, _ids)
@PROPERTY
def test_any_name_survives_the_sdk_in_every_mode(name: str, subject: str) -> None:
    """Whatever letters an id or subject has, the four ways in agree on it."""
    bodies = [way(written(id=name, subject=subject)) for way in WAYS.values()]
    assert all((one.id, one.subject) == (name, subject) for one in bodies)
    assert all(same(bodies[0].body, one.body) for one in bodies)


OURS = make(
    ContactAttempted(contact_id="call-1", channel="phone", reason="the bill"),
    subject="anna",
    source="/egard/desk",
    id="é 1",
    time=AT,
)


def test_what_we_publish_on_kafka_the_sdk_reads() -> None:
    """A record as our producers write it is an event of the SDK, with everything in it."""
    record = kafka.KafkaMessage(headers=dict(kafka_headers(None)), key=b"anna", value=OURS.body)
    _check(kafka.from_kafka_event(record))


def test_what_we_write_the_sdk_reads_over_http() -> None:
    """Our encoding is structured-mode JSON for the SDK too."""
    _check(http.from_http_event(http.HTTPMessage({"content-type": JSONFormat.CONTENT_TYPE}, OURS.body)))


def _check(read: Any) -> None:
    assert (read.get_id(), read.get_source(), read.get_type()) == (
        "é 1",
        "/egard/desk",
        "egard.contact.attempted",
    )
    assert (read.get_subject(), read.get_time(), read.get_specversion()) == ("anna", AT, "1.0")
    assert read.get_data() == {"contact_id": "call-1", "channel": "phone", "reason": "the bill"}
