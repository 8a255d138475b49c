"""Between folds as the code knows them, and the rows in which the database keeps them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from projections.evidence import SUMS
from projections.matters import (
    Answer,
    Attempt,
    Complaint,
    Contact,
    Grievance,
    Matter,
    Miss,
    Part,
    Pledge,
    Promise,
    Renegotiation,
)
from projections.reading import Reading
from services.runtime.database import Connection
from services.runtime.queries import Queries

_QUERIES = Queries(Path(__file__).with_name("rows.sql"))

_PARTS: dict[type[Matter], dict[str, type[Part]]] = {
    Contact: {"attempted": Attempt, "answered": Answer, "missed": Miss, "returned": Part},
    Promise: {"made": Pledge, "renegotiated": Renegotiation, "kept": Part, "released": Part, "broken": Part},
    Complaint: {"raised": Grievance, "accepted": Part, "refused": Part},
}
_P = TypeVar("_P", bound=Part)
_sums = itemgetter(*SUMS)


def instant(seconds: float) -> datetime:
    """Seconds since the Unix epoch as the database takes them."""
    return datetime.fromtimestamp(seconds, UTC)


def matter_row(customer: str, matter_id: str, matter: Matter) -> tuple[Any, ...]:
    """A matter as a row of its table."""
    return (customer, matter_id, *(_composite(getattr(matter, name)) for name in _PARTS[type(matter)]))


def matter_from(kind: type[Matter], parts: Sequence[Any]) -> Matter | None:
    """A matter from the composites of a row, in the table's order; None where there are none at all."""
    found = {
        name: _part(cls, value)
        for (name, cls), value in zip(_PARTS[kind].items(), parts, strict=True)
        if value is not None
    }
    return kind(**found) if found else None  # type: ignore[arg-type]


def relationship_row(customer: str, count: int, newest: float, sums: Sequence[float]) -> tuple[Any, ...]:
    """What some events add to a relationship, as a row; `newest` in seconds since the Unix epoch."""
    return (customer, 1, count, instant(newest), *sums)


def sums_from(row: Mapping[str, Any]) -> list[float]:
    """The sums of a relationship's row."""
    return list(_sums(row))


def reading_row(
    customer: str,
    revision: int,
    taken_at: datetime,
    changed_at: datetime,
    strategy: str,
    reading: Reading,
    canonical: str | None = None,
) -> tuple[Any, ...]:
    """A reading as a row; `canonical` where the customer is known by another id."""
    return (
        customer,
        revision,
        taken_at,
        changed_at,
        strategy,
        reading.health,
        reading.recognition,
        reading.responsiveness,
        reading.confidence,
        reading.trend,
        reading.band,
        canonical,
    )


async def open_matters(connection: Connection, customers: list[str]) -> dict[str, list[Matter]]:
    """The matters of some customers whose outcome still depends on when one looks."""
    found: dict[str, list[Matter]] = {}
    for kind, query in ((Contact, "open_contacts"), (Promise, "open_promises")):
        for row in await connection.fetch(_QUERIES[query], customers):
            customer, *parts = row.values()
            matter = matter_from(kind, parts)
            if matter is not None:
                found.setdefault(customer, []).append(matter)
    return found


def _composite(part: Part | None) -> tuple[Any, ...] | None:
    if part is None:
        return None
    return tuple(
        instant(value) if name in ("at", "due") else value
        for name, value in zip(part.__struct_fields__, _values(part), strict=True)
    )


def _values(part: Part) -> list[Any]:
    return [getattr(part, name) for name in part.__struct_fields__]


def _part(cls: Callable[..., _P], value: Sequence[Any]) -> _P:
    return cls(*(item.timestamp() if isinstance(item, datetime) else item for item in value))
