"""From what was gathered to rows of the new tables, held against those that are used; the pure part.

Whose reading is the same as before keeps it: revision, instant and all. Whose reading is another gets a
higher revision, so that outside readers take it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from projections.causes import owed_by
from projections.fold import MatterKey, State, judged
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


class Member(msgspec.Struct):
    """One id of a person, as its events have it, but for the revision."""

    relationship: Relationship
    matters: Mapping[MatterKey, Matter]
    unsettled: Sequence[Matter] = ()
    """Those whose outcome depends on when one looks."""
    known_as: str | None = None
    """By which id the person is known, where it is another."""


def member(customer: str, state: State, *, corrected: bool = False, known_as: str | None = None) -> Member:
    """One id of a person, from what its events amount to."""
    if not state.count:
        return Member(Relationship(customer), {}, (), known_as)
    matters = state.matters
    unsettled = [matter for matter in matters.values() if matter.unsettled] if matters else ()
    relationship = Relationship(
        customer, 0, state.count, state.newest, len(unsettled), corrected, None, state.sums
    )
    return Member(relationship, matters, unsettled, known_as)


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
        """The rows of some persons, each of whose members is given."""
        rows = Rows(matters={kind: [] for kind in KINDS})
        for members in persons:
            readings = _Readings(members, self._reader)
            for member in members:
                known = before.get(member.relationship.customer)
                if known is None or not _keep(rows, member, readings, known, self._version):
                    at = max(now, instant(max(one.relationship.newest for one in members)))
                    _renew(rows, member, readings, known, at, self._version)
                if member.matters:
                    self._add_matters(rows, member.relationship.customer, member.matters)
        return rows

    def _add_matters(self, rows: Rows, customer: str, matters: Mapping[MatterKey, Matter]) -> None:
        for (kind, matter_id), matter in matters.items():
            rows.matters[kind].append(matter_row(customer, matter_id, matter))
            if kind is Promise and self._overdue:
                due = owed_by(matter)  # type: ignore[arg-type]
                if due is not None:
                    rows.deadlines.append((customer, _TRIGGER, matter_id, due))


def _keep(rows: Rows, member: Member, readings: "_Readings", known: Before, version: str) -> bool:
    """Keeps a customer's reading as it was, if it is the same; says so."""
    reading = readings[known.taken_at]
    if member.known_as != known.canonical or not same(reading, known.reading):
        return False
    member.relationship.revision = known.revision
    taken = Taken(known.taken_at, reading, member.known_as)
    rows.relationships.append(relationship_row(member.relationship, taken, known.changed_at, version))
    return True


def _renew(
    rows: Rows, member: Member, readings: "_Readings", known: Before | None, at: datetime, version: str
) -> None:
    """Gives a customer another reading, which is to be announced."""
    one = member.relationship
    one.revision = 1 if known is None else known.revision + 1
    # When it changed for those who look is said when it is announced.
    changed_at = at if known is None else known.changed_at
    taken = Taken(at, readings[at], member.known_as)
    rows.relationships.append(relationship_row(one, taken, changed_at, version))
    rows.changed.append((one.customer,))


class _Readings(dict[datetime, Reading]):
    """A person's readings at the instants that are asked for."""

    __slots__ = ("_members", "_reader")

    def __init__(self, members: Sequence[Member], reader: Reader) -> None:
        self._members = members
        self._reader = reader

    def __missing__(self, at: datetime) -> Reading:
        members, reader, instant = self._members, self._reader, at.timestamp()
        if len(members) == 1:
            [member] = members
            sums = member.relationship.sums
            if member.unsettled:
                sums = judged(sums, member.unsettled, reader.strategy, instant)
            reading = reader.read(sums, instant)
        else:
            relationships = [member.relationship for member in members]
            unsettled = {member.relationship.customer: member.unsettled for member in members}
            reading = reading_at(relationships, unsettled, reader, instant)
        self[at] = reading
        return reading
