"""Whether whoever publishes by a released schema is still understood. Pure.

A schema breaks another where something that the other takes is refused, or a field that it names is no longer
read. New optional fields are no break, although somebody may have used the name for a field of their own.
What this check does not understand counts as a break when it changes, rather than as nothing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

_ANNOTATIONS = {
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "examples",
    "default",
    "contentEncoding",
    "contentMediaType",
}
_KINDS = frozenset(("null", "boolean", "number", "string", "array", "object"))
_UNDERSTOOD = {
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "required",
    "properties",
    "patternProperties",
    "additionalProperties",
    "items",
}


def breaks_of_all(released: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[str]:
    """What would break publishers, in sentences, of all event types: `released` and `current` by type."""
    found = []
    for name, schema in sorted(released.items()):
        if name in current:
            found += [f"{name}: {one}" for one in breaks(schema, current[name])]
        else:
            found.append(f"{name}: the type is not known any more.")
    return found


def breaks(released: Schema | bool, current: Schema | bool, at: str = "") -> list[str]:
    """What would break publishers, in sentences that begin with a JSON pointer; nothing where all is well."""
    if released is False or released == current:
        return []
    if current is False:
        return [f"{at or '/'} is refused now."]
    if current is True:
        return []
    choices = _choices(current)
    found: list[str] = []
    for one in _choices({} if released is True else released):
        # The least that stands in the way, of whichever choice is nearest.
        nearest: list[str] = min((_breaks(one, choice, at) for choice in choices), key=len)
        found += nearest
    return list(dict.fromkeys(found))


def _breaks(released: Schema, current: Schema, at: str) -> list[str]:
    place = at or "/"
    kinds = _kinds(released)
    found = [f"{place} takes no {kind} any more." for kind in sorted(kinds - _kinds(current))]
    found += _of_values(released, current, place)
    if "string" in kinds:
        found += _of_bounds(released, current, place, ("minLength", "maxLength"))
        found += _of_words(released, current, place)
    if kinds & {"number", "integer"}:
        found += _of_bounds(released, current, place, ("minimum", "maximum"))
    if "object" in kinds:
        found += _of_fields(released, current, at)
    if "array" in kinds:
        found += breaks(released.get("items", True), current.get("items", True), f"{at}/*")
    found += [
        f"{place} has another `{key}`, and this check cannot tell what that breaks."
        for key, value in current.items()
        if key not in _UNDERSTOOD and key not in _ANNOTATIONS and released.get(key) != value
    ]
    return found


# ---------------------------------------------------------------------------------------- choices


def _choices(schema: Schema) -> list[Schema]:
    """A schema without `anyOf`: what each choice asks for together with the rest."""
    if "anyOf" not in schema:
        return [schema]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return [choice for one in schema["anyOf"] for choice in _choices(_both({} if one is True else one, rest))]


def _both(one: Schema, other: Schema) -> Schema:
    found = {**other, **one}
    if "required" in one and "required" in other:
        found["required"] = sorted({*one["required"], *other["required"]})
    if "properties" in one and "properties" in other:
        shared = {
            name: {**other["properties"][name], **field} if name in other["properties"] else field
            for name, field in one["properties"].items()
        }
        found["properties"] = {**other["properties"], **shared}
    return found


# ----------------------------------------------------------------------------------- single values


def _kinds(schema: Schema) -> set[str]:
    values = _values(schema)
    if values is not None:
        return {_kind(value) for value in values}
    said = schema.get("type", sorted(_KINDS))
    kinds = {said} if isinstance(said, str) else set(said)
    return kinds | {"integer"} if "number" in kinds else kinds


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if value == int(value) else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _of_values(released: Schema, current: Schema, place: str) -> list[str]:
    then, now = _values(released), _values(current)
    if now is None:
        return []
    if then is None:
        return [f"{place} takes only {_listed(now)} now."]
    return [f"{place} no longer takes {value!r}." for value in then if value not in now]


def _of_bounds(released: Schema, current: Schema, place: str, keys: Iterable[str]) -> list[str]:
    found = []
    for key in keys:
        now = current.get(key)
        if now is None:
            continue
        then = _bound(released, key)
        if then is None or (then < now if key.startswith("min") else then > now):
            found.append(
                f"{place} has a tighter `{key}`: {now}, and it was {'none' if then is None else then}."
            )
    return found


def _bound(schema: Schema, key: str) -> float | None:
    values = _values(schema)
    if values is None:
        bound: float | None = schema.get(key)
        return bound
    sizes: list[float]
    if key.endswith("Length"):
        sizes = [len(value) for value in values if isinstance(value, str)]
    else:
        sizes = [value for value in values if _kind(value) in ("integer", "number")]
    return (min if key.startswith("min") else max)(sizes, default=None)


def _of_words(released: Schema, current: Schema, place: str) -> list[str]:
    values = [value for value in _values(released) or () if isinstance(value, str)]
    found = []
    pattern = current.get("pattern")
    if (
        pattern is not None
        and pattern != released.get("pattern")
        and not (values and all(re.search(pattern, value) for value in values))
    ):
        found.append(f"{place} has another pattern: {pattern}.")
    if "format" in current and current["format"] != released.get("format"):
        found.append(f"{place} has another format: {current['format']}.")
    return found


def _listed(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)


# ------------------------------------------------------------------------------------------ fields


def _of_fields(released: Schema, current: Schema, at: str) -> list[str]:
    required = set(released.get("required", ()))
    found = [f"{at}/{name} is required now." for name in current.get("required", ()) if name not in required]
    then, now = released.get("properties", {}), current.get("properties", {})
    for name, field in then.items():
        if name in now:
            found += breaks(field, now[name], f"{at}/{name}")
        elif (rule := _rule(current, name)) is True:
            found.append(f"{at}/{name} is not read any more.")
        else:
            found += breaks(field, rule, f"{at}/{name}")
    for name, field in now.items():
        if name not in then and (rule := _rule(released, name)) is not True:
            found += breaks(rule, field, f"{at}/{name}")
    patterns = released.get("patternProperties", {})
    for pattern, field in current.get("patternProperties", {}).items():
        found += breaks(patterns.get(pattern, True), field, f"{at}/<{pattern}>")
    others = current.get("additionalProperties", True)
    return found + breaks(released.get("additionalProperties", True), others, f"{at}/<any other field>")


def _rule(schema: Schema, name: str) -> Schema | bool:
    """What a schema asks of a field that it does not name."""
    for pattern, field in schema.get("patternProperties", {}).items():
        if re.search(pattern, name):
            found: Schema | bool = field
            return found
    others: Schema | bool = schema.get("additionalProperties", True)
    return others
