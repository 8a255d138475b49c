"""Values of an event, made from the cells of a row."""

from collections.abc import Callable
from datetime import datetime

from projections.table import Path
from services.cli.importing import instants
from services.cli.importing.instants import Duration, duration
from services.cli.importing.kit import Kit
from services.cli.importing.mapping import Scalar, Value
from services.cli.importing.mistakes import Wrong
from services.cli.importing.templates import Getter, Row, compiled, constant, is_constant

Made = Scalar | datetime
Maker = Callable[[Row], Made | None]
"""Makes a value from a row; None leaves the field out. Raises `Wrong` for what cannot be read."""

_WORDS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0", "on"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0", "off"), False),
}


def boolean(text: str) -> bool:
    """Reads true/false, yes/no, on/off or 1/0; other words want a `map`."""
    try:
        return _WORDS[text.lower()]
    except KeyError:
        raise Wrong(f"{text!r} is neither yes nor no; a `map` can say which it means.") from None


def field(value: Scalar | Value, path: Path, kit: Kit) -> Maker:
    """A field of an event, ready for rows. Raises `Wrong` where the map makes no sense."""
    if isinstance(value, str):
        return compiled(value, kit.slots)
    if not isinstance(value, Value):
        return lambda row: value  # noqa: ARG005 - a constant has no use for the row
    if value.as_ != "instant" and (value.plus or value.minus or value.formats):
        raise Wrong('`plus`, `minus` and `formats` are for times: add `as = "instant"`.')
    if value.map is None and value.otherwise is not None:
        raise Wrong("`otherwise` is for what a `map` does not list; for missing cells write `default`.")
    if value.map is not None and value.as_ != "text":
        raise Wrong("A `map` gives the value itself, so `as` has nothing to convert.")
    text = compiled(value.from_, kit.slots)
    if value.map is not None:
        make: Maker = _looked_up(text, value.map, value.otherwise)
    elif value.as_ == "instant":
        make = instant(value, path, kit)
    elif value.as_ == "text":
        make = text
    else:
        make = _converted(text, _conversion(value.as_, kit))
    return make if value.default is None else _with_default(make, value.default)


def instant(value: Value, path: Path, kit: Kit) -> Callable[[Row], datetime | None]:
    """A time, ready for rows, moved by what `plus` and `minus` say."""
    text = compiled(value.from_, kit.slots)
    read = instants.reader(value.formats, kit.local) if value.formats is not None else kit.time
    moves = []
    for name, amount, sign in (("plus", value.plus, 1), ("minus", value.minus, -1)):
        if amount is not None:
            with kit.mistakes.at((*path, name)):
                moves.append((_duration(amount, kit), sign))

    def make(row: Row) -> datetime | None:
        written = text(row)
        if written is None or read is None:
            return None
        time = read(written)
        for length, sign in moves:
            span = length(row)
            if span is None:
                return None
            try:
                time = span.after(time, sign)
            except OverflowError:
                raise Wrong(f"{written!r} is moved out of the years 1 to 9999.") from None
        return time

    return make


def _duration(amount: str, kit: Kit) -> Callable[[Row], Duration | None]:
    if is_constant(amount):
        fixed = duration(constant(amount))
        return lambda row: fixed  # noqa: ARG005 - a constant has no use for the row
    text = compiled(amount, kit.slots)

    def read(row: Row) -> Duration | None:
        written = text(row)
        return None if written is None else duration(written)

    return read


def _conversion(name: str, kit: Kit) -> Callable[[str], Scalar]:
    if name == "boolean":
        return boolean
    if name == "seconds":
        return lambda text: duration(text).total
    if name == "number":
        return kit.number

    def integer(text: str) -> int:
        number = kit.number(text)
        if not number.is_integer():
            raise Wrong(f"{text!r} is not a whole number.")
        return int(number)

    return integer


def _converted(text: Getter, convert: Callable[[str], Scalar]) -> Maker:
    def make(row: Row) -> Scalar | None:
        written = text(row)
        return None if written is None else convert(written)

    return make


def _looked_up(text: Getter, table: dict[str, Scalar], otherwise: Scalar | None) -> Maker:
    def make(row: Row) -> Scalar | None:
        written = text(row)
        if written is None:
            return None
        found = table.get(written, otherwise)
        if found is None:
            raise Wrong(f"{written!r} is not in its `map`, which has no `otherwise`.")
        return found

    return make


def _with_default(make: Maker, default: Scalar) -> Maker:
    def with_default(row: Row) -> Made | None:
        made = make(row)
        return default if made is None else made

    return with_default
