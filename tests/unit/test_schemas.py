"""The language as JSON Schemas: they accept what decoding accepts, and refuse what it refuses."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example as sample
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from events import TYPES, Refused, decode
from events.examples import example
from events.schemas import event_schema, index, other_schema, path

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

VALIDATORS = {
    name: Draft202012Validator(event_schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
    for name in TYPES
}


def is_accepted(event: Any) -> bool:
    """Whether decoding takes an event."""
    try:
        decode(json.dumps(event).encode(), arrived=NOW)
    except Refused:
        return False
    return True


# ------------------------------------------------------------------------------------ the examples


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_type_has_a_schema_and_an_example_that_both_hold(name: str) -> None:
    """The schema of a type is one, names itself and its type, and takes its own example, as decoding does."""
    schema = event_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == path(name) == index()[name]
    assert schema["description"] == TYPES[name].__doc__
    assert schema["examples"] == [example(name)]
    VALIDATORS[name].validate(example(name))
    event = decode(json.dumps(example(name)).encode(), arrived=NOW)
    assert type(event.data) is TYPES[name]


def test_every_example_shows_more_than_it_must() -> None:
    """Where a type has optional fields and no required ones, its example shows some of the fields."""
    bare = [name for name, kind in TYPES.items() if kind.__struct_fields__ and not example(name)["data"]]
    assert bare == ["egard.exchange.visited"]


def test_a_type_of_nobody_is_kept() -> None:
    """The example of an unknown type decodes, without data that anybody reads."""
    event = decode(json.dumps(other_schema()["examples"][0]).encode(), arrived=NOW)
    assert event.data is None


# ----------------------------------------------------------------------------------- the agreement

# What a schema cannot say is left out: lengths in bytes, leap seconds and other spellings of times, base64,
# and integers that are written like fractions.
TEXTS = st.sampled_from(
    ["", "x", "anna", "agent:lea", "x" * 256, "x" * 257, "x" * 4096, "x" * 4097, "é", "a\tb", "a\u0085b"]
)
TIMES = st.sampled_from(
    [
        "2026-11-22T09:30:00+01:00",
        "2026-11-22T09:30:00Z",
        "2026-11-22t09:30:00.123456789z",
        "2026-11-22T09:30:00",
        "2026-11-22T09:30Z",
        "2026-11-22",
        "2026-11-22T24:00:00Z",
        "2026-02-30T09:30:00Z",
        "2026-11-22T09:30:00+24:00",
        "2026-11-22T09:30:00+01",
        "yesterday",
    ]
)
SOURCES = st.sampled_from(
    ["/crm", "crm", "https://crm.example.org/a?b#c", "urn:crm", "a b", "1:crm", "/é", "%zz"]
)
TYPES_OF_MEDIA = st.sampled_from(
    [
        "application/json",
        "text/json",
        "application/x+JSON; charset=utf-8",
        "text/xml",
        "json",
        "application/json,",
    ]
)
NUMBERS = st.one_of(
    st.sampled_from(
        [-1, 0, 1, 100, 101, -0.5, 0.5, 99.5, 100.5, 1e300, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1]
    ),
    st.integers(-(2**40), 2**40),
)
OTHERS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, True, False]), st.builds(dict), st.builds(list), st.just(["x"])
)
ANYTHING = st.one_of(OTHERS, NUMBERS, TEXTS, TIMES)
WORDS = st.sampled_from(
    sorted({value for name in TYPES for value in example(name)["data"].values() if isinstance(value, str)})
)


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, Any]:
    """An event like the example of a type, and a few changes, most of which make it another."""
    name = draw(st.sampled_from(sorted(TYPES)))
    event = example(name)
    for _ in range(draw(st.integers(1, 3))):
        draw(st.sampled_from([attribute_changed, field_changed, extension_added, something_left_out]))(
            draw, name, event
        )
    return name, event


def attribute_changed(draw: st.DrawFn, name: str, event: Any) -> None:
    """An attribute has another value, mostly of the right kind."""
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "specversion": st.sampled_from(["1.0", "0.3", 1.0]),
        "id": TEXTS,
        "source": SOURCES,
        "type": st.just(name),
        "subject": TEXTS,
        "time": TIMES,
        "datacontenttype": TYPES_OF_MEDIA,
        "dataschema": SOURCES,
        "data": st.builds(dict),
    }
    key = draw(st.sampled_from(sorted(kinds)))
    value = draw(st.one_of(kinds[key], kinds[key], ANYTHING))
    if key != "type":  # which schema an event is held against follows from its type
        event[key] = value


def field_changed(draw: st.DrawFn, name: str, event: Any) -> None:
    """A field of the data has another value, or there is one that nobody knows."""
    key = draw(st.sampled_from([*TYPES[name].__struct_fields__, "whatever"]))
    data = event.get("data")
    if isinstance(data, dict):
        data[key] = draw(st.one_of(WORDS, ANYTHING))


def extension_added(draw: st.DrawFn, name: str, event: Any) -> None:
    """There is an attribute of the publisher's own, with a good name or a bad one."""
    key = draw(st.sampled_from(["note", "traceparent", "ext1", "Note", "my_note", "my-note", "", "idx", "é"]))
    event[key] = draw(ANYTHING.filter(lambda value: not isinstance(value, float)))


