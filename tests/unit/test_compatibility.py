"""What would break a publisher: each rule, by a change that breaks and one that does not."""

import copy
from typing import Any

import pytest

from events import TYPES
from events.schemas import event_schema
from services.cli.contracting.compatibility import breaks, breaks_of_all

TEXT = {"type": "string"}
OBJECT = {"type": "object", "properties": {"a": TEXT}}

WIDENED: dict[str, tuple[Any, Any]] = {
    "nothing": (OBJECT, OBJECT),
    "other words": ({**TEXT, "description": "this"}, {**TEXT, "description": "that", "title": "That"}),
    "another kind": (TEXT, {"type": ["string", "null"]}),
    "fractions": ({"type": "integer"}, {"type": "number"}),
    "another choice": (TEXT, {"anyOf": [TEXT, {"type": "boolean"}]}),
    "choices that became kinds": ({"anyOf": [TEXT, {"type": "null"}]}, {"type": ["string", "null"]}),
    "another value": ({"enum": ["a", "b"]}, {"enum": ["b", "c", "a"]}),
    "any value": ({"enum": ["a", "b"]}, {"type": "string", "minLength": 1, "pattern": "^[a-z]$"}),
    "one value that became two": ({"const": "a"}, {"enum": ["a", "b"]}),
    "a looser bound": (
        {"type": "number", "minimum": 1, "maximum": 5},
        {"type": "number", "minimum": 0, "maximum": 6},
    ),
    "no bound": ({**TEXT, "maxLength": 5, "minLength": 1, "pattern": "^x"}, TEXT),
    "a bound on what never came": ({"type": "null"}, {"type": ["string", "null"], "minLength": 1}),
    "a new optional field": (OBJECT, {**OBJECT, "properties": {"a": TEXT, "b": TEXT}}),
    "a field no longer required": ({**OBJECT, "required": ["a"]}, OBJECT),
    "unknown fields": ({**OBJECT, "additionalProperties": False}, OBJECT),
    "a looser list": ({"type": "array", "items": {"enum": ["a"]}}, {"type": "array", "items": TEXT}),
    "everything": (TEXT, True),
}

BROKEN: dict[str, tuple[Any, Any, str]] = {
    "a kind removed": ({"type": ["string", "null"]}, TEXT, "no null"),
    "no fractions": ({"type": "number"}, {"type": "integer"}, "no number"),
    "a choice removed": ({"anyOf": [TEXT, {"type": "boolean"}]}, TEXT, "no boolean"),
    "a value removed": ({"enum": ["a", "b"]}, {"enum": ["a"]}, "no longer takes 'b'"),
    "values only": (TEXT, {"enum": ["a"]}, "takes only 'a'"),
    "a higher minimum": ({"type": "number", "minimum": 0}, {"type": "number", "minimum": 1}, "minimum"),
    "a maximum": ({"type": "number"}, {"type": "number", "maximum": 100}, "maximum"),
    "a shorter length": ({**TEXT, "maxLength": 9}, {**TEXT, "maxLength": 8}, "maxLength"),
    "a least length": (TEXT, {**TEXT, "minLength": 1}, "minLength"),
    "a length that a value has not": ({"enum": ["a", "bb"]}, {**TEXT, "minLength": 2}, "minLength"),
    "a pattern": (TEXT, {**TEXT, "pattern": "^x"}, "pattern"),
    "another pattern": ({**TEXT, "pattern": "^y"}, {**TEXT, "pattern": "^x"}, "pattern"),
    "a format": (TEXT, {**TEXT, "format": "date-time"}, "format"),
    "a field made required": (OBJECT, {**OBJECT, "required": ["a"]}, "/a is required"),
    "a new field that is required": (
        OBJECT,
        {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["b"]},
        "/b is required",
    ),
    "a field narrowed": (
        OBJECT,
        {"type": "object", "properties": {"a": {"type": "integer"}}},
        "/a takes no string",
    ),
    "a field nobody reads any more": (OBJECT, {"type": "object"}, "/a is not read"),
    "a field refused": (OBJECT, {"type": "object", "additionalProperties": False}, "/a is refused"),
    "unknown fields refused": (OBJECT, {**OBJECT, "additionalProperties": False}, "other field> is refused"),
    "unknown fields narrowed": (OBJECT, {**OBJECT, "additionalProperties": TEXT}, "other field> takes no"),
    "extensions narrowed": (
        {**OBJECT, "patternProperties": {"^x": {"type": ["string", "boolean"]}}},
        {**OBJECT, "patternProperties": {"^x": TEXT}},
        "no boolean",
    ),
    "an extension that got a meaning": (
        {**OBJECT, "patternProperties": {"^x": {"type": ["string", "boolean"]}}},
        {
            "type": "object",
            "properties": {"a": TEXT, "x1": TEXT},
            "patternProperties": {"^x": {"type": ["string", "boolean"]}},
        },
        "/x1 takes no boolean",
    ),
    "a narrower list": ({"type": "array"}, {"type": "array", "items": TEXT}, "/* takes no"),
    "what the check does not know": (TEXT, {**TEXT, "not": {"const": "x"}}, "cannot tell"),
    "nothing taken any more": (TEXT, False, "is refused"),
}


@pytest.mark.parametrize("change", WIDENED)
def test_a_change_that_takes_more_breaks_nobody(change: str) -> None:
    """What takes everything that the released schema took is no break."""
    released, current = WIDENED[change]
    assert breaks(released, current) == []


@pytest.mark.parametrize("change", BROKEN)
def test_a_change_that_takes_less_is_named(change: str) -> None:
    """What refuses something that the released schema took, or reads less, is a break, and said in words."""
    released, current, words = BROKEN[change]
    found = breaks(released, current)
    assert any(words in one for one in found), found


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_schema_breaks_nobody_who_goes_by_itself(name: str) -> None:
    """Every schema of the language is understood by the check, keyword by keyword, and equal to itself."""
    released, current = event_schema(name), event_schema(name)
    current["description"] = current["properties"]["data"]["description"] = "Other words."
    assert breaks(released, current) == []


def test_breaks_of_the_language_are_found_where_they_are() -> None:
    """In a whole schema of the language the place is named; a type that is gone is named as such."""
    released = {name: event_schema(name) for name in ("egard.contact.missed", "egard.promise.kept")}
    current = {"egard.contact.missed": copy.deepcopy(released["egard.contact.missed"])}
    data = current["egard.contact.missed"]["properties"]["data"]
    data["required"].append("channel")
    data["properties"]["cause"]["enum"].remove("busy")
    data["properties"]["note"] = {"type": ["string", "null"]}
    assert breaks_of_all(released, current) == [
        "egard.contact.missed: /data/channel is required now.",
        "egard.contact.missed: /data/cause no longer takes 'busy'.",
        "egard.promise.kept: the type is not known any more.",
    ]
