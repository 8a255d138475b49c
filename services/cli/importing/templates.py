"""Templates: text in which `{column}` stands for what a row holds there."""

import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from services.cli.importing.mistakes import Wrong, meant

Row = list[str | None]
"""The cells of a row that the map uses, trimmed; None where the cell says that nothing is known."""

Getter = Callable[[Row], str | None]
"""Gives a row's text for a template, or None where a column it needs is missing."""

_PART = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|([{}])|([^{}]+)")


class Slots:
    """Where each column that the map uses stands in a `Row`: first the counters, then the columns."""

    def __init__(self, header: Sequence[str] | None, counters: Sequence[str] = ()) -> None:
        self._header = header
        self._slots = {name: place for place, name in enumerate(counters)}
        self._counters = len(self._slots)
        self.puzzled = False
        """Whether a column was named that the file does not have, nor one that is like it."""

    def of(self, name: str) -> int:
        """The place of a column or counter. Raises `Wrong` where the file has no such column."""
        if name not in self._slots:
            if self._header is not None and name not in self._header:
                near = meant(list(self._header), name)
                self.puzzled = self.puzzled or not near
                raise Wrong(f"The file has no column `{name}`{f'; {near}' if near else '.'}")
            self._slots[name] = len(self._slots)
        return self._slots[name]

    def name(self, slot: int) -> str:
        """The column or counter at a place, for messages."""
        return list(self._slots)[slot]

    @property
    def columns(self) -> list[str]:
        """The columns in use, in the order of their slots after the counters."""
        return list(self._slots)[self._counters :]


def compiled(template: str, slots: Slots, *, blank: bool = False) -> Getter:
    """A template made ready for rows. With `blank`, what is missing reads as empty text instead of None."""
    form, names = _parse(template)
    places = [slots.of(name) for name in names]
    if not places:
        constant = form % ()
        return lambda row: constant  # noqa: ARG005 - a constant has no use for the row
    if blank:
        return lambda row: form % tuple([row[place] or "" for place in places])
    if form == "%s":
        return itemgetter(places[0])
    if len(places) == 1:
        return _single(form, places[0])
    return _several(form, itemgetter(*places))


def is_constant(template: str) -> bool:
    """Whether a template names no column."""
    return not columns([template])


def constant(template: str) -> str:
    """What a template without columns says."""
    return _parse(template)[0] % ()


def columns(templates: Iterable[str]) -> list[str]:
    """The columns that templates name."""
    return [name for template in templates for name in _parse(template)[1]]


def _single(form: str, place: int) -> Getter:
    def render(row: Row) -> str | None:
        cell = row[place]
        return None if cell is None else form % cell

    return render


def _several(form: str, cells_of: Callable[[Row], tuple[str | None, ...]]) -> Getter:
    def render(row: Row) -> str | None:
        cells = cells_of(row)
        return None if None in cells else form % cells

    return render


def _parse(template: str) -> tuple[str, list[str]]:
    form, names = [], []
    for part in _PART.finditer(template):
        name, stray, text = part.groups()
        if stray:
            raise Wrong(f"A brace stands alone in {template!r}: write {{column}}, or {{{{ for a brace.")
        if name is not None:
            names.append(name)
            form.append("%s")
        else:
            form.append(text.replace("%", "%%") if text else part.group()[0])
    return "".join(form), names
