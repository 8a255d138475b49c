"""Counters: what a row owes to the rows before it."""

from services.cli.importing import conditions
from services.cli.importing.kit import Kit
from services.cli.importing.mapping import Map
from services.cli.importing.mistakes import Mistakes
from services.cli.importing.templates import Getter, Row, compiled


class Counting:
    """One counter at work.

    It remembers one number per distinct `of` among the rows that met `when`: no more than the file has
    cases, say. Where the file stands in groups, `forget` keeps the counts of one group only.
    """

    def __init__(self, key: Getter, when: conditions.Check | None, forget: Getter | None) -> None:
        self._key = key
        self._when = when
        self._forget = forget
        self._group: str | None = None
        self._counts: dict[str | None, int] = {}

    def count(self, row: Row) -> str:
        """The number for this row, which the next rows will find raised if this one meets `when`."""
        if self._forget is not None:
            group = self._forget(row)
            if group != self._group:
                self._counts.clear()
                self._group = group
        key = self._key(row)
        number = self._counts.get(key, 0)
        if self._when is None or self._when(row):
            self._counts[key] = number + 1
        return str(number)


def names(declared: Map, header: list[str] | None, mistakes: Mistakes) -> list[str]:
    """The counters of a map, in order; a name that is taken is a mistake."""
    taken = set(header or ())
    found = []
    for place, counter in declared.counters.items():
        if counter.name and counter.name in taken:
            mistakes.add(("counter", place, "name"), f"`{counter.name}` is already a column or a counter.")
        taken.add(counter.name)
        found.append(counter.name)
    return found


def counting(declared: Map, kit: Kit) -> list[Counting]:
    """The counters of a map, ready for rows."""
    found = []
    for place, counter in declared.counters.items():
        path = ("counter", place)
        when = conditions.compiled(counter.when, (*path, "when"), kit)
        key = forget = None
        with kit.mistakes.at((*path, "of")):
            key = compiled(counter.of, kit.slots, blank=True)
        if counter.forget is not None:
            with kit.mistakes.at((*path, "forget")):
                forget = compiled(counter.forget, kit.slots, blank=True)
        if key is not None:
            found.append(Counting(key, when, forget))
    return found
