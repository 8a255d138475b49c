"""The curve of a relationship: its reading at instant after instant, in one pass over the journal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from events import Event
from projections.corrections import CORRECTIONS
from projections.fold import fold, gather, no_change, no_state
from projections.reading import read
from projections.strategy import Strategy
from services.insight.answers import CurvePoint


def instants(until: datetime, days: int, points: int) -> list[datetime]:
    """Evenly spread instants, the last of them `until`."""
    return [until - timedelta(days=days) * (place / (points - 1)) for place in range(points - 1, -1, -1)]


def curve(events: Sequence[Event], strategy: Strategy, times: Sequence[datetime]) -> list[CurvePoint]:
    """The reading at each of some rising instants: of the events known until then, as at any other time."""
    ordered = sorted(events, key=lambda event: event.order)
    state, known, corrected = no_state(), 0, False
    points = []
    for time in times:
        at, change, first = time.timestamp(), no_change(), known
        while known < len(ordered) and ordered[known].at <= at:
            gather(change, ordered[known], strategy)
            known += 1
        corrected = corrected or any(isinstance(event.data, CORRECTIONS) for event in ordered[first:known])
        if corrected:
            # A join cannot be undone, and a correction may meet events that come later.
            state = fold(ordered[:known], strategy)
        else:
            state.merge(change, strategy)
        reading = read(state.sums_at(strategy, at), strategy, at)
        points.append(
            CurvePoint(time=time, health=reading.health, confidence=reading.confidence, band=reading.band)
        )
    return points
