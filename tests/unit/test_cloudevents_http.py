"""CloudEvents 1.0 over HTTP: the rules of the HTTP binding, each kept and broken."""

import json

import pytest

from events import Refused
from services.gateway.modes import Unsupported, mode_of, split
from tests.unit.modes import DATA, GOOD, changed, http_headers, over_http

HTTP_CONTENT_TYPES = {
    "application/cloudevents+json": True,
    "application/cloudevents+json; charset=utf-8": True,
    'application/cloudevents+json;charset="UTF-8"': True,
    "Application/CloudEvents+JSON": True,
    "application/cloudevents+json; charset=iso-8859-1": False,
    "application/cloudevents+json; charset=utf-16": False,
    "application/cloudevents": False,
    "application/cloudevents+xml": False,
    "application/cloudevents+avro": False,
    "application/cloudevents+protobuf": False,
    "application/cloudevents-batch+xml": False,
    "application/json": False,
    "text/plain": False,
    "": False,
}


@pytest.mark.parametrize(("content_type", "taken"), HTTP_CONTENT_TYPES.items())
def test_over_http_the_content_type_tells_the_mode(content_type: str, taken: bool) -> None:
    """HTTP 3: JSON in UTF-8 is taken, structured or batched; other formats, and none, are unsupported."""
    body = json.dumps({**GOOD, "data": DATA}).encode()
    headers = [(b"content-type", content_type.encode())] if content_type else []
    if taken:
        assert over_http(headers, body).id == "1"
    else:
        with pytest.raises(Unsupported) as answer:
            over_http(headers, body)
        assert "application/cloudevents+json" in answer.value.headers["Accept"]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (b"a%20b", "a b"),
        (b"caf%C3%A9", "café"),
        (b"%F0%9F%98%80", "\U0001f600"),
        (b"Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € \U0001f600"),
        (b"100%25", "100%"),
        (b"%2541", "%41"),
        (b'"a b"', "a b"),
        (rb'"say \"hi\""', 'say "hi"'),
        (rb'"back\\slash"', "back\\slash"),
        (b'"a%20b"', "a b"),
        (b"100%", "100%"),
        (b" padded ", "padded"),
    ],
)
def test_over_http_attributes_are_unquoted_and_percent_decoded_once(sent: bytes, meant: str) -> None:
    """HTTP 3.1.3.2: quotes first, then one round of percent-decoding, into UTF-8."""
    headers = [*http_headers(changed(id=...)), (b"ce-id", sent)]
    assert over_http(headers, b'{"promise_id":"1"}').id == meant


@pytest.mark.parametrize("sent", ["café".encode(), "café".encode("latin-1"), b"caf%E9", b"%FF", b"%ED%A0%80"])
def test_over_http_what_is_no_encoded_utf8_is_refused(sent: bytes) -> None:
    """HTTP 3.1.3.2: what is not ASCII has to be percent-encoded UTF-8."""
    with pytest.raises(Refused) as refusal:
        over_http([*http_headers(changed(id=...)), (b"ce-id", sent)], b'{"promise_id":"1"}')
    assert (refusal.value.reason, refusal.value.pointer) == ("envelope_invalid", "/id")


HTTP_BINARY_REFUSED: dict[str, tuple[bytes, bytes]] = {
    "3.1.3 an attribute twice": (b"ce-id", b"2"),
    "3.1.1 datacontenttype is the content type": (b"ce-datacontenttype", b"application/json"),
    "3.1.2 data is the body": (b"ce-data", b"{}"),
    "3.1.2 data is the body, in base64 too": (b"ce-data_base64", b"e30="),
    "3.1.3 a name with a dash": (b"ce-my-ext", b"1"),
    "3.1.3 no name": (b"ce-", b"1"),
}


@pytest.mark.parametrize("header", HTTP_BINARY_REFUSED.values(), ids=HTTP_BINARY_REFUSED)
def test_over_http_binary_mode_forbids(header: tuple[bytes, bytes]) -> None:
    """A `ce-` header that cannot be an attribute, or is one twice, is refused and named."""
    with pytest.raises(Refused) as refusal:
        over_http([*http_headers(GOOD), header], b'{"promise_id":"1"}')
    assert refusal.value.reason == "envelope_invalid"
    assert refusal.value.accepted


@pytest.mark.parametrize("content_type", [b"text/xml", b"application/octet-stream", b"application/json5"])
def test_over_http_data_that_is_not_json_is_unsupported(content_type: bytes) -> None:
    """HTTP 3.1.1: in binary mode the content type is that of the data, and the data is JSON."""
    with pytest.raises(Unsupported):
        over_http([*http_headers(changed(datacontenttype=...)), (b"content-type", content_type)], b"<a/>")


def test_over_http_attributes_beside_a_structured_event_are_passed_over() -> None:
    """HTTP 3.2.3: headers may repeat attributes for those on the way; the event's own count."""
    headers = [(b"content-type", b"application/cloudevents+json"), (b"ce-id", b"another")]
    assert over_http(headers, json.dumps({**GOOD, "data": DATA}).encode()).id == "1"


def test_over_http_an_encoded_body_is_unsupported() -> None:
    """RFC 9110: a content coding that is not taken is answered with those that are."""
    with pytest.raises(Unsupported) as answer:
        over_http([*http_headers(GOOD), (b"content-encoding", b"gzip")], b"")
    assert answer.value.headers == {"Accept-Encoding": "identity"}


def test_over_http_a_batch_may_be_empty() -> None:
    """JSON format 4: a batch without events is a batch."""
    headers = [(b"content-type", b"application/cloudevents-batch+json")]
    assert split(b"[]", mode_of(headers), headers) == []
