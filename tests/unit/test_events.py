"""The language: what is accepted, what is refused and why, and what an event keeps of what came."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import msgspec.inspect as kinds
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    MAX_BODY_BYTES,
    TYPES,
    ContactAttempted,
    CustomerErased,
    Data,
    PromiseMade,
    Refused,
    decode,
    encode,
    make,
    type_of,
)
from events.decoding import _any
from events.plain import plain
from tests.unit.histories import PROPERTY
from tests.unit.wire import KEPT, NOW, accepted, body


def refused(text: bytes) -> Refused:
    """Why an event is refused."""
    with pytest.raises(Refused) as refusal:
        decode(text, arrived=NOW)
    return refusal.value


# -------------------------------------------------------------------------------------------- refusals

REFUSALS = {
    "nothing": (b"", "not_json", ""),
    "no JSON": (b"hello", "not_json", ""),
    "half an event": (body()[:-5], "not_json", ""),
    "more than an event": (body() + body(), "not_json", ""),
    "no UTF-8 where nobody reads": (body(note="\u00e9").replace(b"\\u00e9", b"\xe9"), "not_json", ""),
    "half a character": (body(id="\ud800"), "not_json", ""),
    "a number that nobody can hold": (body(note="?").replace(b'"?"', b"1e999"), "not_json", ""),
    "an integer without end": (body(note="?").replace(b'"?"', b"9" * 5000), "not_json", ""),
    "one level too deep": (
        body({**KEPT, "note": "?"}).replace(b'"?"', b"[" * 63 + b"]" * 63),
        "data_invalid",
        "/data",
    ),
    "more depth than any stack": (
        body(note="?").replace(b'"?"', b"[" * 9000 + b"]" * 9000),
        "data_invalid",
        "/data",
    ),
    "a list": (b"[]", "envelope_invalid", ""),
    "another version of CloudEvents": (body(specversion="0.3"), "envelope_invalid", "/specversion"),
    "no version": (body(specversion=None), "envelope_invalid", ""),
    "no id": (body(id=None), "envelope_invalid", ""),
    "an empty id": (body(id=""), "envelope_invalid", "/id"),
    "an id that is a number": (body(id=7), "envelope_invalid", "/id"),
    "no source": (body(source=None), "envelope_invalid", ""),
    "an empty source": (body(source=""), "envelope_invalid", "/source"),
    "no type": (body(type=None), "envelope_invalid", ""),
    "no subject": (body(subject=None), "envelope_invalid", ""),
    "an empty subject": (body(subject=""), "envelope_invalid", "/subject"),
    "no time": (body(time=None), "envelope_invalid", ""),
    "data that is not JSON": (body(datacontenttype="text/xml"), "envelope_invalid", "/datacontenttype"),
    "a character that no database holds": (
        body({**KEPT, "note": {"a": ["b\x00"]}}),
        "data_invalid",
        "/data/note/a/0",
    ),
    "a time without an offset": (body(time="2026-11-22T09:30:00"), "time_invalid", "/time"),
    "a day": (body(time="2026-11-22"), "time_invalid", "/time"),
    "words for a time": (body(time="yesterday"), "time_invalid", "/time"),
    "a time before the year 1": (body(time="0001-01-01T00:00:00+01:00"), "time_invalid", "/time"),
    "the zero of programs without a time": (body(time="0001-01-01T00:00:00Z"), "time_invalid", "/time"),
    "a time that is the year 1 in UTC": (body(time="0002-01-01T00:30:00+01:00"), "time_invalid", "/time"),
    "a time in eleven minutes": (body(time="2026-11-22T12:11:00Z"), "time_ahead", "/time"),
    "an id of 257 bytes": (body(id="x" * 257), "name_too_long", "/id"),
    "a subject of 129 letters of two bytes": (body(subject="é" * 129), "name_too_long", "/subject"),
    "a body of more than 32 KB": (body(note="x" * MAX_BODY_BYTES), "body_too_large", ""),
    "data without what is required": (body({}), "data_invalid", "/data"),
    "no data where some is required": (body(None), "data_invalid", "/data"),
    "data that is not an object": (body([1]), "data_invalid", "/data"),
    "a number for an id": (body({"promise_id": 1}), "data_invalid", "/data/promise_id"),
    "an empty id of a matter": (body({"promise_id": ""}), "data_invalid", "/data/promise_id"),
    "a channel that is none": (
        body({"contact_id": "1", "channel": "pigeon"}, type="egard.contact.attempted"),
        "data_invalid",
        "/data/channel",
    ),
    "a score above the scale": (
        body({"score": 101}, type="egard.feedback.given"),
        "data_invalid",
        "/data/score",
    ),
    "a score below the scale": (
        body({"score": -1}, type="egard.feedback.given"),
        "data_invalid",
        "/data/score",
    ),
    "a wait that is negative": (
        body({"contact_id": "1", "by": "human", "waited_s": -1}, type="egard.contact.answered"),
        "data_invalid",
        "/data/waited_s",
    ),
    "a due without an offset": (
        body({"promise_id": "1", "what": "call", "due": "2026-11-22T09:30:00"}, type="egard.promise.made"),
        "data_invalid",
        "/data/due",
    ),
    "a due before the year 1": (
        body(
            {"promise_id": "1", "what": "call", "due": "0001-01-01T00:00:00+01:00"},
            type="egard.promise.made",
        ),
        "data_invalid",
        "/data/due",
    ),
    "never, for a due": (
        body(
            {"promise_id": "1", "what": "call", "due": "9999-12-31T23:59:59.999999Z"},
            type="egard.promise.made",
        ),
        "data_invalid",
        "/data/due",
    ),
    "a currency in words": (
        body({"amount": 1, "currency": "euro"}, type="egard.exchange.purchased"),
        "data_invalid",
        "/data/currency",
    ),
    "bytes for data": (
        body(None, data_base64="AAE="),
        "data_invalid",
        "/data_base64",
    ),
    "a shift of a customer": (body({}, type="egard.team.shift_started"), "data_invalid", "/subject"),
}


@pytest.mark.parametrize(("text", "reason", "pointer"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_the_language_does_not_accept_is_refused_with_its_reason(
    text: bytes, reason: str, pointer: str
) -> None:
    """Each refusal has a reason for machines, a sentence for people, and the place of the mistake."""
    refusal = refused(text)
    assert refusal.reason == reason
    assert refusal.pointer == pointer
    assert refusal.detail.endswith(".")
    assert str(refusal) == refusal.detail


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), st.lists).map(lambda x: json.dumps(x).encode())
)
@PROPERTY
def test_no_bytes_break_the_decoder(text: bytes) -> None:
    """Whatever comes is an event or a refusal."""
    with suppress(Refused):
        accepted(text)


# ----------------------------------------------------------------------------------------- acceptances


def test_limits_are_inclusive() -> None:
    """Names of 256 bytes, a body of 32 KB, 64 levels and a time ten minutes ahead are just acceptable."""
    assert accepted(body({**KEPT, "note": "?"}).replace(b'"?"', b"[" * 62 + b"]" * 62)).id == "1"
    assert accepted(body(id="x" * 256)).id == "x" * 256
    assert accepted(body(subject="é" * 128)).subject == "é" * 128
    assert accepted(body(time="2026-11-22T12:10:00Z")).time == NOW + timedelta(minutes=10)
    filled = body(note="x" * (MAX_BODY_BYTES - len(body(note=""))))
    assert len(filled) == MAX_BODY_BYTES
    assert accepted(filled).body == filled


@pytest.mark.parametrize("time", ["0002-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-11-22T12:00:00Z"])
def test_any_time_in_the_past_is_fine(time: str) -> None:
    """History may begin whenever it began."""
    assert accepted(body(time=time)).time == datetime.fromisoformat(time)


def test_a_time_is_an_instant_whatever_its_offset() -> None:
    """Half past nine in Paris and half past eight in universal time are one time."""
    assert accepted(body()).at == accepted(body(time="2026-11-22T08:30:00Z")).at


@pytest.mark.parametrize("media_type", ["application/json", "application/vnd.crm+json; charset=utf-8", None])
def test_json_by_any_of_its_names_is_json(media_type: str | None) -> None:
    """`datacontenttype` may be absent, plain, or a JSON dialect's."""
    assert accepted(body(datacontenttype=media_type)).data is not None


