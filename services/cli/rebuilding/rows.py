"""From what was gathered to rows of the new tables, held against those that are used; the pure part.

Whose reading is the same as before keeps it: revision, instant and all. Whose reading is another gets a
higher revision, so that outside readers take it. Instants are in seconds since the Unix epoch, as folds have
them: the sessions of a rebuild take and give them so.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple

from events import Event
from projections.deadlines import dues_of
from projections.evidence import merge, no_sums
from projections.fold import MatterKey, State, judged
from projections.judgement import Judgement, as_judged, in_force
from projections.knots.signs import NO_SIGNS, Signs, Watch
from projections.knots.weighing import read_with
from projections.matters import KINDS, Matter
from projections.reading import Reader, Reading, same
from projections.strategy import Strategy
from projections.whole import open_tangles
from services.runtime.rows import NEVER


class Before(msgspec.Struct, frozen=True, gc=False):
    """What is used of a customer."""

    revision: int
    taken_at: float
    changed_at: float
    reading: Reading
    canonical: str | None


class Member(msgspec.Struct):
    """One id of a person: what its events amount to, and by which id the person is known if by another."""

    customer: str
    state: State
    corrected: bool = False
    known_as: str | None = None
    made: Sequence[Judgement] = ()
    """What agents judged, as far as it stands."""
    signs: Signs = NO_SIGNS
    """What tells whether a knot can be open."""
    told: Sequence[Event] = ()
    """All events, where a knot of the person may be open at an instant that is read at."""
    unsettled: Sequence[Matter] = ()
    """The matters whose outcome depends on when one looks."""

    def __post_init__(self) -> None:
        """Finds the unsettled matters."""
        if self.state.matters:
            self.unsettled = [matter for matter in self.state.matters.values() if matter.unsettled]

    @property
    def newest(self) -> float:
        """The latest event time."""
        return self.state.newest if self.state.count else NEVER


class Read(msgspec.Struct, frozen=True, gc=False):
    """A person's reading at an instant, and what follows from the person's knots."""

    reading: Reading
    knotted: bool = False
    due: float | None = None


def may_be_knotted(
    members: Sequence[Member], before: Mapping[str, Before], strategy: Strategy, now: float
) -> bool:
    """Whether a knot of a person may be open at an instant that is read at."""
    if len(members) == 1 and members[0].signs is NO_SIGNS and len(members[0].unsettled) < 2:
        return False
    kept = (before[one.customer].taken_at for one in members if one.customer in before)
    watch = _watched(members, strategy)
    return any(watch.may_be_open(at) for at in {max(now, *(one.newest for one in members)), *kept})


def _watched(members: Sequence[Member], strategy: Strategy) -> Watch:
    signs = NO_SIGNS
    for member in members:
        signs = signs.merge(member.signs)
    unsettled = [matter for member in members for matter in member.unsettled]
    return Watch(signs, unsettled, strategy.knots, alone=len(members) == 1)


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

    def fill(self, persons: Iterable[Sequence[Member]], before: Mapping[str, Before], now: float) -> Rows:
        """The rows of some persons, each of whose members is given, in order."""
        rows = Rows(matters={kind: [] for kind in KINDS})
        # As it is kept: a reading of some instant is only the same again at that very instant.
        now = round(now, 6)
        for members in persons:
            readings: dict[float, Read] = {}
            for member in members:
                known = before.get(member.customer)
                if known is None or not self._keep(rows, members, member, readings, known):
                    self._renew(rows, members, member, readings, known, now)
                if member.state.matters:
                    self._add_matters(rows, member.customer, member.state.matters)
        return rows

    def _keep(
        self,
        rows: Rows,
        members: Sequence[Member],
        member: Member,
        readings: dict[float, Read],
        known: Before,
    ) -> bool:
        """Keeps a customer's reading as it was, if it is the same; says so."""
        at = known.taken_at
        read = readings.get(at) or self._read(members, readings, at)
        if member.known_as != known.canonical or not same(read.reading, known.reading):
            return False
        rows.relationships.append(
            _relationship(
                member, known.revision, at, known.changed_at, read, _judgement(members, at), self._version
            )
        )
        return True

    def _renew(
        self,
        rows: Rows,
        members: Sequence[Member],
        member: Member,
        readings: dict[float, Read],
        known: Before | None,
        now: float,
    ) -> None:
        """Gives a customer another reading, which is to be announced."""
        at = max(now, *(one.newest for one in members))
        read = readings.get(at) or self._read(members, readings, at)
        # Since when it is so for those who look is said once more when it is announced.
        revision, changed_at = (0, now) if known is None else (known.revision, known.changed_at)
        rows.relationships.append(
            _relationship(member, revision + 1, at, changed_at, read, _judgement(members, at), self._version)
        )
        rows.changed.append((member.customer,))

    def _read(self, members: Sequence[Member], readings: dict[float, Read], at: float) -> Read:
        """The reading of a person at an instant."""
        strategy = self._reader.strategy
        if len(members) == 1:
            [member] = members
            sums = member.state.sums
            if member.unsettled:
                sums = judged(sums, member.unsettled, strategy, at)
        else:
            sums = no_sums()
            for member in members:
                merge(sums, judged(member.state.sums, member.unsettled, strategy, at))
        told = [event for member in members for event in member.told]
        found = open_tangles(told, strategy, at) if told else []
        reading = as_judged(read_with(sums, found, self._reader, at), _judgement(members, at), strategy)
        due = _watched(members, strategy).changes_at(found, at)
        readings[at] = Read(reading, bool(found), due)
        return readings[at]

    def _add_matters(self, rows: Rows, customer: str, matters: Mapping[MatterKey, Matter]) -> None:
        for (kind, matter_id), matter in matters.items():
            rows.matters[kind].append(
                (customer, matter_id, *[None if part is None else astuple(part) for part in astuple(matter)])
            )
            rows.deadlines += [
                (customer, trigger, matter_id, due.timestamp(), part.source, part.id)
                for trigger, (due, part) in dues_of(matter, self._reader.strategy)
            ]


def _judgement(members: Sequence[Member], at: float) -> Judgement | None:
    """The judgement that sets a person's band at an instant."""
    made = members[0].made
    if len(members) > 1:
        made = [one for member in members for one in member.made]
    return in_force(made, at) if made else None


def _relationship(
    member: Member,
    revision: int,
    taken_at: float,
    changed_at: float,
    read: Read,
    judgement: Judgement | None,
    version: str,
) -> tuple[Any, ...]:
    """A customer's row, in the order of `RELATIONSHIP`; sums at nought are null there, and take no room."""
    state, reading, signs = member.state, read.reading, member.signs
    return (
        member.customer,
        revision,
        state.count,
        member.newest,
        len(member.unsettled),
        member.corrected,
        taken_at,
        changed_at,
        version,
        reading.health,
        reading.recognition,
        reading.responsiveness,
        reading.confidence,
        reading.trend,
        reading.band,
        member.known_as,
        None if judgement is None else judgement.until,
        read.knotted or None,
        read.due,
        None if signs.spoke == NO_SIGNS.spoke else signs.spoke,
        None if signs.resolved == NO_SIGNS.resolved else signs.resolved,
        *[value or None for value in state.sums],
    )
