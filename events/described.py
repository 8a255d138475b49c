"""Structs that say what they hold as JSON Schema, also to tools that ask for it in pydantic's way."""

from inspect import cleandoc
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

TAG = "@type"
"""The field by which a Struct of the language is told from others; it never goes over the wire."""

_DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):"
_OFFSET = r"(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"

TIME = f"{_DAY}[0-5][0-9]:[0-5][0-9]{_OFFSET}"
"""An RFC 3339 time with its offset, for validators that take no notice of formats."""

TIME_OR_LEAP = f"{_DAY}([0-5][0-9]:[0-5][0-9]|59:60){_OFFSET}"
"""The same, leap seconds among them."""


class Described(msgspec.Struct, frozen=True):
    """A Struct that tools which describe messages by pydantic (FastStream's AsyncAPI) can describe too."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """An instance of the class, and nothing else: decoding is msgspec's business."""
        from pydantic_core import core_schema  # whoever asks has it; the language needs none

        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: "CoreSchema", _handler: "GetJsonSchemaHandler"
    ) -> dict[str, Any]:
        """The JSON Schema of its fields, in one piece."""
        return json_schema(cls)


def json_schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what msgspec decodes: in one piece, without references, tags left out.

    Raises `RecursionError` for a type that contains itself.
    """
    (schema,), components = msgspec.json.schema_components([kind], ref_template="{name}")
    found: dict[str, Any] = _whole(schema, components)
    return found


def _whole(schema: Any, components: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_whole(one, components) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(components[schema["$ref"]], components)
    found = {key: _whole(value, components) for key, value in schema.items()}
    if found.get("type") == "object" and TAG in found.get("properties", {}):
        del found["properties"][TAG]
        found["required"] = [name for name in found["required"] if name != TAG]
    if found.get("required") == []:
        del found["required"]
    if isinstance(told := found.get("description"), str):
        found["description"] = cleandoc(told)
    if found.get("format") == "date-time":
        found["pattern"] = TIME
    return _or_null(found)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An optional field in one breath: «string or null», not a choice between two schemas."""
    match schema:
        case {"anyOf": [{"type": str(kind)} as one, {"type": "null"}]}:
            return {**one, "type": [kind, "null"]}
        case {"anyOf": [{"enum": values}, {"type": "null"}]}:
            return {"enum": [*values, None]}
    return schema
