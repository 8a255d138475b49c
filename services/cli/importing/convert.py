"""From a row to its events."""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

import msgspec

from events import Refused, decode
from services.cli.importing import counters
from services.cli.importing.kit import kit
from services.cli.importing.mapping import Map
from services.cli.importing.mistakes import Mistakes, Wrong
from services.cli.importing.recipes import Recipe, Skipped, recipes, skips
from services.cli.importing.rows import RowRefused
from services.cli.importing.templates import Row, Slots

_encode = msgspec.json.Encoder().encode


class Written(NamedTuple):
    """One event, ready to publish: its type, and its line of NDJSON without the line's end."""

    type: str
    line: bytes


class Converter:
    """A map made ready for one file. Raises `MapInvalid` with all that is wrong in the map.

    Rows are to be given in the order of the file: counters remember. `arrived` is the instant that no
    event may run ahead of. Without a header only what needs no columns is checked.
    """

    def __init__(
        self, declared: Map, header: Sequence[str] | None, mistakes: Mistakes, *, arrived: datetime
    ) -> None:
        known = None if header is None else list(header)
        slots = Slots(known, counters.names(declared, known, mistakes))
        tools = kit(declared, slots, mistakes)
        self._counters = counters.counting(declared, tools)
        self._skips = skips(declared, tools)
        self._recipes = recipes(declared, tools)
        self._otherwise = None if declared.otherwise is None else Skipped(declared.otherwise)
        self._missing = frozenset(declared.missing)
        self._arrived = arrived
        self._slots = slots
        if slots.puzzled and known is not None:
            mistakes.note = f"The columns of the file are: {', '.join(known)}."
        mistakes.raise_if_any()
        self._used = _picker([known.index(name) for name in slots.columns] if known else [])

    def convert(self, cells: Sequence[str]) -> list[Written] | Skipped:
        """The events of a row, or why the map leaves it out. Raises `RowRefused`: all of a row or nothing."""
        missing = self._missing
        row: Row = [None] * len(self._counters)
        row += [None if (cell := text.strip()) in missing else cell for text in self._used(cells)]
        try:
            for place, counter in enumerate(self._counters):
                row[place] = counter.count(row)
            return self._convert(row)
        except Wrong as wrong:
            raise RowRefused("unreadable", str(wrong)) from None
        except UnicodeEncodeError:
            raise RowRefused("encoding", "The row holds bytes that are not text in this encoding.") from None

    def _convert(self, row: Row) -> list[Written] | Skipped:
        for skipped, when in self._skips:
            if when(row):
                return skipped
        written = [
            self._write(recipe, row) for recipe in self._recipes if recipe.when is None or recipe.when(row)
        ]
        if written:
            return written
        if self._otherwise is not None:
            return self._otherwise
        raise RowRefused("no_rule", "No rule of the map fits this row, and the map has no `otherwise`.")

    def _write(self, recipe: Recipe, row: Row) -> Written:
        id_, source, subject, time = recipe.id(row), recipe.source(row), recipe.subject(row), recipe.time(row)
        if id_ is None or source is None or subject is None or time is None:
            raise self._incomplete(recipe, row)
        line = _encode(
            {
                "specversion": "1.0",
                "id": id_,
                "source": source,
                "type": recipe.type,
                "subject": subject,
                "time": time,
                "datacontenttype": "application/json",
                "data": {name: value for name, make in recipe.fields if (value := make(row)) is not None},
            }
        )
        try:
            decode(line, arrived=self._arrived)
        except Refused as refused:
            raise RowRefused(refused.reason, f"`{recipe.type}`: {refused.detail}") from None
        return Written(recipe.type, line)

    def _incomplete(self, recipe: Recipe, row: Row) -> RowRefused:
        for attribute, names in recipe.needs.items():
            gone = [name for name in names if row[self._slots.of(name)] is None]
            if gone:
                return RowRefused(
                    "missing",
                    f"`{recipe.type}` has no {attribute}: `{gone[0]}` is missing in this row.",
                )
        return RowRefused("missing", f"`{recipe.type}` is incomplete in this row.")


def _picker(indexes: list[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    if len(indexes) < 2:
        return lambda cells: [cells[index] for index in indexes]
    return itemgetter(*indexes)
