"""CloudEvents 1.0: each rule that a receiver could break, kept and broken, in each content mode.

The sections named are those of the core specification, its JSON format, and its HTTP and Kafka bindings.
"""

import itertools
from typing import Any

import pytest

from events import Refused, same
from tests.unit.modes import (
    BINARY,
    DATA,
    GOOD,
    MODES,
    STRUCTURED,
    changed,
    http_headers,
    over_http,
    received,
    received_text,
)

# --------------------------------------------------------------------- what holds in every content mode

ACCEPTED: dict[str, dict[str, Any]] = {
    "everything that is required": changed(),
    "3.1 source: an absolute URI": changed(source="https://user@example.org:8080/crm?a=%20b#c"),
    "3.1 source: a URN": changed(source="urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"),
    "3.1 source: a relative reference": changed(source="crm/eu"),
    "3.1 source: an address of six": changed(source="http://[2001:db8::1]/crm"),
    "3.1 source: only a fragment": changed(source="#crm"),
    "3.1 id: any characters that a string may hold": changed(id='né "1" %2F\\ 日本語 \U0001f600'),
    "3.1 type: one that we do not know": changed(type="com.example.someevent"),
    "3.1 datacontenttype: absent": changed(datacontenttype=...),
    "3.1 datacontenttype: with parameters": changed(datacontenttype="application/json; charset=utf-8"),
    "3.1 datacontenttype: a dialect": changed(datacontenttype="application/vnd.crm+json"),
    "3.1 datacontenttype: text/json": changed(datacontenttype="text/json"),
    "3.1 datacontenttype: in capitals": changed(datacontenttype="Application/JSON"),
    "3.1 dataschema: a URI": changed(dataschema="https://example.org/schema/1"),
    "3.1 time: in universal time": changed(time="2026-11-22T08:30:00Z"),
    "3.1 time: with a fraction": changed(time="2026-11-22T08:30:00.123456789Z"),
    "3.1 time: in small letters": changed(time="2026-11-22t08:30:00z"),
    "3.1 time: offset unknown": changed(time="2026-11-22T08:30:00-00:00"),
    "3.1 time: a leap second": changed(time="2016-12-31T23:59:60Z"),
    "3.2 extensions: letters and digits": changed(comexampleextension1="value", a="1", x9="y"),
    "3.2 extensions: a name of more than 20 characters": changed(averyveryverylongattributename="1"),
    "2.1 strings: spaces and private characters": changed(subject="an na\u00a0\ue000"),
}

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    **{
        f"3.1 {name}: absent": (changed(**{name: ...}), "envelope_invalid", "")
        for name in ("id", "source", "specversion", "type")
    },
    **{
        f"3.1 {name}: empty": (changed(**{name: ""}), "envelope_invalid", f"/{name}")
        for name in ("id", "source", "specversion", "type", "subject")
    },
    "3.1 subject: absent, which the language asks for": (changed(subject=...), "envelope_invalid", ""),
    "3.1 time: absent, which the language asks for": (changed(time=...), "envelope_invalid", ""),
    "3.1 specversion: an older one": (changed(specversion="0.3"), "envelope_invalid", "/specversion"),
    "3.1 specversion: a newer one": (changed(specversion="1.1"), "envelope_invalid", "/specversion"),
    "3.1 specversion: with a patch number": (
        changed(specversion="1.0.2"),
        "envelope_invalid",
        "/specversion",
    ),
    "3.1 source: a space": (changed(source="my crm"), "envelope_invalid", "/source"),
    "3.1 source: half a percent-encoding": (changed(source="/crm%2"), "envelope_invalid", "/source"),
    "3.1 source: a letter beyond ASCII": (changed(source="/crm/é"), "envelope_invalid", "/source"),
    "3.1 source: two fragments": (changed(source="/a#b#c"), "envelope_invalid", "/source"),
    "3.1 source: a colon before any scheme": (changed(source="1crm:x"), "envelope_invalid", "/source"),
    "3.1 source: brackets in a path": (changed(source="/crm[1]"), "envelope_invalid", "/source"),
    "3.1 dataschema: not absolute": (changed(dataschema="/schema"), "envelope_invalid", "/dataschema"),
    "3.1 dataschema: empty": (changed(dataschema=""), "envelope_invalid", "/dataschema"),
    "3.1 time: no offset": (changed(time="2026-11-22T08:30:00"), "time_invalid", "/time"),
    "3.1 time: an offset without its colon": (
        changed(time="2026-11-22T08:30:00+0100"),
        "time_invalid",
        "/time",
    ),
    "3.1 time: an offset of hours": (changed(time="2026-11-22T08:30:00+01"), "time_invalid", "/time"),
    "3.1 time: a space for the T": (changed(time="2026-11-22 08:30:00Z"), "time_invalid", "/time"),
    "3.1 time: no seconds": (changed(time="2026-11-22T08:30Z"), "time_invalid", "/time"),
    "3.1 time: a day": (changed(time="2026-11-22"), "time_invalid", "/time"),
    "3.1 time: a day that is none": (changed(time="2026-02-30T08:30:00Z"), "time_invalid", "/time"),
    "3.1 time: a comma": (changed(time="2026-11-22T08:30:00,5Z"), "time_invalid", "/time"),
    "3.1 time: seconds since 1970": (changed(time="1795339800"), "time_invalid", "/time"),
    "3.1 time: 61 seconds": (changed(time="2016-12-31T23:59:61Z"), "time_invalid", "/time"),
    "3.1 time: a leap second in the middle of an hour": (
        changed(time="2026-11-22T08:30:60Z"),
        "time_invalid",
        "/time",
    ),
    "3.2 names: an underscore": (changed(my_extension="1"), "envelope_invalid", "/my_extension"),
    "3.2 names: a dash": (changed(**{"my-extension": "1"}), "envelope_invalid", "/my-extension"),
    "3.2 names: a letter beyond ASCII": (changed(é="1"), "envelope_invalid", "/é"),
    "2.1 strings: a control character": (changed(id="a\nb"), "envelope_invalid", "/id"),
    "2.1 strings: a control character of the second kind": (
        changed(subject="a\u0085b"),
        "envelope_invalid",
        "/subject",
    ),
    "2.1 strings: no character at all": (changed(id="a\ufffeb"), "envelope_invalid", "/id"),
    "2.1 strings: no character of a higher plane": (changed(id="a\U0001ffffb"), "envelope_invalid", "/id"),
    "2.1 strings: in an extension": (changed(ext="a\x7fb"), "envelope_invalid", "/ext"),
}