def test_data_may_be_absent_where_nothing_is_required() -> None:
    """An erasure says everything by its type."""
    assert accepted(body(None, type="egard.customer.erased")).data == CustomerErased()


def test_an_unknown_type_is_kept_and_has_no_data() -> None:
    """A type of a later version is accepted and journalled; its data is not read."""
    event = accepted(body({"what": 1}, type="egard.weather.turned"))
    assert event.type == "egard.weather.turned"
    assert event.data is None
    assert json.loads(event.body)["data"] == {"what": 1}


def test_unknown_fields_and_attributes_are_ignored_and_kept() -> None:
    """An event's body is what came, byte for byte, extension attributes and all."""
    text = body({**KEPT, "mood": "good"}, traceparent="00-ab-cd-01", partitionkey="7")
    event = accepted(text)
    assert type(event.data).__name__ == "PromiseKept"
    assert event.body == text


# ------------------------------------------------------------------------------------------ round trip

_text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
_names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20)
_sources = st.from_regex(
    r"(https://[a-z]{1,9}\.example)?(/[A-Za-z0-9._~!$&'()*+,;=:@-]{1,9}){1,3}", fullmatch=True
)
_times = st.datetimes(
    timezones=st.just(UTC),
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis gives it the zone
    max_value=NOW.replace(tzinfo=None),
)


