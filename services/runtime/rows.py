"""Between folds as the code knows them, and the rows in which the database keeps them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from math import isinf
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import astuple

from projections.bands import Band
from projections.evidence import SUMS, no_sums
from projections.fold import MatterKey
from projections.knots.signs import NO_SIGNS, Signs
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
NEVER = datetime(1, 1, 2, tzinfo=UTC).timestamp()
"""The newest event of who has none."""

_P = TypeVar("_P", bound=Part)
_sums = itemgetter(*SUMS)


def instant(seconds: float) -> datetime:
    """Seconds since the Unix epoch as the database takes them."""
    return datetime.fromtimestamp(seconds, UTC)


def matter_row(customer: str, matter_id: str, matter: Matter) -> tuple[Any, ...]:
    """A matter as a row of its table."""
    return (customer, matter_id, *[None if part is None else _composite(part) for part in astuple(matter)])


def matter_from(kind: type[Matter], parts: Sequence[Any]) -> Matter | None:
    """A matter from the composites of a row, in the table's order; None where there are none at all."""
    found = {
        name: _part(cls, value)
        for (name, cls), value in zip(_PARTS[kind].items(), parts, strict=True)
        if value is not None
    }
    return kind(**found) if found else None  # type: ignore[arg-type]


NOTHING = tuple(no_sums())
"""The sums of a relationship of which nothing is known."""


class Relationship(msgspec.Struct):
    """What is kept of one customer, but for the reading: that follows."""

    customer: str
    revision: int = 0
    """How often batches touched the customer."""
    events: int = 0
    newest: float = NEVER
    """The latest event time, in seconds since the Unix epoch."""
    unsettled: int = 0
    """How many matters there are whose outcome depends on when one looks."""
    corrected: bool = False
    """Whether an event ever took another one back, or contested something."""
    band: Band | None = None
    """The band that was last read; None where there is no row yet."""
    judged: bool = False
    """Whether a judgement may set it: then what was judged is asked for before it is read anew."""
    signs: Signs = NO_SIGNS
    """What tells whether a knot can be open: then its events are asked for before it is read anew."""
    sums: Sequence[float] = NOTHING
    knots_due: datetime | None = None
    """When time alone may open or close a knot, as it was last read."""


class Taken(msgspec.Struct, frozen=True):
    """A reading that was taken of a customer."""

    at: datetime
    reading: Reading
    canonical: str | None = None
    """By which id the person is known, where it is another."""
    judged_until: datetime | None = None
    """Until when a judgement sets the band, where one does."""
    knotted: bool = False
    """Whether a knot is open."""
    knots_due: datetime | None = None
    """When time alone may open or close one."""


RELATIONSHIP: tuple[str, ...] = (
    "customer",
    "revision",
    "events",
    "newest",
    "unsettled",
    "corrected",
    "taken_at",
    "changed_at",
    "strategy",
    "health",
    "recognition",
    "responsiveness",
    "confidence",
    "trend",
    "band",
    "canonical",
    "judged_until",
    "knotted",
    "knots_due_at",
    "knots_spoke_at",
    "resolved_at",
    *SUMS,
)
"""The columns of `relationships`, in the order of `relationship_row`."""


def relationship_row(
    kept: Relationship, taken: Taken, changed_at: datetime, strategy: str
) -> tuple[Any, ...]:
    """A customer's row; sums at nought are null there, and take no room."""
    reading = taken.reading
    return (
        kept.customer,
        kept.revision,
        kept.events,
        instant(kept.newest),
        kept.unsettled,
        kept.corrected,
        taken.at,
        changed_at,
        strategy,
        reading.health,
        reading.recognition,
        reading.responsiveness,
        reading.confidence,
        reading.trend,
        reading.band,
        taken.canonical,
        taken.judged_until,
        taken.knotted or None,
        taken.knots_due,
        *signs_row(kept.signs),
        *[value or None for value in kept.sums],
    )


def signs_row(signs: Signs) -> tuple[datetime | None, datetime | None]:
    """Signs of knots as the database keeps them: nearly everybody has none."""
    if signs is NO_SIGNS:
        return _NO_SIGNS
    return _dated(signs.spoke), _dated(signs.resolved)


_NO_SIGNS = (None, None)


def signs_from(spoke: datetime | None, resolved: datetime | None) -> Signs:
    """Signs of knots from the columns of a row."""
    if spoke is None and resolved is None:
        return NO_SIGNS
    return Signs(
        NO_SIGNS.spoke if spoke is None else spoke.timestamp(),
        NO_SIGNS.resolved if resolved is None else resolved.timestamp(),
    )


def _dated(seconds: float) -> datetime | None:
    return None if isinf(seconds) else instant(seconds)


def relationship_from(row: Mapping[str, Any]) -> Relationship:
    """What is kept of a customer, from a row that has these columns among others."""
    return Relationship(
        row["customer"],
        row["revision"],
        row["events"],
        row["newest"].timestamp(),
        row["unsettled"],
        row["corrected"],
        row["band"],
        row["judged_until"] is not None,
        signs_from(row["knots_spoke_at"], row["resolved_at"]),
        [value or 0.0 for value in _sums(row)],
    )


KEYS: dict[type[Matter], str] = {Contact: "contact_id", Promise: "promise_id", Complaint: "complaint_id"}
"""What the id of a kind of matter is called in its table."""

TABLES: dict[type[Matter], str] = {Contact: "contacts", Promise: "promises", Complaint: "complaints"}
"""Where each kind of matter is kept."""


def matter_columns(kind: type[Matter]) -> tuple[str, ...]:
    """The columns of a kind's table, in the order of `matter_row`."""
    return ("customer", KEYS[kind], *_PARTS[kind])


async def unsettled_matters(
    connection: Connection, customers: Collection[str]
) -> dict[str, dict[MatterKey, Matter]]:
    """The matters of some customers whose outcome still depends on when one looks."""
    found: dict[str, dict[MatterKey, Matter]] = {}
    for kind, query in ((Contact, "open_contacts"), (Promise, "open_promises")):
        for row in await connection.fetch(_QUERIES[query], list(customers)):
            customer, matter_id, *parts = row.values()
            matter = matter_from(kind, parts)
            if matter is not None:
                found.setdefault(customer, {})[kind, matter_id] = matter
    return found


async def open_matters(connection: Connection, customers: Collection[str]) -> dict[str, list[Matter]]:
    """The same without their ids."""
    found = await unsettled_matters(connection, customers)
    return {customer: list(matters.values()) for customer, matters in found.items()}


def _composite(part: Part) -> tuple[Any, ...]:
    at, name, source, *more = astuple(part)
    if more and type(part) in _DATED:
        more[0] = instant(more[0])
    return (instant(at), name, source, *more)


_DATED = frozenset((Pledge, Renegotiation))
"""Parts whose fourth field is an instant too: the due."""


def _part(cls: Callable[..., _P], value: Sequence[Any]) -> _P:
    return cls(*(item.timestamp() if isinstance(item, datetime) else item for item in value))
