"""Relationships and matters in a batch's transaction: locked and read, and written whole.

The lock on a customer's row orders all who write of the customer, whatever partition their events came by.
Who has no row yet cannot be locked: two who write the first one at once meet at the key, and the later begins
anew.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

from projections.fold import MatterKey
from projections.matters import KINDS, Matter
from services.projector import sql
from services.projector.folding import Folded
from services.projector.sql import QUERIES
from services.runtime.database import Connection
from services.runtime.rows import (
    RELATIONSHIP,
    TABLES,
    Relationship,
    Taken,
    matter_columns,
    matter_from,
    matter_row,
    relationship_row,
    signs_from,
    unsettled_matters,
)

_SLICE = 1_000
"""Rows that are read at once: what they become takes less room than they do."""

_Known = dict[str, dict[MatterKey, Matter]]

_COLUMNS = {kind: matter_columns(kind) for kind in KINDS}


async def lock(connection: Connection, customers: Sequence[str]) -> dict[str, Relationship]:
    """Locks the rows of some customers, in key order, until the transaction ends; returns what they hold.

    Who has no row comes with an empty relationship.
    """
    kept = {name: Relationship(name) for name in customers}
    for first in range(0, len(customers), _SLICE):
        some = customers[first : first + _SLICE]
        for row in await connection.fetch(QUERIES["lock_relationships"], some):
            name, revision, events, newest, unsettled, corrected, band, judged_until, *more = row
            spoke, resolved, due, *sums = more
            kept[name] = Relationship(
                name,
                revision,
                events,
                newest.timestamp(),
                unsettled,
                corrected,
                band,
                judged_until is not None,
                signs_from(spoke, resolved),
                [value or 0.0 for value in sums],
                due,
            )
    return kept


async def matters(
    connection: Connection, touched: Iterable[tuple[str, MatterKey]], kept: Iterable[Relationship]
) -> _Known:
    """What there is of some matters, and all unsettled ones of some relationships."""
    waiting = [one.customer for one in kept if one.unsettled]
    known = await unsettled_matters(connection, waiting) if waiting else {}
    wanted: dict[type[Matter], tuple[list[str], list[str]]] = {}
    for customer, (kind, matter_id) in touched:
        customers, ids = wanted.setdefault(kind, ([], []))
        customers.append(customer)
        ids.append(matter_id)
    for kind, names in wanted.items():
        for row in await connection.fetch(QUERIES[f"known_{TABLES[kind]}"], *names):
            customer, matter_id, *parts = row
            matter = matter_from(kind, parts)
            if matter is not None:
                known.setdefault(customer, {})[kind, matter_id] = matter
    return known


async def keep_relationships(
    connection: Connection,
    kept: Iterable[Relationship],
    taken: Callable[[str], Taken],
    changed_at: datetime,
    strategy: str,
) -> None:
    """Writes rows of relationships that are locked, in key order, with the readings that were taken of them.

    Raises `asyncpg.UniqueViolationError` where somebody else wrote the first row of one meanwhile.
    """
    new: list[Relationship] = []
    changed: list[Relationship] = []
    for one in kept:
        (new if one.band is None else changed).append(one)

    def row(one: Relationship) -> tuple[Any, ...]:
        return relationship_row(one, taken(one.customer), changed_at, strategy)

    await _write(connection, "relationships", RELATIONSHIP, new, changed, row)


async def keep_matters(connection: Connection, folded: Folded) -> None:
    """Writes the matters that a batch speaks of, whose customers are locked."""
    rows: dict[type[Matter], tuple[list[Any], list[Any]]] = {}
    for one, matter in folded.joined.items():
        customer, (kind, matter_id) = one
        new, changed = rows.setdefault(kind, ([], []))
        (new if one in folded.added else changed).append((customer, matter_id, matter))
    for kind, (new, changed) in rows.items():
        for some in (new, changed):
            some.sort(key=_KEY)
        await _write(connection, TABLES[kind], _COLUMNS[kind], new, changed, lambda one: matter_row(*one))


_KEY = itemgetter(0, 1)
_T = TypeVar("_T")


async def _write(
    connection: Connection,
    table: str,
    columns: tuple[str, ...],
    new: Sequence[_T],
    changed: Sequence[_T],
    row: Callable[[_T], tuple[Any, ...]],
) -> None:
    """Writes rows, each made when its turn comes: they take more room than what they are made of."""
    if len(new) > sql.FEW:
        await connection.copy_records_to_table(table, records=map(row, new), columns=columns)
    elif new:
        await connection.executemany(QUERIES[f"add_few_{table}"], map(row, new))
    if not changed:
        return
    if len(changed) <= sql.FEW:
        await connection.executemany(QUERIES[f"replace_few_{table}"], map(row, changed))
    else:
        await connection.copy_records_to_table(f"changed_{table}", records=map(row, changed), columns=columns)
        await connection.execute(QUERIES[f"replace_{table}"])
