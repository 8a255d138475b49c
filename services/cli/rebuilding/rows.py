"""From what was gathered to rows of the new tables, held against those that are used; the pure part of a rebuild.

Whose reading is the same as before keeps it: revision, instant and all. Whose reading is another gets a higher
revision, so that outside readers take it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from projections.causes import owed_by
from projections.fold import State
from projections.matters import KINDS, Matter, Promise
from projections.reading import Reader, Reading, same
from projections.strategy import Strategy
from services.runtime.people import reading_at
from services.runtime.rows import Relationship, Taken, instant, matter_row, relationship_row

_TRIGGER = "promise_overdue"


class Before(msgspec.Struct, frozen=True, gc=False):
    """What is used of a customer."""

    revision: int
    taken_at: datetime
    changed_at: datetime
    reading: Reading
    canonical: str | None


class Member(msgspec.Struct, frozen=True):
    """One id of a person: what its events amount to, and by which id the person is known if by another."""

    customer: str
    state: State
    corrected: bool = False
    known_as: str | None = None


class Rows(msgspec.Struct):
    """Rows of the new tables, as COPY takes them."""

    relationships: list[tuple[Any, ...]] = []
    matters: dict[type[Matter], list[tuple[Any, ...]]] = {}
    deadlines: list[tuple[Any, ...]] = []
    changed: list[tuple[str]] = []
    """Whose reading is another than before."""


class Filler:
    """Makes rows by one strategy."""

    def __init__(self, strategy: Strategy) -> None:
        self._reader = Reader(strategy)
        self._version = strategy.version
        self._overdue = strategy.triggers.promise_overdue is not None

    def fill(self, persons: Iterable[Sequence[Member]], before: Mapping[str, Before], now: datetime) -> Rows:
        """The rows of some persons; the members of each in order of their ids."""
        rows = Rows(matters={kind: [] for kind in KINDS})
        for members in persons:
            self._fill(rows, members, before, now)
        return rows

    def _fill(
        self, rows: Rows, members: Sequence[Member], before: Mapping[str, Before], now: datetime
    ) -> None:
        still_open: dict[str, list[Matter]] = {}
        kept = []
        for member in members:
            matters = member.state.matters
            unsettled = [matter for matter in matters.values() if matter.unsettled] if matters else []
            if unsettled:
                still_open[member.customer] = unsettled
            kept.append(_relationship(member, len(unsettled)))
            if matters:
                self._add_matters(rows, member.customer, matters)
        newest = max(one.newest for one in kept)
        taken: dict[datetime, Reading] = {}
        for member, one in zip(members, kept, strict=True):
            known = before.get(member.customer)
            if known is not None:
                one.revision, at, changed_at = known.revision, known.taken_at, known.changed_at
                reading = taken.get(at)
                if reading is None:
                    reading = taken[at] = reading_at(kept, still_open, self._reader, at.timestamp())
            if known is None or member.known_as != known.canonical or not same(reading, known.reading):
                one.revision += 1
                at = now if newest <= now.timestamp() else instant(newest)
                changed_at = now if known is None else known.changed_at
                reading = taken.get(at)
                if reading is None:
                    reading = taken[at] = reading_at(kept, still_open, self._reader, at.timestamp())
                rows.changed.append((member.customer,))
            rows.relationships.append(
                relationship_row(one, Taken(at, reading, member.known_as), changed_at, self._version)
            )

    def _add_matters(self, rows: Rows, customer: str, matters: Mapping[Any, Matter]) -> None:
        for (kind, matter_id), matter in matters.items():
            rows.matters[kind].append(matter_row(customer, matter_id, matter))
            if self._overdue and kind is Promise:
                due = owed_by(matter)
                if due is not None:
                    rows.deadlines.append((customer, _TRIGGER, matter_id, due))


def _relationship(member: Member, unsettled: int) -> Relationship:
    state = member.state
    if not state.count:
        return Relationship(member.customer)
    return Relationship(
        member.customer,
        0,
        state.count,
        state.newest,
        unsettled,
        member.corrected,
        None,
        state.sums,
    )