def _values(kind: kinds.Type) -> st.SearchStrategy[Any]:
    """Values that a field of the language may hold."""
    match kind:
        case kinds.UnionType(types=types):
            return st.one_of([_values(one) for one in types])
        case kinds.NoneType():
            return st.none()
        case kinds.LiteralType(values=values):
            return st.sampled_from(values)
        case kinds.BoolType():
            return st.booleans()
        case kinds.FloatType(ge=least, le=most):
            return st.floats(least, most, allow_nan=False, allow_infinity=False)
        case kinds.DateTimeType():
            return _times
        case kinds.StrType(pattern=pattern) if pattern:
            return st.from_regex(pattern, fullmatch=True).filter(lambda text: text.isascii())
        case kinds.StrType():
            return _text
        case kinds.ListType(item_type=item):
            return st.lists(_values(item), max_size=3)
    raise AssertionError(f"the language has a new kind of field: {kind}")


def _data_of(cls: type[Data]) -> st.SearchStrategy[Data]:
    info = kinds.type_info(cls)
    assert isinstance(info, kinds.StructType)
    return st.builds(cls, **{field.name: _values(field.type) for field in info.fields})


@pytest.mark.parametrize("cls", TYPES.values(), ids=TYPES.keys())
def test_every_type_survives_the_wire(cls: type[Data]) -> None:
    """What is encoded decodes to the same event, for each type of the language."""

    @PROPERTY
    @given(_data_of(cls), _names, _sources, _times)
    def survives(data: Data, name: str, source: str, time: datetime) -> None:
        event = make(data, subject=f"agent:{name}", source=source, id=name, time=time)
        assert accepted(event.body) == event

    survives()


def test_the_tag_stands_in_the_envelope_only() -> None:
    """On the wire the type is the envelope's `type`; the data does not repeat it."""
    wire = json.loads(
        encode(CustomerErased(), subject="anna", source="crm", id="1", time=NOW, extensions={"tenant": "x"})
    )
    assert wire == {
        "specversion": "1.0",
        "id": "1",
        "source": "crm",
        "type": "egard.customer.erased",
        "subject": "anna",
        "time": "2026-11-22T12:00:00Z",
        "datacontenttype": "application/json",
        "tenant": "x",
        "data": {},
    }


def test_what_is_not_said_is_not_written() -> None:
    """Optional fields that are absent stay absent."""
    wire = encode(
        ContactAttempted(contact_id="1", channel="phone"), subject="anna", source="crm", id="1", time=NOW
    )
    assert json.loads(wire)["data"] == {"contact_id": "1", "channel": "phone"}


def test_types_are_named_by_their_tags() -> None:
    """The CloudEvents type of a class is the key under which the language lists it."""
    assert type_of(PromiseMade) == "egard.promise.made"
    assert all(type_of(cls) == name for name, cls in TYPES.items())
    assert all(msgspec.structs.fields(cls) is not None and cls.__doc__ for cls in TYPES.values())


_ATTRIBUTE = st.sampled_from(
    [
        "1.0",
        "/crm",
        "egard.contact.attempted",
        "egard.promise.made",
        "egard.team.shift_started",
        "anna",
        "agent:lea",
        "",
        "é" * 200,
        "x" * 300,
        "a\tb",
        "no reference here",
        "2026-11-22T09:30:00Z",
        "2026-11-22T09:30:00.123456+01:00",
        "2026-11-22 09:30:00Z",
        "2026-11-22T09:30:00",
        "2026-11-22T09:30:00+0100",
        "2016-12-31T23:59:60Z",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "2999-01-01T00:00:00Z",
        7,
        None,
        True,
    ]
)
_DATA: st.SearchStrategy[object] = st.sampled_from(
    [
        {"contact_id": "c", "channel": "phone"},
        {"contact_id": "c", "channel": "phone", "more": [1, {"x": "\x00"}]},
        {"promise_id": "p", "what": "w", "due": "2026-11-22T09:30:00Z"},
        {"promise_id": "p", "what": "w", "due": "2026-11-22 09:30:00Z"},
        {},
        [],
        "text",
        None,
    ]
)
_NAMES = ("specversion", "id", "source", "type", "subject", "time", "data", "datacontenttype", "traceparent")


@given(
    st.dictionaries(st.sampled_from(_NAMES[:6]), _ATTRIBUTE),
    st.dictionaries(st.sampled_from(_NAMES[6:]), st.one_of(_DATA, _ATTRIBUTE)),
    st.booleans(),
)
def test_the_short_way_gives_what_the_long_way_gives(
    wrong: dict[str, object], more: dict[str, object], pretty: bool
) -> None:
    """Whatever the envelope holds: what is read in one go is what looking at each part gives."""
    envelope = {
        "specversion": "1.0",
        "id": "1",
        "source": "/crm",
        "type": "egard.contact.attempted",
        "subject": "anna",
        "time": "2026-11-22T09:30:00Z",
        "data": {"contact_id": "c", "channel": "phone"},
    }
    body = json.dumps({**envelope, **wrong, **more}, indent=1 if pretty else None).encode()
    arrived = datetime(2026, 11, 25, tzinfo=UTC)
    short = plain(body, arrived)
    if short is not None:
        assert _any(body, arrived) == short
    elif not wrong and not more:
        pytest.fail("the usual event went the long way")
