"""The reading of a person by all that is known: evidence, the knots in it, and what agents judged."""

from collections.abc import Iterable

from events import Event
from projections.corrections import standing
from projections.fold import fold_person
from projections.judgement import as_judged, in_force_at
from projections.knots import ReadingAt, find_knots
from projections.knots.weighing import Tangle, read_with, signals_in, tangles
from projections.reading import Reader, Reading
from projections.strategy import Strategy


def read_person(events: Iterable[Event], strategy: Strategy, at: float) -> Reading:
    """One person's reading at an instant (seconds since the Unix epoch), its band as it was judged then."""
    known = [event for event in events if event.at <= at]
    return as_judged(read_unjudged(known, strategy, at), in_force_at(known, at), strategy)


def read_unjudged(events: Iterable[Event], strategy: Strategy, at: float) -> Reading:
    """The same with the reading's own band, of the events until then."""
    known = [event for event in events if event.at <= at]
    sums = fold_person(known, strategy).sums_at(strategy, at)
    return read_with(sums, open_tangles(known, strategy, at), Reader(strategy), at)


def open_tangles(
    known: Iterable[Event], strategy: Strategy, at: float, reading_at: ReadingAt | None = None
) -> list[Tangle]:
    """The open knots among a person's events until an instant, with what each takes the place of."""
    events = list(known)
    still = [knot for knot in find_knots(events, strategy, at, reading_at) if knot.open]
    if not still:
        return []
    stand = standing(event for event in events if event.at <= at)
    return tangles(still, signals_in(stand, strategy, at))
