"""CloudEvents 1.0 on Kafka: the rules of the Kafka binding, each kept and broken."""

import json

import pytest

from events import Refused
from tests.unit.modes import DATA, GOOD, changed, kafka_headers, over_kafka


def test_over_kafka_the_content_type_tells_the_mode() -> None:
    """Kafka 3: with the content type of CloudEvents the value is the event, whatever headers stand beside."""
    text = json.dumps({**GOOD, "data": DATA}).encode()
    for content_type in (b"application/cloudevents+json", b'Application/CloudEvents+json;charset="utf-8"'):
        headers = [("content-type", content_type), ("ce_id", b"another"), ("ce_specversion", b"1.0")]
        assert over_kafka([*headers], text).id == "1"


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/cloudevents",
        b"application/cloudevents+avro",
        b"application/cloudevents-batch+json",
        b"application/cloudevents+json; charset=latin-1",
    ],
)
def test_over_kafka_another_format_is_refused(content_type: bytes) -> None:
    """Kafka 3: there is one event in a record, and JSON is the format that is taken."""
    with pytest.raises(Refused) as refusal:
        over_kafka([("content-type", content_type)], b"{}")
    assert (refusal.value.reason, refusal.value.pointer) == ("envelope_invalid", "/datacontenttype")


KAFKA_BINARY_REFUSED: dict[str, tuple[str, bytes]] = {
    "3.2.3 an attribute twice": ("ce_id", b"2"),
    "3.2.1 datacontenttype is the content type": ("ce_datacontenttype", b"application/json"),
    "3.2.2 data is the value": ("ce_data", b"{}"),
    "3.2.3 a name in capitals": ("ce_Ext", b"1"),
    "3.2.3 a name with an underscore": ("ce_my_ext", b"1"),
    "3.2.3 a value that is not UTF-8": ("ce_ext", b"\xff"),
}


@pytest.mark.parametrize("header", KAFKA_BINARY_REFUSED.values(), ids=KAFKA_BINARY_REFUSED)
def test_over_kafka_binary_mode_forbids(header: tuple[str, bytes]) -> None:
    """A `ce_` header that cannot be an attribute, or is one twice, is refused."""
    with pytest.raises(Refused) as refusal:
        over_kafka([*kafka_headers(GOOD), header], b'{"promise_id":"1"}')
    assert refusal.value.reason == "envelope_invalid"


def test_over_kafka_binary_mode_allows_no_value_and_headers_without_one() -> None:
    """Kafka 3.2.2: no data is no value; a header that has none is no attribute."""
    headers = [*kafka_headers(changed(type="egard.customer.erased")), ("ce_ext", None), ("other", b"\xff")]
    assert over_kafka(headers, None).type == "egard.customer.erased"


def test_over_kafka_data_that_is_not_json_is_refused() -> None:
    """Kafka 3.2.1: the content type is that of the data, and the data is JSON."""
    with pytest.raises(Refused) as refusal:
        over_kafka(kafka_headers(changed(datacontenttype="text/xml")), b"<a/>")
    assert refusal.value.pointer == "/datacontenttype"


@pytest.mark.parametrize("mode", ["kafka structured", "kafka binary"])
def test_over_kafka_a_schema_registrys_frame_is_taken_off(mode: str) -> None:
    """A value that begins with a zero and a schema's id, as such clients write it, is read without them."""
    if mode == "kafka binary":
        event = over_kafka(kafka_headers(GOOD), b"\0\0\0\0\x07" + json.dumps(DATA).encode())
    else:
        text = json.dumps({**GOOD, "data": DATA}).encode()
        event = over_kafka([], b"\0\0\0\0\x07" + text)
        assert event.body == text
    assert event.data is not None
