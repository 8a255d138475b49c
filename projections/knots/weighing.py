"""How knots weigh in a reading: in place of the evidence that they cite, never beside it.

What an open knot cites (an event, or the matter that it belongs to) is taken out of the sums, good and bad,
and one piece of negative evidence is put in its place: as much as what was taken out came to, and at least
the knot's own weight. Repetition is left as it was: what is cited still counts as having happened. So a
knot never raises a dimension, and two that cite the same thing do not count it twice: they weigh together,
as the heaviest does.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from events import Event
from projections.evidence import BREACH_AT, DIMENSION_AT, HORIZONS, WIDTH, Signal, Sums, add, no_sums
from projections.fold import MatterKey, direct_signal
from projections.knots.knot import Knot
from projections.matters import Matter, matter_key, matter_of
from projections.outcomes import signal_at
from projections.reading import Reader, Reading, repetition
from projections.strategy import BREACHES, DIMENSIONS, Breach, Dimension, Strategy

Line = tuple[str, str, str] | tuple[str, MatterKey]
"""What has a signal: an event by subject, source and id; or a matter by subject, kind and id."""


def line_of(event: Event) -> Line:
    """What an event is scored as: itself, or the matter that it is part of."""
    key = matter_key(event)
    return (event.subject, event.source, event.id) if key is None else (event.subject, key)


class Tangle(msgspec.Struct, frozen=True, kw_only=True):
    """Open knots that cite the same things, and what they take the place of."""

    knots: tuple[Knot, ...]
    """In their order."""
    lines: frozenset[Line]
    signals: tuple[Signal, ...]
    """How what is cited is read."""


def tangles(knots: Iterable[Knot], signal_of: Callable[[Line], Signal | None]) -> list[Tangle]:
    """The open ones among some knots, by what they cite. `signal_of` says how a line is read, if it is."""
    groups: list[tuple[list[Knot], dict[Line, None]]] = []
    for knot in knots:
        if not knot.open:
            continue
        some, lines = [knot], {line_of(event): None for event in knot.evidence}
        for group in [group for group in groups if not group[1].keys().isdisjoint(lines)]:
            some, lines = [*group[0], *some], group[1] | lines
            groups.remove(group)
        groups.append((some, lines))
    found = [
        Tangle(
            knots=tuple(sorted(some, key=lambda knot: knot.order)),
            lines=frozenset(lines),
            signals=tuple(signal for signal in map(signal_of, lines) if signal is not None),
        )
        for some, lines in groups
    ]
    return sorted(found, key=lambda tangle: tangle.knots[0].order)


def signals_in(events: Iterable[Event], strategy: Strategy, at: float) -> Callable[[Line], Signal | None]:
    """How lines are read at an instant of events that all stand."""
    known: dict[Line, Event] = {}
    matters: dict[Line, Matter] = {}
    for event in events:
        line, part = line_of(event), matter_of(event)
        if part is None:
            known[line] = event
        else:
            there = matters.get(line)
            matters[line] = part[1] if there is None else there.merge(part[1])  # type: ignore[arg-type]

    def signal_of(line: Line) -> Signal | None:
        if line in matters:
            return signal_at(matters[line], strategy, at)
        return direct_signal(known[line], strategy) if line in known else None

    return signal_of


class _Cited:
    """What a tangle puts in at one half-life, as far as it does not depend on how often breaches recur."""

    def __init__(self, tangle: Tangle, strategy: Strategy, at: float, horizon: str) -> None:
        half_life = getattr(strategy.half_lives, horizon)
        self.base = HORIZONS.index(horizon) * WIDTH
        self.faded = 2.0 ** min(1023.0, (strategy.landmark_at - at) / half_life)
        self.grown = 2.0 ** ((at - strategy.landmark_at) / half_life)
        self.negative: dict[Dimension, float] = {}
        self.breaches: dict[Breach, float] = {}
        for signal in tangle.signals:
            negative = signal.weight * (1.0 - signal.valence) / 2.0 * 2.0 ** ((signal.at - at) / half_life)
            if signal.breach is None:
                self.negative[signal.dimension] = self.negative.get(signal.dimension, 0.0) + negative
            else:
                self.breaches[signal.breach] = self.breaches.get(signal.breach, 0.0) + negative
        self.least: dict[Dimension, float] = {}
        for knot in tangle.knots:
            own = knot.weight * 2.0 ** ((knot.latest_at - at) / half_life)
            self.least[knot.dimension] = max(self.least.get(knot.dimension, 0.0), own)


class Weight(msgspec.Struct, frozen=True):
    """The negative evidence of a tangle in one dimension, decayed to the instant of reading."""

    dimension: Dimension
    negative: float


class Weigher:
    """A tangle, ready to weigh at one instant beside any sums that hold all that there is, cited or not."""

    def __init__(self, tangle: Tangle, strategy: Strategy, at: float) -> None:
        self.tangle = tangle
        self._strategy = strategy
        self._cited = [_Cited(tangle, strategy, at, horizon) for horizon in HORIZONS]
        # Nothing else of the sums matters for what it weighs, so that is worked out once for the same counts.
        self._counts = [
            cited.base + BREACH_AT[breach] + 1 for cited in self._cited for breach in cited.breaches
        ]
        self._weighed_by: list[float] | None = None
        self._weighed: list[tuple[int, float]] = []
        taken = no_sums()
        for signal in tangle.signals:
            add(taken, signal, strategy, -1.0)
            if signal.breach is not None:
                _count_still(taken, signal, strategy)
        self._taken = [(place, value) for place, value in enumerate(taken) if value]

    def take_out(self, total: Sums) -> None:
        """Takes what the tangle cites out of sums, in place."""
        for place, value in self._taken:
            total[place] += value

    def put_in(self, total: Sums, sums: Sequence[float]) -> None:
        """Puts what the tangle weighs beside `sums` into others, in place."""
        counts = [sums[place] for place in self._counts]
        if counts != self._weighed_by:
            self._weighed_by = counts
            self._weighed = [
                (cited.base + DIMENSION_AT[dimension] + 1, negative * cited.grown)
                for cited in self._cited
                for dimension, negative in self._weights(cited, sums)
            ]
        for place, value in self._weighed:
            total[place] += value

    def weights(self, sums: Sequence[float]) -> list[Weight]:
        """What the tangle weighs in the bond."""
        return [Weight(dimension, negative) for dimension, negative in self._weights(self._cited[0], sums)]

    def _weights(self, cited: _Cited, sums: Sequence[float]) -> list[tuple[Dimension, float]]:
        taken = dict(cited.negative)
        for breach, negative in cited.breaches.items():
            count = sums[cited.base + BREACH_AT[breach] + 1] * cited.faded
            dimension = BREACHES[breach]
            again = negative * repetition(count, breach, self._strategy)
            taken[dimension] = taken.get(dimension, 0.0) + again
        for dimension, least in cited.least.items():
            taken[dimension] = max(taken.get(dimension, 0.0), least)
        return [(name, taken[name]) for name in DIMENSIONS if taken.get(name)]


def _count_still(sums: Sums, signal: Signal, strategy: Strategy) -> None:
    assert signal.breach is not None  # noqa: S101 - asked for breaches only
    for place, horizon in enumerate(HORIZONS):
        elapsed = signal.at - strategy.landmark_at
        grown = 2.0 ** (elapsed / getattr(strategy.half_lives, horizon))
        sums[place * WIDTH + BREACH_AT[signal.breach] + 1] += grown


def read_with(sums: Sequence[float], found: Sequence[Tangle], reader: Reader, at: float) -> Reading:
    """The reading of sums that hold the open matters too, with knots in the place of what they cite."""
    return read_weighed(sums, [Weigher(tangle, reader.strategy, at) for tangle in found], reader, at)


def read_weighed(sums: Sequence[float], weighers: Sequence[Weigher], reader: Reader, at: float) -> Reading:
    """The same, of knots that are ready to weigh at that instant."""
    if not weighers:
        return reader.read(sums, at)
    total = list(sums)
    for weigher in weighers:
        weigher.take_out(total)
    for weigher in weighers:
        weigher.put_in(total, sums)
    return reader.read(total, at, knotted=True)
