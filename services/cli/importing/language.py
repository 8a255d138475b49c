"""Checks of a map against the published language, before any row is read."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from events import TYPES, Data
from projections.table import Path
from services.cli.importing.mapping import Rule, Scalar, Value
from services.cli.importing.mistakes import Mistakes, listed
from services.cli.importing.templates import constant, is_constant

Fields = dict[str, Scalar | Value]

_SAMPLES: dict[str, Any] = {
    "text": "text",
    "number": 1.5,
    "seconds": 1.5,
    "integer": 1,
    "boolean": True,
    "instant": "2004-11-23T21:42:57Z",
}
"""A value of each conversion's kind, to see whether a field takes that kind at all."""


def check(rule: Rule, data: Fields, extra: Fields, path: Path, mistakes: Mistakes) -> None:
    """Notes every way in which a rule cannot give an event that Égard accepts."""
    cls = TYPES.get(rule.type)
    if cls is None:
        if rule.type.startswith("egard."):
            mistakes.add(
                (*path, "type"),
                f"There is no event type `{rule.type}`; {listed(list(TYPES), rule.type)}",
            )
        return
    known = list(cls.__struct_fields__)
    for name in data:
        if name not in known:
            mistakes.add(
                (*path, "data", name),
                f"`{rule.type}` has no field `{name}`; {listed(known, name)} "
                "What Égard should only keep goes under [event.extra].",
            )
    for name in extra:
        if name in known:
            mistakes.add((*path, "extra", name), f"`{name}` is a field of `{rule.type}`: it goes under data.")
    for name in _required(cls):
        if name not in rule.data:
            mistakes.add(path, f"`{rule.type}` needs the field `{name}`.")
    hints = get_type_hints(cls, include_extras=True)
    for name, value in data.items():
        if name not in known:
            continue
        with mistakes.at((*path, "data", name)):
            _check_field(name, value, hints[name], (*path, "data", name), mistakes)


def _required(cls: type[Data]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(cls) if field.required]


def _check_field(name: str, value: Scalar | Value, hint: Any, path: Path, mistakes: Mistakes) -> None:
    for constant_ in _constants(value):
        try:
            msgspec.convert(constant_, hint)
        except msgspec.ValidationError as error:
            choices = _choices(hint)
            why = listed(choices, str(constant_)) if choices else f"{error}."
            mistakes.add(path, f"`{name}` cannot be {constant_!r}; {why}")
    if isinstance(value, str) and not is_constant(value):
        conversion = "text"
    elif isinstance(value, Value) and value.map is None:
        conversion = value.as_
    else:
        return
    try:
        msgspec.convert(_SAMPLES[conversion], hint)
    except msgspec.ValidationError as error:
        if "`, got `" in str(error):  # of another kind; a sample may well be the wrong text of the right kind
            mistakes.add(path, f"`{name}` cannot be made as {conversion}: {error}; say it with `as`.")


def _choices(hint: Any) -> list[str]:
    """The words that a field takes, where these are few."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return [choice for part in get_args(hint) for choice in _choices(part)]


def _constants(value: Scalar | Value) -> Iterator[Scalar]:
    if isinstance(value, Value):
        stand_ins = [value.default, value.otherwise, *(value.map or {}).values()]
        yield from (item for item in stand_ins if item is not None)
    elif not isinstance(value, str):
        yield value
    elif is_constant(value):
        yield constant(value)