def something_left_out(draw: st.DrawFn, name: str, event: Any) -> None:
    """An attribute or a field is not there."""
    whole = draw(st.booleans()) or not isinstance(event.get("data"), dict)
    place = event if whole else event["data"]
    if place:
        key = draw(st.sampled_from(sorted(place)))
        if key != "type":
            del place[key]


@settings(max_examples=800, deadline=None)
@given(changed())
@sample(("egard.exchange.visited", {**example("egard.exchange.visited"), "data": None}))
@sample(("egard.promise.kept", {**example("egard.promise.kept"), "data": None}))
@sample(("egard.promise.kept", {**example("egard.promise.kept"), "data_base64": None}))
@sample(("egard.promise.kept", {**example("egard.promise.kept"), "data_base64": "e30="}))
@sample(("egard.team.thanked", {**example("egard.team.thanked"), "subject": "anna"}))
@sample(("egard.promise.kept", {**example("egard.promise.kept"), "Note": None}))
def test_a_schema_and_decoding_agree(case: tuple[str, Any]) -> None:
    """A schema takes any event that decoding takes, and refuses any that it refuses."""
    name, event = case
    errors = sorted(VALIDATORS[name].iter_errors(event), key=str)
    assert is_accepted(event) == (not errors), errors


@pytest.mark.parametrize("name", sorted(TYPES))
def test_data_in_base64_is_data(name: str) -> None:
    """Data as base64 of JSON, in place of `data`, is taken by schema and decoding for every type."""
    event = example(name)
    event["data_base64"] = msgspec.to_builtins(msgspec.json.encode(event.pop("data")))
    assert VALIDATORS[name].is_valid(event)
    assert is_accepted(event)


def test_what_a_schema_cannot_say_is_refused_all_the_same() -> None:
    """Decoding refuses, and a schema cannot: too many bytes, times ahead, NUL in data, deep nesting."""
    known = example("egard.promise.kept")
    deep: Any = "x"
    for _ in range(64):
        deep = [deep]
    for event in (
        {**known, "id": "é" * 200},
        {**known, "time": "2026-11-22T12:11:00Z"},
        {**known, "data": {"promise_id": "a\0b"}},
        {**known, "data": {"promise_id": "1", "more": deep}},
        {**known, "data": {"promise_id": "1", "more": "x" * 40_000}},
    ):
        assert VALIDATORS["egard.promise.kept"].is_valid(event)
        assert not is_accepted(event)
