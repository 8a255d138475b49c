"""Readings as they were announced, and what is known now about the same instants."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from projections.reading import Reading, own_band
from projections.strategy import Strategy
from services.insight.answers import Announced
from services.insight.curve import readings
from services.insight.histories import History

SAME = 1e-9
"""How far two numbers of a reading may lie apart and be the same."""

_NUMBERS = ("health", "recognition", "responsiveness", "confidence", "trend")


class Told(msgspec.Struct, frozen=True):
    """A row of the history."""

    known_as: str
    taken_at: datetime
    revision: int
    strategy: str
    reading: Reading


def told(row: Mapping[str, Any]) -> Told:
    """From a row of the database."""
    reading = Reading(**{name: row[name] for name in Reading.__struct_fields__})
    return Told(row["known_as"], row["taken_at"], row["revision"], row["strategy"], reading)


def beside(rows: Sequence[Told], history: History, strategy: Strategy) -> list[Announced]:
    """What was announced, in the order given (the latest first), beside what a history says of the same."""
    rising = list(reversed(rows))
    known = readings(history, strategy, [row.taken_at for row in rising])
    late = _late([row.taken_at for row in rising], history)
    found = [
        Announced(
            taken_at=row.taken_at,
            known_as=row.known_as,
            revision=row.revision,
            strategy=row.strategy,
            announced=row.reading,
            known_now=now,
            differs=_differ(row, now, strategy),
            late=count,
        )
        for row, now, count in zip(rising, known, late, strict=True)
    ]
    return found[::-1]


def runs_apart(found: Sequence[Announced], points: float) -> list[list[Announced]]:
    """Neighbours, the earliest first, whose health was announced so many points otherwise, or more."""

    def apart(one: Announced) -> bool:
        return abs(one.announced.health - one.known_now.health) >= points

    rising = sorted(found, key=lambda one: one.taken_at)
    return [list(run) for is_apart, run in groupby(rising, key=apart) if is_apart]


def _differ(row: Told, now: Reading, strategy: Strategy) -> bool:
    if any(abs(getattr(row.reading, name) - getattr(now, name)) > SAME for name in _NUMBERS):
        return True
    if row.reading.band == now.band:
        return False
    # Of the same numbers the same strategy makes the same band, but for an edge, and for what is judged.
    own = {own_band(row.reading, strategy), own_band(now, strategy)}
    return row.strategy != strategy.version or not own.issuperset((row.reading.band, now.band))


def _late(times: Sequence[datetime], history: History) -> list[int]:
    """How many of a person's events until each of some rising instants arrived after it."""
    if not times:
        return []
    some = [
        (event, arrived)
        for event, arrived in zip(history.near, history.arrivals, strict=True)
        if event.time <= times[-1] and arrived > times[0]
    ]
    counts = []
    for time in times:
        members = history.person_at(time.timestamp()).members
        counts.append(
            sum(event.time <= time < arrived and event.subject in members for event, arrived in some)
        )
    return counts
