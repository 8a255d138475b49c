"""From a row to its events."""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

import msgspec

from events import Refused, decode
from services.cli.importing import conditions, counters, language, mapping, rows, values
from services.cli.importing.conditions import Check, NotANumber
from services.cli.importing.kit import Kit, kit
from services.cli.importing.mapping import Map, Rule, Scalar, Value
from services.cli.importing.mistakes import MapInvalid, Mistakes, Wrong
from services.cli.importing.places import Path
from services.cli.importing.rows import RowRefused
from services.cli.importing.templates import Getter, Row, Slots, columns, compiled
from services.cli.importing.values import Maker

_encode = msgspec.json.Encoder().encode


class Written(NamedTuple):
    """One event, ready to publish: its type, and its line of NDJSON without the line's end."""

    type: str
    line: bytes


class Skipped(NamedTuple):
    """A row that the map leaves out, and why."""

    reason: str


class _Recipe(NamedTuple):
    """An `[[event]]` of the map, ready for rows."""

    type: str
    when: Check | None
    source: Getter
    subject: Getter
    id: Getter
    time: Callable[[Row], datetime | None]
    data: list[tuple[str, Maker]]
    written_as: dict[str, str]


def read(text: str) -> tuple[Map, Mistakes]:
    """Reads a map and checks what can be checked without the CSV file."""
    declared, mistakes = mapping.read(text)
    rows.check(declared.file, mistakes)
    return declared, mistakes


class Converter:
    """A map made ready for one file. Raises `MapInvalid` with all that is wrong in the map."""

    def __init__(
        self, declared: Map, header: Sequence[str] | None, mistakes: Mistakes, *, arrived: datetime
    ) -> None:
        known = None if header is None else list(header)
        slots = Slots(known, counters.names(declared, known, mistakes))
        tools = kit(declared, slots, mistakes)
        self._counters = counters.counting(declared, slots, tools)
        self._skips = _skips(declared, tools)
        self._recipes = _recipes(declared, tools)
        self._otherwise = None if declared.otherwise is None else Skipped(declared.otherwise)
        self._missing = frozenset(declared.missing)
        self._arrived = arrived
        mistakes.raise_if_any()
        self._cells = _pick([known.index(name) for name in slots.columns] if known else [])

    def convert(self, cells: Sequence[str]) -> list[Written] | Skipped:
        """The events of a row, or why the map leaves it out. Raises `RowRefused`: all of a row, or nothing."""
        missing = self._missing
        known = [None if (cell := text.strip()) in missing else cell for text in self._cells(cells)]
        try:
            return self._convert(known)
        except (Wrong, NotANumber) as wrong:
            raise RowRefused("unreadable", str(wrong)) from None
        except UnicodeEncodeError:
            raise RowRefused("encoding", "The row holds bytes that are no text in the file's encoding.") from None

    def _convert(self, cells: Row) -> list[Written] | Skipped:
        row: Row = [*[None] * len(self._counters), *cells]
        for place, counter in enumerate(self._counters):
            row[place] = counter.count(row)
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

    def _write(self, recipe: _Recipe, row: Row) -> Written:
        subject, id_, time, source = recipe.subject(row), recipe.id(row), recipe.time(row), recipe.source(row)
        if subject is None or id_ is None or time is None or source is None:
            made = {"subject": subject, "time": time, "id": id_, "source": source}
            name = next(name for name, value in made.items() if value is None)
            raise RowRefused(
                "missing",
                f"`{recipe.type}` has no {name}: {recipe.written_as[name]} holds nothing in this row.",
            )
        line = _encode(
            {
                "specversion": "1.0",
                "id": id_,
                "source": source,
                "type": recipe.type,
                "subject": subject,
                "time": time,
                "datacontenttype": "application/json",
                "data": {name: value for name, make in recipe.data if (value := make(row)) is not None},
            }
        )
        try:
            decode(line, arrived=self._arrived)
        except Refused as refused:
            raise RowRefused(refused.reason, f"`{recipe.type}`: {refused.detail}") from None
        return Written(recipe.type, line)


def _pick(indexes: list[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(indexes) < 2:
        return lambda cells: tuple([cells[index] for index in indexes])
    return itemgetter(*indexes)


def _skips(declared: Map, tools: Kit) -> list[tuple[Skipped, Check]]:
    found = []
    for place, skip in declared.skips.items():
        path = ("skip", place, "when")
        check = conditions.compiled(skip.when, path, tools)
        if check is not None:
            found.append((Skipped(skip.reason), check))
    return found


def _recipes(declared: Map, tools: Kit) -> list[_Recipe]:
    return [
        recipe
        for place, rule in declared.rules.items()
        if (recipe := _recipe(declared, rule, ("event", place), tools)) is not None
    ]


def _recipe(declared: Map, rule: Rule, path: Path, tools: Kit) -> _Recipe | None:
    data = _fields(rule.data, (*path, "data"), tools.mistakes)
    extra = _fields(rule.extra, (*path, "extra"), tools.mistakes)
    language.check(rule, data, extra, path, tools.mistakes)
    time = _time(rule, (*path, "time"), tools)
    when = conditions.compiled(rule.when, (*path, "when"), tools)
    makers = []
    for table, fields in (("data", data), ("extra", extra)):
        for name, value in fields.items():
            with tools.mistakes.at((*path, table, name)):
                makers.append((name, values.field(value, (*path, table, name), tools)))
    names: dict[str, Getter] = {}
    templates = {"source": rule.source or declared.source, "subject": rule.subject, "id": rule.id}
    for name, template in templates.items():
        with tools.mistakes.at((*path, name)):
            names[name] = compiled(template, tools.slots)
    if time is None or len(names) < len(templates):
        return None
    written_as = {name: _columns_of(template) for name, template in templates.items()}
    made_from = [time.from_, time.plus or "", time.minus or ""]
    ...
