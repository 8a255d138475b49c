"""Conditions on the columns of a row, made ready for many rows."""

import re
from collections.abc import Callable
from typing import Any

from projections.table import Path
from services.cli.importing.kit import Kit
from services.cli.importing.mapping import Condition, Test, condition
from services.cli.importing.mistakes import Wrong
from services.cli.importing.templates import Row

Check = Callable[[Row], bool]


def compiled(when: Any, path: Path, kit: Kit) -> Check | None:
    """Whether a row is meant: all conditions of a table hold, or of any one of a list of tables.

    None where the map sets no condition, so that every row is meant. A check raises `Wrong` where it
    compares numbers and the row holds none.
    """
    if when is None:
        return None
    tables = [((*path, place), table) for place, table in enumerate(when)] if isinstance(when, list) else []
    checks = [_table(table, here, kit) for here, table in tables or [(path, when)]]
    return checks[0] if len(checks) == 1 else lambda row: any(check(row) for check in checks)


def _table(table: Any, path: Path, kit: Kit) -> Check:
    checks: list[Check] = []
    if not isinstance(table, dict) or not table:
        kit.mistakes.add(path, "`when` is a table of conditions by column, or a list of such tables.")
        return _all(checks)
    for column, raw in table.items():
        wanted = condition(raw, (*path, column), kit.mistakes)
        with kit.mistakes.at((*path, column)):
            slot = kit.slots.of(column)
            if wanted is not None:
                checks.extend(_checks(slot, column, wanted, kit))
    return _all(checks)


def _all(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda row: first(row) and second(row)
    return lambda row: all(check(row) for check in checks)


def _checks(slot: int, column: str, wanted: Condition, kit: Kit) -> list[Check]:
    if not isinstance(wanted, Test):
        return [_is_one_of(slot, wanted if isinstance(wanted, list) else [wanted], kit)]
    return [*_texts(slot, wanted, kit), *_comparisons(slot, column, wanted, kit)]


def _texts(slot: int, test: Test, kit: Kit) -> list[Check]:
    checks: list[Check] = []
    if test.missing is not None:
        gone = test.missing
        checks.append(lambda row: (row[slot] is None) is gone)
    if test.not_ is not None:
        unwanted = frozenset([test.not_] if isinstance(test.not_, str) else test.not_)
        checks.append(lambda row: row[slot] not in unwanted)
    if test.matches is not None:
        try:
            search = re.compile(test.matches).search
        except re.error as error:
            raise Wrong(f"{test.matches!r} is not a regular expression: {error}.") from None
        checks.append(lambda row: bool(search(row[slot] or "")))
    if test.same_as is not None:
        other = kit.slots.of(test.same_as)
        checks.append(lambda row: row[slot] == row[other])
    if test.differs_from is not None:
        different = kit.slots.of(test.differs_from)
        checks.append(lambda row: row[slot] != row[different])
    return checks


def _is_one_of(slot: int, choices: list[str | int | float], kit: Kit) -> Check:
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
            return cell is not None and kit.number(cell) in numbers
        except Wrong:
            return False

    return check


def _comparisons(slot: int, column: str, test: Test, kit: Kit) -> list[Check]:
    def number(row: Row) -> float | None:
        cell = row[slot]
        try:
            return None if cell is None else kit.number(cell)
        except Wrong:
            raise Wrong(f"`{column}` is {cell!r}, and the map compares it as a number.") from None

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
