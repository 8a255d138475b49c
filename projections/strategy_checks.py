"""What may be wrong with a strategy although each of its values is of the right kind."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from events import TYPES, Data, type_of
from events.base import Scale
from projections.shape import meant, nearest
from projections.table import Remark, Table


def order(table: Table, worst: str, best: str) -> Iterator[Remark]:
    """Mending is worth no less than leaving it."""
    low, high = getattr(table, worst), getattr(table, best)
    if high < low:
        yield Remark(
            (best,),
            f"`{best}` is {high:g}, less than the {low:g} of `{worst}`: doing better would be worth less. "
            f"Write {low:g} or more.",
        )


def no_type(name: str) -> str:
    """That no event type has this name."""
    return f"`{name}` is no event type; {meant(list(TYPES), name) or '`egard schemas` lists them all.'}"


def conditions(cls: type[Data], where: Mapping[str, str | bool]) -> Iterator[Remark]:
    """Each condition can be met: it names a field, and a value that the field may hold."""
    for name, value in where.items():
        if name not in cls.__struct_fields__:
            yield Remark(("where", name), _no_field(cls, name))
            continue
        kind = _kind(cls, name)
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            shown = f'"{value}"' if isinstance(value, str) else str(value).lower()
            yield Remark(
                ("where", name), f"This never counts: `{name}` is never {shown}; {_can_be(kind, value)}"
            )


def scale(cls: type[Data], name: str) -> Iterator[Remark]:
    """A field that a valence is taken from is on the scale from 0 to 100."""
    if name not in cls.__struct_fields__:
        yield Remark(("valence_from",), _no_field(cls, name))
    elif _kind(cls, name) not in (Scale, Scale | None):
        yield Remark(
            ("valence_from",),
            f"`{name}` is not on the scale from 0 to 100; write a fixed `valence` from -1 to 1 instead.",
        )


def accounted(signals: Any, unscored: Any) -> Iterator[Remark]:
    """Each event type is accounted for, and no more than once."""
    if not isinstance(signals, list) or not isinstance(unscored, dict):
        return
    scored = {
        rule["type"] for rule in signals if isinstance(rule, dict) and isinstance(rule.get("type"), str)
    }
    for name in unscored:
        if name not in TYPES:
            yield Remark(("unscored", name), no_type(name))
        elif name in scored:
            yield Remark(
                ("unscored", name),
                f"`{name}` has a signal, and here a reason for having none; take one of the two out.",
            )
    strangers = [name for name in (*scored, *unscored) if name not in TYPES]
    misspelt = {close for name in strangers for close in nearest(list(TYPES), name)}
    for name in TYPES:
        if name not in scored and name not in unscored and name not in misspelt:
            yield Remark(
                ("unscored",),
                f"`{name}` is not accounted for; give it a [[signals]] entry, or write here why it has none: "
                f'"{name}" = "…".',
            )


def spoken(languages: Any, unscored: Any) -> Iterator[Remark]:
    """What is said in one language is said in all."""
    if not isinstance(languages, list) or not isinstance(unscored, dict):
        return
    if not languages:
        yield Remark(("languages",), 'No language is named; write, for example, languages = ["en", "fr"].')
        return
    example = ", ".join(f'{language} = "…"' for language in languages)
    for name, said in unscored.items():
        known = said if isinstance(said, dict) else languages[:1]
        lacking = [str(language) for language in languages if language not in known]
        if lacking:
            yield Remark(
                ("unscored", name), f"This is not said in {' and '.join(lacking)}; write {{ {example} }}."
            )


def _kind(cls: type[Data], name: str) -> Any:
    """What a field of an event may hold."""
    return get_type_hints(cls, include_extras=True)[name]


def _can_be(kind: Any, value: object) -> str:
    """What a field may hold instead of a value."""
    if bool in (kind, *get_args(kind)):
        return "write true or false, without quotes."
    values = [
        one for part in (kind, *get_args(kind)) for one in (part, *get_args(part)) if isinstance(one, str)
    ]
    return meant(values, str(value)) or (
        f"it can be {', '.join(dict.fromkeys(values))}." if values else "write a text."
    )


def _no_field(cls: type[Data], name: str) -> str:
    fields = list(cls.__struct_fields__)
    near = meant(fields, name) or (f"it has {', '.join(fields)}." if fields else "it has none.")
    return f"`{type_of(cls)}` has no field `{name}`; {near}"
