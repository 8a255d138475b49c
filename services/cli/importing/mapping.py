"""The map: which columns of a CSV file say what, as the typed model of a TOML file."""

import re
import tomllib
from typing import Any, Literal, TypeVar, get_origin

import msgspec

from projections.places import places
from projections.table import Path
from services.cli.importing.mistakes import MapInvalid, Mistake, Mistakes, listed

Scalar = str | bool | int | float

S = TypeVar("S")
T = TypeVar("T", bound=msgspec.Struct)


class FileShape(msgspec.Struct, frozen=True, kw_only=True):
    """`[file]`: how the CSV file is written."""

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    skip_lines: int = 0
    columns: list[str] | None = None


class Test(msgspec.Struct, frozen=True, kw_only=True, rename={"not_": "not"}):
    """A condition on one column beyond a plain «is one of»; all that is said must hold."""

    not_: str | list[str] | None = None
    missing: bool | None = None
    over: float | None = None
    under: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    matches: str | None = None
    same_as: str | None = None
    differs_from: str | None = None


_PLAIN_CONDITION: Any = str | int | float | list[str | int | float]
Condition = str | int | float | list[str | int | float] | Test


class Value(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from", "as_": "as"}):
    """A value that is more than a template: converted, looked up, or with a stand-in."""

    from_: str
    as_: Literal["text", "number", "integer", "boolean", "seconds", "instant"] = "text"
    map: dict[str, Scalar] | None = None
    otherwise: Scalar | None = None
    default: Scalar | None = None
    formats: list[str] | None = None
    plus: str | None = None
    minus: str | None = None


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """`[[counter]]`: a number that conditions and templates can use like a column.

    For each row it is how many earlier rows had the same `of` and met `when`.
    """

    name: str
    of: str
    when: Any = None
    forget: str | None = None


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """`[[skip]]`: rows that are left out on purpose, and why."""

    reason: str
    when: Any


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`[[event]]`: an event that a row gives."""

    type: str
    subject: str
    time: str | dict[str, Any]
    id: str
    when: Any = None
    source: str | None = None
    data: dict[str, Any] = {}
    extra: dict[str, Any] = {}


class _Settings(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    timezone: str | None = None
    times: tuple[str, ...] = ("iso",)
    missing: tuple[str, ...] = ("",)
    otherwise: str | None = None


class Map(_Settings, frozen=True, kw_only=True):
    """A whole map. Parts that could not be read are left out here and stand among the mistakes.

    Counters, skips and rules are known by their place in the file.
    """

    file: FileShape = FileShape()
    counters: dict[int, Counter] = {}
    skips: dict[int, Skip] = {}
    rules: dict[int, Rule] = {}


class _Top(_Settings, frozen=True, kw_only=True):
    event: list[Any]
    file: Any = {}
    counter: list[Any] = []
    skip: list[Any] = []


def read(text: str) -> tuple[Map, Mistakes]:
    """Reads a map. Raises `MapInvalid` only where the text is not TOML: the rest is told together."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise MapInvalid([Mistake(line, f"This is not TOML: {error}.")]) from None
    mistakes = Mistakes(places(text))
    top = struct(raw, _Top, (), mistakes, "a map")
    assert top is not None  # noqa: S101 - what tomllib reads is a table
    return (
        Map(
            source=top.source,
            timezone=top.timezone,
            times=top.times,
            missing=top.missing,
            otherwise=top.otherwise,
            file=struct(top.file, FileShape, ("file",), mistakes, "`[file]`") or FileShape(),
            counters=_each(top.counter, Counter, "counter", mistakes),
            skips=_each(top.skip, Skip, "skip", mistakes),
            rules=_each(top.event, Rule, "event", mistakes),
        ),
        mistakes,
    )


def _each(raw: list[Any], kind: type[T], name: str, mistakes: Mistakes) -> dict[int, T]:
    found = {
        place: struct(item, kind, (name, place), mistakes, f"`[[{name}]]`") for place, item in enumerate(raw)
    }
    return {place: item for place, item in found.items() if item is not None}


def struct(raw: Any, kind: type[T], path: Path, mistakes: Mistakes, called: str) -> T | None:
    """A table of the map as its Struct; unknown settings and values of a wrong kind become mistakes.

    A setting that is missing or wrong is passed over as if it said nothing, so that the others are checked
    all the same. None only where the table is none.
    """
    if not isinstance(raw, dict):
        mistakes.add(path, f"{called} is a table of settings.")
        return None
    names = list(kind.__struct_encode_fields__)
    for key in raw:
        if key not in names:
            mistakes.add((*path, key), f"`{key}` is not a setting of {called}; {listed(names, key)}")
    settings: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        read = None
        if name in raw:
            read = plain(raw[name], field.type, (*path, name), mistakes)
        elif field.required:
            mistakes.add(path, f"{called} needs `{name}`.")
        if read is not None:
            settings[field.name] = read
        elif field.required:
            settings[field.name] = _nothing(field.type)
    return kind(**settings)


def _nothing(kind: Any) -> Any:
    """What a required setting holds that is not there: enough for the check of the rest to go on."""
    if kind is Any:
        return None
    return [] if get_origin(kind) is list else ""


def plain(raw: Any, kind: type[S] | Any, path: Path, mistakes: Mistakes) -> S | None:
    """A value of the map as the type it should have, or None and a mistake."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `$")
        steps = re.findall(r"\.([^.\[`]+)|\[(\d+)\]", place)
        mistakes.add((*path, *(key or int(number) for key, number in steps)), f"{sentence}.")
        return None


def value(raw: Any, path: Path, mistakes: Mistakes) -> Scalar | Value | None:
    """What a data field is: a template, a constant, or a table that says how to make it."""
    if isinstance(raw, dict):
        return struct(raw, Value, path, mistakes, "a value")
    if isinstance(raw, Scalar):
        return raw
    mistakes.add(path, "A value is a text with {columns}, a number, true, false, or a table with `from`.")
    return None


def condition(raw: Any, path: Path, mistakes: Mistakes) -> Condition | None:
    """What a rule asks of one column: to be a text or number, or one of several, or a table of tests."""
    if isinstance(raw, dict):
        if not raw:
            mistakes.add(path, "A condition says something.")
            return None
        return struct(raw, Test, path, mistakes, "a condition")
    if isinstance(raw, bool):
        mistakes.add(path, 'A file holds text only: write it as it stands there, for example "true".')
        return None
    return plain(raw, _PLAIN_CONDITION, path, mistakes)
