"""The language as JSON Schemas (2020-12): for each event type, a whole event in structured mode.

What a schema cannot say, `decode` checks all the same: how long an event is, and `id` and `subject` in
bytes; how deep it is nested; days that no month has; times too far ahead; U+0000 in the data; numbers that
no double holds; what `data_base64` holds; and whether an id was used before. In one thing `decode` asks for
less: times in the data may have a space for the T, and an offset without its colon.
"""

from typing import Any

from events.described import TIME_OR_LEAP, json_schema
from events.examples import example
from events.language import TYPES
from events.limits import MAX_NAME_BYTES

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# No control characters, and none of the code points that are no characters (CloudEvents 1.0, type String).
_CHARACTERS = r"[^\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]*$"
_JSON = r"^[A-Za-z0-9!#$&^_.+-]+/([A-Za-z0-9!#$&^_.+-]+\+)?[Jj][Ss][Oo][Nn]\s*(;.*)?$"
_REQUIRED = ["specversion", "id", "source", "type", "subject", "time"]

_NO_BYTES: Schema = {"properties": {"data_base64": {"type": "null"}}}
_NO_DATA: Schema = {"not": {"required": ["data"]}}
_BYTES: Schema = {"required": ["data_base64"], "properties": {"data_base64": {"type": "string"}}}
_SOME_DATA: Schema = {"anyOf": [{"required": ["data"], **_NO_BYTES}, {**_BYTES, **_NO_DATA}]}
_ANY_DATA: Schema = {"anyOf": [_NO_BYTES, _NO_DATA]}


def path(name: str) -> str:
    """Where the schema of an event type is found: its route, its file, and its `$id`."""
    return f"/schemas/{name}/v1.json"


def index() -> dict[str, str]:
    """Where each schema is found, by event type."""
    return {name: path(name) for name in sorted(TYPES)}


def data_schema(name: str) -> Schema:
    """What the `data` of an event type holds. Raises `KeyError` for a type that is not of the language."""
    return json_schema(TYPES[name])


def event_schema(name: str) -> Schema:
    """A whole event of a type, in structured mode. Raises `KeyError` for types not of the language."""
    envelope, own = envelope_schema(), of_type(name, data_schema(name))
    attributes = {
        key: {**whatever, **own["properties"].get(key, {})}
        for key, whatever in envelope["properties"].items()
    }
    return {"$schema": DIALECT, "$id": path(name), **envelope, **own, "properties": attributes}


def of_type(name: str, data: Schema) -> Schema:
    """What an event of a type has beyond its envelope: for documents in which all types share one."""
    needed = bool(TYPES[name].__struct_fields__) and "required" in data_schema(name)
    attributes: Schema = {
        "type": {"const": name},
        "data": data if needed else {"anyOf": [data, {"type": "null"}]},
    }
    if name.startswith("egard.team."):
        attributes["subject"] = {"pattern": f"^agent:{_CHARACTERS}"}
    return {
        "title": name,
        "description": TYPES[name].__doc__,
        "properties": attributes,
        **(_SOME_DATA if needed else _ANY_DATA),
        "examples": [example(name)],
    }


def other_schema() -> Schema:
    """An event of a type that is not of the language: it is kept and shown, and never scored."""
    return {
        "title": "OtherEvent",
        "description": "An event of a type that the language does not know: kept and shown, never scored.",
        "properties": {"type": {"not": {"enum": sorted(TYPES)}}},
        **_ANY_DATA,
        "examples": [
            {
                **example("egard.exchange.visited"),
                "type": "com.example.newsletter.opened",
                "data": {"issue": "2026-03"},
            }
        ],
    }


def envelope_schema() -> Schema:
    """What every event has around its data: attributes of CloudEvents 1.0, as the language asks for them."""
    return {
        "title": "Envelope",
        "description": "The attributes of CloudEvents 1.0, and extension attributes. null is as if absent.",
        "type": "object",
        "required": _REQUIRED,
        "properties": {
            "specversion": {"const": "1.0", "description": "The version of CloudEvents."},
            "id": _name("With `source` the event's identity: a retry repeats the event whole."),
            "source": _text("The system that publishes, as a URI-reference.", format="uri-reference"),
            "type": _text("What happened."),
            "subject": _name("Whom it is about: the customer's id, `agent:<id>`, or `visitor:<id>`."),
            "time": {
                "description": "When it happened: RFC 3339 with an offset, at most 10 minutes ahead.",
                "type": "string",
                "format": "date-time",
                "pattern": TIME_OR_LEAP,
            },
            "datacontenttype": {
                "description": "application/json (which it is if absent), or a dialect of JSON.",
                "type": ["string", "null"],
                "pattern": _JSON,
            },
            "dataschema": {
                "description": "Where the publisher's own schema of the data stands: a URI, not read.",
                "type": ["string", "null"],
                "format": "uri",
                "minLength": 1,
            },
            "data": {"description": "What the type says; further fields are kept, and read by nobody."},
            "data_base64": {
                "description": "The data as base64 of JSON, in place of `data`.",
                "type": ["string", "null"],
                "contentEncoding": "base64",
                "contentMediaType": "application/json",
            },
        },
        "patternProperties": {_EXTENSION: _EXTENSION_VALUE},
        "additionalProperties": {"type": "null"},
    }


_EXTENSION = rf"^(?!({'|'.join([*_REQUIRED, 'datacontenttype', 'dataschema', 'data'])})$)[a-z0-9]+$"
_EXTENSION_VALUE: Schema = {
    "description": "An extension attribute: a string, true or false, or an integer of 32 bits.",
    "type": ["string", "boolean", "integer", "null"],
    "pattern": f"^{_CHARACTERS}",
    "minimum": -(2**31),
    "maximum": 2**31 - 1,
}


def _text(description: str, **more: str) -> Schema:
    return {
        "description": description,
        "type": "string",
        "minLength": 1,
        **more,
        "pattern": f"^{_CHARACTERS}",
    }


def _name(description: str) -> Schema:
    return {**_text(description), "maxLength": MAX_NAME_BYTES}