every_mode = pytest.mark.parametrize("mode", MODES)


@every_mode
@pytest.mark.parametrize("attributes", ACCEPTED.values(), ids=ACCEPTED)
def test_what_the_specification_allows_is_accepted(mode: str, attributes: dict[str, Any]) -> None:
    """An event that keeps the rules is accepted in every mode, with the attributes that it was given."""
    event = received(mode, attributes)
    assert (event.id, event.source, event.type, event.subject) == tuple(
        attributes[name] for name in ("id", "source", "type", "subject")
    )


@every_mode
@pytest.mark.parametrize(("attributes", "reason", "pointer"), REFUSED.values(), ids=REFUSED)
def test_what_the_specification_forbids_is_refused(
    mode: str, attributes: dict[str, Any], reason: str, pointer: str
) -> None:
    """A rule that is broken is named, with the place, and with what would be accepted."""
    with pytest.raises(Refused) as refusal:
        received(mode, attributes)
    assert refusal.value.reason == reason
    if pointer.isascii():  # the names of HTTP's headers are bytes
        assert refusal.value.pointer == pointer
    assert refusal.value.accepted


@every_mode
def test_an_attribute_name_in_capitals_is_refused_where_names_have_cases(mode: str) -> None:
    """3.2 names: lower-case letters; headers of HTTP have no case, so there any spelling is the same name."""
    attributes = changed(myExtension="1")
    if mode == "http binary":
        headers = [(name.lower(), value) for name, value in http_headers(attributes)]
        assert over_http(headers, b'{"promise_id":"1"}').id == "1"
    else:
        with pytest.raises(Refused):
            received(mode, attributes)


@every_mode
def test_data_may_be_absent(mode: str) -> None:
    """2.2: an event may have no data; whether its type needs some is for the language to say."""
    assert received(mode, changed(type="egard.customer.erased"), ...).data is not None


