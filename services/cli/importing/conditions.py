"""Conditions on the columns of a row, made ready for many rows."""

import re
from collections.abc import Callable

from services.cli.importing.mapping import Condition, Test, When
from services.cli.importing.mistakes import Mistakes, Wrong
from services.cli.importing.places import Path
from services.cli.importing.templates import Row, Slots

Check = Callable[[Row], bool]


class NotANumber(ValueError):
    """A row holds text where a condition compares numbers."""


def compiled(when: When, path: Path, slots: Slots, mistakes: Mistakes, *, listed: bool) -> Check | None:
    """Whether a row is meant; None where every row is. `listed` says that the map wrote a list of tables."""
    alternatives = []
    for place, table in enumerate(when):
        here = (*path, place) if listed else path
        checks: list[Check] = []
        for column, condition in table.items():
            with mistakes.at((*here, column)):
                checks.extend(_checks(slots.of(column), column, condition, slots))
        alternatives.append(_all(checks))
    return _any(alternatives) if alternatives else None


def _all(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda row: first(row) and second(row)
    return lambda row: all([check(row) for check in checks])


def _any(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    return lambda row: any([check(row) for check in checks])


def _checks(slot: int, column: str, condition: Condition, slots: Slots) -> list[Check]:
    if not isinstance(condition, Test):
        return [_is_one_of(slot, condition if isinstance(condition, list) else [condition])]
    checks: list[Check] = []
    if condition.missing is not None:
        wanted = condition.missing
        checks.append(lambda row: (row[slot] is None) is wanted)
    if condition.not_ is not None:
        unwanted = frozenset([condition.not_] if isinstance(condition.not_, str) else condition.not_)
        checks.append(lambda row: row[slot] not in unwanted)
    if condition.matches is not None:
        try:
            search = re.compile(condition.matches).search
        except re.error as error:
            raise Wrong(f"{condition.matches!r} is not a regular expression: {error}.") from None
        checks.append(lambda row: bool(search(row[slot] or "")))
    if condition.same_as is not None:
        other = slots.of(condition.same_as)
        checks.append(lambda row: row[slot] == row[other])
    if condition.differs_from is not None:
        different = slots.of(condition.differs_from)
        checks.append(lambda row: row[slot] != row[different])
    return checks + _comparisons(slot, column, condition)


def _is_one_of(slot: int, choices: list[str | int | float]) -> Check:
    """Text is compared as it stands; a number in the map means that number however the file writes it."""
    texts = frozenset(str(choice) for choice in choices)
    numbers = frozenset(float(choice) for choice in choices if not isinstance(choice, str))
    if not numbers:
        return lambda row: row[slot] in texts

    def check(row: Row) -> bool:
        cell = row[slot]
        if cell in texts:
            return True
        try:
            return cell is not None and float(cell) in numbers
        except ValueError:
            return False

    return check


def _comparisons(slot: int, column: str, test: Test) -> list[Check]:
    def number(row: Row) -> float | None:
        cell = row[slot]
        try:
            return None if cell is None else float(cell)
        except ValueError:
            raise NotANumber(f"`{column}` is {cell!r}, and the map compares it as a number.") from None

    checks: list[Check] = []
    if test.over is not None:
        over = test.over
        checks.append(lambda row: (found := number(row)) is not None and found > over)
    if test.under is not None:
        under = test.under
        checks.append(lambda row: (found := number(row)) is not None and found < under)
    if test.at_least is not None:
        least = test.at_least
        checks.append(lambda row: (found := number(row)) is not None and found >= least)
    if test.at_most is not None:
        most = test.at_most
        checks.append(lambda row: (found := number(row)) is not None and found <= most)
    return checks
