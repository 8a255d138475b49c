"""A relationship over time: its reading at instant after instant, in one pass over the journal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from events import Event
from projections.corrections import CORRECTIONS
from projections.evidence import Sums, merge, no_sums
from projections.fold import State, fold, fold_person, gather, no_change, no_state
from projections.judgement import SPEAKING, as_judged, in_force_at
from projections.knots.weighing import read_with
from projections.reading import Reader, Reading, read
from projections.strategy import Strategy
from projections.whole import open_tangles
from services.insight.answers import CurvePoint
from services.insight.histories import History


def instants(until: datetime, days: int, points: int) -> list[datetime]:
    """Evenly spread instants, the last of them `until`."""
    return [until - timedelta(days=days) * (place / (points - 1)) for place in range(points - 1, -1, -1)]


def curve(history: History, strategy: Strategy, times: Sequence[datetime]) -> list[CurvePoint]:
    """The points of a curve at some rising instants."""
    return [
        CurvePoint(time=time, health=reading.health, confidence=reading.confidence, band=reading.band)
        for time, reading in zip(times, readings(history, strategy, times), strict=True)
    ]


def readings(history: History, strategy: Strategy, times: Sequence[datetime]) -> list[Reading]:
    """The reading at each of some rising instants: of the events known until then, as at any other time.

    Who the person was at each of them follows from the links known until then.
    """
    lives: dict[str, _Life] = {}
    for event in history.near:
        lives.setdefault(event.subject, _Life(strategy)).events.append(event)
    reader, speaking = Reader(strategy), [event for event in history.near if isinstance(event.data, SPEAKING)]
    found, stated = [], _Stated(history, strategy)
    for time in times:
        at, total = time.timestamp(), no_sums()
        # The last instant is that of the history: who the person is there, it has said itself.
        person = history.person if time == history.at else history.person_at(at)
        for subject in person.members:
            if subject in lives:
                merge(total, lives[subject].sums_at(at))
        known = [event for event in history.near if event.at <= at and event.subject in person.members]
        tangles = open_tangles(known, strategy, at, partial(stated.read_at, person.members))
        judgement = in_force_at((event for event in speaking if event.subject in person.members), at)
        found.append(as_judged(read_with(total, tangles, reader, at), judgement, strategy))
    return found


class _Stated:
    """What was read at the instants of statements: each is asked for again and again, and folded once."""

    def __init__(self, history: History, strategy: Strategy) -> None:
        self._history = history
        self._strategy = strategy
        self._known: dict[tuple[tuple[str, ...], float], Reading] = {}

    def read_at(self, members: tuple[str, ...], at: float) -> Reading:
        """The reading of some subjects at an instant, before any knot weighed in."""
        if (members, at) not in self._known:
            until = (event for event in self._history.near if event.at <= at and event.subject in members)
            sums = fold_person(until, self._strategy).sums_at(self._strategy, at)
            self._known[members, at] = read(sums, self._strategy, at)
        return self._known[members, at]


class _Life:
    """One subject's events in order, folded as far as one has come."""

    def __init__(self, strategy: Strategy) -> None:
        self.events: list[Event] = []
        self._strategy = strategy
        self._state: State = no_state()
        self._known = 0
        self._corrected = False

    def sums_at(self, at: float) -> Sums:
        """The sums at an instant, which is no earlier than the one before."""
        change, first = no_change(), self._known
        while self._known < len(self.events) and self.events[self._known].at <= at:
            gather(change, self.events[self._known], self._strategy)
            self._known += 1
        new = self.events[first : self._known]
        self._corrected = self._corrected or any(isinstance(event.data, CORRECTIONS) for event in new)
        if new and self._corrected:
            # A join cannot be undone, and a correction may meet events that come later.
            self._state = fold(self.events[: self._known], self._strategy)
        elif new:
            self._state.merge(change, self._strategy)
        return self._state.sums_at(self._strategy, at)