# --------------------------------------------------------------------------- JSON: structured and batched

in_json = pytest.mark.parametrize("mode", STRUCTURED)

JSON_ACCEPTED: dict[str, dict[str, Any]] = {
    "2.2 null is as absent: an extension": changed(ext=None),
    "2.2 null is as absent: datacontenttype": changed(datacontenttype=None),
    "2.2 null is as absent: dataschema": changed(dataschema=None),
    "2.2 null is as absent: data_base64": changed(data_base64=None),
    "2.2 an extension may be a boolean": changed(ext=True),
    "2.2 an extension may be an integer": changed(ext=-(2**31), more=2**31 - 1),
}
JSON_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    **{
        f"2.2 {name} is a string": (changed(**{name: 1}), f"/{name}")
        for name in (
            "id",
            "source",
            "specversion",
            "type",
            "subject",
            "time",
            "datacontenttype",
            "dataschema",
        )
    },
    "2.2 null for what is required": (changed(id=None), ""),
    "2.2 an extension is no object": (changed(ext={"a": "b"}), "/ext"),
    "2.2 an extension is no array": (changed(ext=["a"]), "/ext"),
    "2.2 an extension is no fraction": (changed(ext=1.5), "/ext"),
    "2.2 an integer has 32 bits": (changed(ext=2**31), "/ext"),
    "3.1 data_base64 is base64": (changed(data_base64="!"), "/data_base64"),
    "3.1 data_base64 is a string": (changed(data_base64=7), "/data_base64"),
    "3.1 data_base64 or data": (changed(data_base64="e30="), "/data_base64"),
}


@in_json
@pytest.mark.parametrize("attributes", JSON_ACCEPTED.values(), ids=JSON_ACCEPTED)
def test_the_json_format_allows(mode: str, attributes: dict[str, Any]) -> None:
    """What JSON can say beyond text is taken as the JSON format has it."""
    assert received(mode, attributes).id == "1"


@in_json
@pytest.mark.parametrize(("attributes", "pointer"), JSON_REFUSED.values(), ids=JSON_REFUSED)
def test_the_json_format_forbids(mode: str, attributes: dict[str, Any], pointer: str) -> None:
    """A JSON value that no attribute may have is refused, with its place."""
    data = ... if attributes.get("data_base64") in ("!", 7) else DATA
    with pytest.raises(Refused) as refusal:
        received(mode, attributes, data)
    assert (refusal.value.reason, refusal.value.pointer) == ("envelope_invalid", pointer)


@in_json
def test_json_in_base64_is_json_all_the_same(mode: str) -> None:
    """3.1: clients that hold data as bytes write `data_base64`; JSON in it is read, and kept as `data`."""
    event = received(mode, changed(data_base64="eyJwcm9taXNlX2lkIjogIjEifQ=="), ...)
    assert event.data == received(mode, changed()).data
    assert b"data_base64" not in event.body


@in_json
def test_bytes_in_base64_are_kept_for_a_type_that_is_not_ours(mode: str) -> None:
    """3.1: what an unknown type holds in `data_base64` is kept as it came."""
    event = received(mode, changed(type="com.example.picture", data_base64="AAEC"), ...)
    assert b'"data_base64"' in event.body


@in_json
@pytest.mark.parametrize("text", [b"[]", b"7", b'"event"', b"null", b"true"])
def test_an_event_is_a_json_object(mode: str, text: bytes) -> None:
    """2: any other JSON value is no event."""
    with pytest.raises(Refused):
        received_text(mode, text)


# --------------------------------------------------------------------------------- one event, five ways in


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(MODES, 2)))
def test_a_mode_makes_no_difference_to_what_is_said(one: str, other: str) -> None:
    """The same event in two modes is a repetition, not another event under the same id."""
    first, second = received(one, GOOD), received(other, GOOD)
    assert (first.identity, first.data, first.time) == (second.identity, second.data, second.time)
    assert same(first.body, second.body)


def test_every_mode_is_tried() -> None:
    """Binary and structured, over HTTP and over Kafka, and batched: five ways in."""
    assert set(MODES) == {*STRUCTURED, *BINARY}
    assert len(MODES) == 5
