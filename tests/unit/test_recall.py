"""What the journal holds is recalled as it was decoded when it came."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given

from events import Event, PromiseMade, RecognitionThanked, decode, recall
from tests.unit.histories import PROPERTY, streams

LATER = datetime(2200, 1, 1, tzinfo=UTC)


def body(**changes: object) -> bytes:
    """An event's bytes."""
    plain = {
        "specversion": "1.0",
        "id": "1",
        "source": "/crm",
        "type": "egard.recognition.thanked",
        "subject": "anna",
        "time": "2026-06-01T10:00:00Z",
        "data": {},
    }
    return msgspec.json.encode({**plain, **changes})


def assert_recalled(event: Event, known: Event) -> None:
    """They are the same, but for the bytes, which are not kept."""
    for name in ("subject", "source", "id", "type", "time", "data", "at", "order", "identity"):
        assert getattr(event, name) == getattr(known, name), name
    assert event.body == b""


@PROPERTY
@given(streams())
def test_any_events_are_recalled_as_they_were_decoded(stream: list[Event]) -> None:
    """Whatever happened: every attribute and all data are the same, in the same order."""
    recalled = recall([event.body for event in stream])
    assert len(recalled) == len(stream)
    for event, known in zip(recalled, stream, strict=True):
        assert_recalled(event, known)


@pytest.mark.parametrize(
    "odd",
    [
        body(type="acme.parcel.lost", data={"x": [1]}),
        body(data=None),
        msgspec.json.encode({k: v for k, v in msgspec.json.decode(body()).items() if k != "data"}),
        body(time="2016-12-31T23:59:60Z"),
        body(time="2026-06-01T12:00:00.5+02:00"),
        body(traceparent="00-1-1-01", data={"occasion": "her birthday", "more": {"deep": [None]}}),
        body(
            type="egard.promise.made",
            data={"promise_id": "p", "what": "x", "due": "2026-06-02T10:00:00+02:00"},
        ),
    ],
)
def test_what_is_out_of_the_ordinary_is_recalled_too(odd: bytes) -> None:
    """Unknown types, no data, leap seconds, offsets, extensions: alone, and among others."""
    known = decode(odd, arrived=LATER)
    for recalled in (recall([odd])[0], recall([body(), odd, body(id="2")])[1]):
        assert_recalled(recalled, known)


def test_what_does_not_fit_its_type_any_more_is_an_event_without_data() -> None:
    """A type that this version has come to know, or asks more of, is no reason to stop."""
    misfit = body(type="egard.promise.made", data={"promised": True})
    first, event, last = recall([body(), misfit, body(id="2")])
    assert (event.type, event.data, event.subject, event.id) == ("egard.promise.made", None, "anna", "1")
    assert isinstance(first.data, RecognitionThanked)
    assert not isinstance(last.data, PromiseMade)
    assert event.time == datetime(2026, 6, 1, 10, tzinfo=UTC)
