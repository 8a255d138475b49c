"""Readings taken of what is kept of persons; events are asked for only where a knot may be open."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

import msgspec

from events import Event, PerceptionStated, recall, type_of
from projections.corrections import CORRECTIONS
from projections.judgement import Judgement, as_judged
from projections.knots import NAMED_TYPES
from projections.knots.signs import NO_SIGNS, Watch
from projections.knots.weighing import Tangle, read_with
from projections.links import Person
from projections.matters import Matter
from projections.reading import Reader, Reading
from projections.strategy import Strategy
from projections.whole import open_tangles
from services.runtime.database import Connection
from services.runtime.people import QUERIES, judgement_at, person_sums, reading_time
from services.runtime.rows import Relationship, Taken, instant

KNOT_TYPES = sorted(NAMED_TYPES | {type_of(kind) for kind in CORRECTIONS})
"""Types of events that may tie or untie a knot, or set one aside that does."""

_SLICE = 100
"""Persons whose events are in memory at once, and are looked at before others get their turn."""

_NOBODY: Mapping[str, Sequence[Judgement]] = {}


class _Asked(msgspec.Struct):
    """A person whose reading is to be taken."""

    person: Person
    members: Sequence[Relationship]
    at: datetime
    watch: Watch


async def take(
    connection: Connection,
    persons: Iterable[Person],
    kept: Mapping[str, Relationship],
    still_open: Mapping[str, Sequence[Matter]],
    reader: Reader,
    now: datetime,
    made: Mapping[str, Sequence[Judgement]] = _NOBODY,
) -> dict[str, Taken]:
    """The readings of some persons at max(now, newest event), under each of their ids.

    `kept` has to hold what is kept of all ids, `still_open` all matters by id whose outcome depends on when
    one looks, `made` what agents judged. Events are read as the connection finds them now.
    """
    strategy = reader.strategy
    asked = [_asked(person, kept, still_open, strategy, now) for person in persons]
    tangles = await _tangles(connection, asked, strategy)
    taken: dict[str, Taken] = {}
    for one in asked:
        at = one.at.timestamp()
        found = tangles.get(one.person.canonical, ())
        reading = read_with(person_sums(one.members, still_open, strategy, at), found, reader, at)
        judgement = judgement_at(one.person.members, made, one.at)
        due = one.watch.changes_at(found, at)
        for member in one.person.members:
            taken[member] = Taken(
                one.at,
                as_judged(reading, judgement, strategy),
                one.person.known_as(member),
                None if judgement is None else instant(judgement.until),
                bool(found),
                None if due is None else instant(due),
            )
    return taken


def _asked(
    person: Person,
    kept: Mapping[str, Relationship],
    still_open: Mapping[str, Sequence[Matter]],
    strategy: Strategy,
    now: datetime,
) -> _Asked:
    members = [kept[name] for name in person.members if name in kept]
    signs = NO_SIGNS
    for member in members:
        signs = signs.merge(member.signs)
    matters = list(chain.from_iterable(still_open.get(member.customer, ()) for member in members))
    watch = Watch(signs, matters, strategy.knots, alone=len(person.members) == 1)
    return _Asked(person, members, reading_time(members, now), watch)


async def _tangles(
    connection: Connection, asked: Iterable[_Asked], strategy: Strategy
) -> dict[str, list[Tangle]]:
    """The open knots of some persons by canonical id, where they may have any."""
    some = [one for one in asked if one.watch.may_be_open(one.at.timestamp())]
    found: dict[str, list[Tangle]] = {}
    for first in range(0, len(some), _SLICE):
        found |= await _looked_for(connection, some[first : first + _SLICE], strategy)
        await asyncio.sleep(0)
    return found


async def _looked_for(
    connection: Connection, some: Sequence[_Asked], strategy: Strategy
) -> dict[str, list[Tangle]]:
    known = await _events(connection, [name for one in some for name in one.person.members], KNOT_TYPES)
    told = {one.person.canonical: _of(one.person, known) for one in some}
    stating = [one for one in some if _states(told[one.person.canonical], strategy, one.at.timestamp())]
    if stating:
        # What a customer states is compared with what was read then, of all events.
        known = await _events(connection, [name for one in stating for name in one.person.members], None)
        told |= {one.person.canonical: _of(one.person, known) for one in stating}
    whole = {one.person.canonical for one in stating}
    found: dict[str, list[Tangle]] = {}
    for one in some:
        name = one.person.canonical
        reading_at = None if name in whole else _unread
        tangles = open_tangles(told[name], strategy, one.at.timestamp(), reading_at)
        if tangles:
            found[name] = tangles
    return found


async def _events(
    connection: Connection, names: Sequence[str], types: Sequence[str] | None
) -> dict[str, list[Event]]:
    """The events of some ids, of some types or all."""
    if types is None:
        rows = await connection.fetch(QUERIES["events"], names)
    else:
        rows = await connection.fetch(QUERIES["events_of_types"], names, types)
    found: dict[str, list[Event]] = {}
    for event in recall([row["body"] for row in rows]):
        found.setdefault(event.subject, []).append(event)
    return found


def _of(person: Person, known: Mapping[str, list[Event]]) -> list[Event]:
    return [event for name in person.members for event in known.get(name, ())]


def _states(events: Iterable[Event], strategy: Strategy, at: float) -> bool:
    """Whether something was stated so lately that a knot which rests on it may be open."""
    rule = strategy.knots.misunderstanding
    return rule is not None and any(
        isinstance(event.data, PerceptionStated) and at < event.at + rule.open_for for event in events
    )


def _unread(_: float) -> Reading:
    """What was read when something was stated long ago: no open knot rests on it."""
    return Reading(health=0, recognition=0, responsiveness=0, confidence=0, trend=0, band="unknown")
