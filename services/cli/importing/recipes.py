"""The rules of a map, made ready for rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from events.attributes import is_reference
from projections.table import Path
from services.cli.importing import conditions, language, mapping, values
from services.cli.importing.conditions import Check
from services.cli.importing.kit import Kit
from services.cli.importing.language import Fields
from services.cli.importing.mapping import Map, Rule, Value
from services.cli.importing.mistakes import Wrong
from services.cli.importing.templates import Getter, Row, columns, compiled, constant, is_constant
from services.cli.importing.values import Maker


class Skipped(NamedTuple):
    """A row that the map leaves out, and why."""

    reason: str


class Recipe(NamedTuple):
    """An `[[event]]` of the map, ready for rows."""

    type: str
    when: Check | None
    source: Getter
    subject: Getter
    id: Getter
    time: Callable[[Row], datetime | None]
    fields: list[tuple[str, Maker]]
    needs: dict[str, list[str]]
    """The columns that each attribute is made from."""


def skips(declared: Map, kit: Kit) -> list[tuple[Skipped, Check]]:
    """The rows to leave out."""
    found = []
    for place, skip in declared.skips.items():
        check = conditions.compiled(skip.when, ("skip", place, "when"), kit)
        if check is not None:
            found.append((Skipped(skip.reason), check))
    return found


def recipes(declared: Map, kit: Kit) -> list[Recipe]:
    """The events that rows give; what cannot be made ready is noted as a mistake."""
    made = [_recipe(declared, rule, ("event", place), kit) for place, rule in declared.rules.items()]
    return [recipe for recipe in made if recipe is not None]


def _recipe(declared: Map, rule: Rule, path: Path, kit: Kit) -> Recipe | None:
    data = _values(rule.data, (*path, "data"), kit)
    extra = _values(rule.extra, (*path, "extra"), kit)
    language.check(rule, data, extra, path, kit.mistakes)
    when = conditions.compiled(rule.when, (*path, "when"), kit)
    fields = _makers(data, (*path, "data"), kit) + _makers(extra, (*path, "extra"), kit)
    templates = {"source": rule.source or declared.source, "subject": rule.subject, "id": rule.id}
    places = {name: (*path, name) for name in templates}
    if not rule.source:
        places["source"] = ("source",)
    getters: dict[str, Getter] = {}
    for name, template in templates.items():
        with kit.mistakes.at(places[name]):
            getters[name] = compiled(template, kit.slots)
            if name == "source":
                _check_source(template)
    time = _time(rule.time, (*path, "time"), kit)
    if time is None or len(getters) < len(templates):
        return None
    make_time, templates["time"] = time
    return Recipe(
        type=rule.type,
        when=when,
        time=make_time,
        fields=fields,
        needs={name: columns([template]) for name, template in templates.items()},
        **getters,
    )


def _check_source(template: str) -> None:
    """What no column can put right: a source that is the same for every row, and no URI-reference."""
    if template and is_constant(template) and not is_reference(constant(template)):
        raise Wrong(f"{constant(template)!r} is not a URI-reference; write for example /telephone.")


def _time(raw: Any, path: Path, kit: Kit) -> tuple[Callable[[Row], datetime | None], str] | None:
    """How the event's time is made, and the templates that say from what."""
    table = {"from": raw} if isinstance(raw, str) else raw
    value = mapping.struct(table, Value, path, kit.mistakes, "a time")
    with kit.mistakes.at(path):
        if value is not None:
            written = value.from_ + (value.plus or "") + (value.minus or "")
            return values.instant(value, path, kit), written
    return None


def _values(raw: dict[str, Any], path: Path, kit: Kit) -> Fields:
    read = {name: mapping.value(item, (*path, name), kit.mistakes) for name, item in raw.items()}
    return {name: value for name, value in read.items() if value is not None}


def _makers(fields: Fields, path: Path, kit: Kit) -> list[tuple[str, Maker]]:
    makers = []
    for name, value in fields.items():
        with kit.mistakes.at((*path, name)):
            makers.append((name, values.field(value, (*path, name), kit)))
    return makers
