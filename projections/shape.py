"""Whether what a TOML file says is of the kinds that its tables ask for: all that is not, in sentences.

msgspec stops at the first mistake and tells it in words of programmers. Whoever writes such a file wants all
of them, and what to write instead.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar, cast

import msgspec
from msgspec import inspect

from projections.table import Path, Remark, Table

T = TypeVar("T", bound=Table)

_BUILTIN = (datetime, date, time)
_LONGEST_SHOWN = 60


class Written(Protocol):
    """A kind of value that is written in a way of its own."""

    @classmethod
    def wanted(cls) -> str:
        """How it is written, after «write»: a noun and an example."""

    @classmethod
    def read(cls, value: Any) -> Any:
        """What a written value means. Raises `ValueError`."""


def convert(raw: Any, kind: type[T]) -> T:
    """A table without remarks, as what it is."""
    return msgspec.convert(raw, kind, builtin_types=_BUILTIN, dec_hook=_read)


def remarks(raw: Any, kind: type[Table], *, whole: bool = True) -> list[Remark]:
    """Everything that is wrong with what should be a table of some kind.

    With `whole` false something is known to be missing, and what is missing is not told.
    """
    return list(_Walk(whole).any(raw, inspect.type_info(kind), ()))


def meant(names: list[str], wanted: str) -> str:
    """A question for the name that was probably meant; empty where none is near."""
    close = nearest(names, wanted)
    return f"did you mean `{close[0]}`?" if close else ""


def nearest(names: list[str], wanted: str) -> list[str]:
    """The name that is most like another, if any is like it."""
    return get_close_matches(wanted, names, n=1)


def called(path: Path) -> str:
    """A table, as its header calls it."""
    if not path:
        return "The file"
    name = ".".join(part for part in path if isinstance(part, str))
    return f"`[[{name}]]`" if isinstance(path[-1], int) else f"`[{name}]`"


def _read(kind: type, value: Any) -> Any:
    return cast("type[Written]", kind).read(value)


class _Walk:
    """Goes through a file and its kinds together."""

    def __init__(self, whole: bool) -> None:
        self._whole = whole

    def any(self, raw: Any, kind: inspect.Type, path: Path) -> Iterator[Remark]:
        """What is wrong with a value that should be of a kind."""
        match kind:
            case inspect.Metadata():
                yield from self.any(raw, kind.type, path)
            case inspect.UnionType():
                yield from self._one_of(raw, kind, path)
            case inspect.StructType() if isinstance(raw, dict):
                yield from self._struct(raw, kind, path)
            case inspect.DictType() if isinstance(raw, dict):
                yield from self._dict(raw, kind, path)
            case inspect.ListType() if isinstance(raw, list):
                for place, item in enumerate(raw):
                    yield from self.any(item, kind.item_type, (*path, place))
            case inspect.CustomType():
                try:
                    _read(kind.cls, raw)
                except ValueError:
                    yield _other(raw, kind, path)
            case _ if not _fits(raw, kind):
                yield _other(raw, kind, path)

    def _struct(self, raw: dict[str, Any], kind: inspect.StructType, path: Path) -> Iterator[Remark]:
        cls = cast("type[Table]", kind.cls)
        fields = {field.encode_name: field for field in kind.fields}
        found = list(self._strangers(raw, list(fields), path))
        for name, field in fields.items():
            if name in raw:
                found += self.any(raw[name], field.type, (*path, name))
        required = {name: field.type for name, field in fields.items() if field.required}
        found += self._lacking(raw, required, path)
        if self._whole:
            found += [Remark((*path, *one.path), one.sentence) for one in cls.overall(raw)]
        if not found:
            # Only where something is known to be missing can it still be no table of its kind.
            with suppress(*(() if self._whole else (msgspec.ValidationError,))):
                table = convert(raw, cls)
                found = [Remark((*path, *one.path), one.sentence) for one in table.remarks()]
        yield from found

    def _dict(self, raw: dict[str, Any], kind: inspect.DictType, path: Path) -> Iterator[Remark]:
        keys = _values(kind.key_type) if isinstance(kind.key_type, inspect.LiteralType) else list(raw)
        yield from self._strangers(raw, keys, path)
        for key, value in raw.items():
            if key in keys:
                yield from self.any(value, kind.value_type, (*path, key))
        if kind.min_length:
            yield from self._lacking(raw, dict.fromkeys(keys, kind.value_type), path)

    def _strangers(self, raw: dict[str, Any], names: list[str], path: Path) -> Iterator[Remark]:
        for key in raw:
            if key not in names:
                known = meant(names, key) or f"known are {', '.join(f'`{name}`' for name in names)}."
                yield Remark((*path, key), f"{called(path)} has no `{key}`; {known}")

    def _lacking(self, raw: dict[str, Any], wanted: dict[str, inspect.Type], path: Path) -> Iterator[Remark]:
        """What is missing, but for what stands there under a name that was meant for it."""
        if not self._whole:
            return
        misspelt = {close for key in raw if key not in wanted for close in nearest(list(wanted), key)}
        for name, kind in wanted.items():
            if name not in raw and name not in misspelt:
                yield Remark(path, f"{called(path)} lacks `{name}`; {_line(name, kind, path)}")

    def _one_of(self, raw: Any, kind: inspect.UnionType, path: Path) -> Iterator[Remark]:
        """TOML has no null: where a value may be left out, only the others count."""
        kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        for one in kinds:
            if len(kinds) == 1 or _fits(raw, one):
                yield from self.any(raw, one, path)
                return
        yield _other(raw, kind, path)


def _values(kind: inspect.LiteralType) -> list[str]:
    return [str(value) for value in kind.values]


def _fits(raw: Any, kind: inspect.Type) -> bool:
    """Whether a value is of a kind; of tables and lists, whether it is one at all."""
    match kind:
        case inspect.StructType() | inspect.DictType():
            return isinstance(raw, dict)
        case inspect.ListType():
            return isinstance(raw, list)
        case inspect.LiteralType():
            return isinstance(raw, str) and raw in kind.values
        case inspect.StrType():
            return isinstance(raw, str) and (kind.min_length or 0) <= len(raw) <= (
                kind.max_length or math.inf
            )
        case inspect.BoolType():
            return isinstance(raw, bool)
        case inspect.IntType():
            return isinstance(raw, int) and not isinstance(raw, bool) and _within(raw, kind)
        case inspect.FloatType():
            return isinstance(raw, int | float) and not isinstance(raw, bool) and _within(raw, kind)
        case inspect.DateTimeType():
            return isinstance(raw, datetime) and (not kind.tz or raw.tzinfo is not None)
        case inspect.DateType():
            return isinstance(raw, date) and not isinstance(raw, datetime)
        case inspect.TimeType():
            return isinstance(raw, time)
    raise NotImplementedError(f"nothing says what a {kind} looks like in a file")


def _within(raw: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    return (
        math.isfinite(raw)
        and (kind.ge is None or raw >= kind.ge)
        and (kind.gt is None or raw > kind.gt)
        and (kind.le is None or raw <= kind.le)
        and (kind.lt is None or raw < kind.lt)
    )


def _other(raw: Any, kind: inspect.Type, path: Path) -> Remark:
    name = next((part for part in reversed(path) if isinstance(part, str)), "the file")
    near = ""
    if isinstance(kind, inspect.LiteralType) and isinstance(raw, str):
        near = meant(_values(kind), raw)
    return Remark(path, f"`{name}` is {_shown(raw)}; {near or f'write {_wanted(kind, path)}.'}")


def _line(name: str, kind: inspect.Type, path: Path) -> str:
    """How to write what is missing."""
    header = ".".join(part for part in (*path, name) if isinstance(part, str))
    match kind.type if isinstance(kind, inspect.Metadata) else kind:
        case inspect.StructType() | inspect.DictType() if not any(isinstance(part, int) for part in path):
            return f"write it under [{header}]."
        case inspect.ListType(item_type=inspect.StructType()):
            return f"write each under [[{header}]]."
    return f"write a line `{name} = …` with {_wanted(kind, path)}."


def _wanted(kind: inspect.Type, path: Path) -> str:
    """What a value should be, after «write»."""
    match kind:
        case inspect.Metadata():
            return _wanted(kind.type, path)
        case inspect.UnionType():
            kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            return " or ".join(_wanted(one, path) for one in kinds)
        case inspect.CustomType():
            return cast("type[Written]", kind.cls).wanted()
        case inspect.StructType():
            return f"a table with {', '.join(f'`{one.encode_name}`' for one in kind.fields if one.required)}"
        case inspect.DictType():
            return "a table such as { name = … }"
        case inspect.ListType():
            return f"a list in [ ], each of it {_wanted(kind.item_type, path)}"
        case inspect.LiteralType():
            return "one of " + ", ".join(f'"{value}"' for value in kind.values)
        case inspect.StrType():
            return _text(kind)
        case inspect.BoolType():
            return "true or false, without quotes"
        case inspect.IntType():
            return f"a whole number{_bounds(kind)}"
        case inspect.FloatType():
            return f"a number{_bounds(kind)}"
        case inspect.DateTimeType():
            return "a date and time with its offset and without quotes, such as 2026-01-01T00:00:00Z"
        case inspect.DateType():
            return "a day without quotes, such as 2026-12-24"
        case inspect.TimeType():
            return "a time of day without quotes, such as 08:30:00"
    raise NotImplementedError(f"nothing says how a {kind} is written")


def _text(kind: inspect.StrType) -> str:
    return (
        f"a text in quotes, of 1 to {kind.max_length} characters" if kind.max_length else "a text in quotes"
    )


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    least, most = kind.ge, kind.le
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    if kind.gt is not None and most is not None:
        return f" above {kind.gt:g}, {most:g} at most"
    if kind.gt is not None:
        return f" above {kind.gt:g}"
    return f", {least:g} or more" if least is not None else ""


def _shown(raw: Any) -> str:
    match raw:
        case bool():
            return str(raw).lower()
        case str():
            return f'"{raw}"' if len(raw) <= _LONGEST_SHOWN else f'"{raw[:_LONGEST_SHOWN]}…"'
        case Mapping():
            return "a table"
        case list():
            return "a list"
        case date() | time():
            return raw.isoformat()
    return str(raw)
