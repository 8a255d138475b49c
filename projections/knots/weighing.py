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
from projections.evidence import BREACH_AT, DIMENSION_AT, HORIZONS, WIDTH, Signal, Sums, add
from projections.fold import MatterKey, direct_signal
from projections.knots.knot import Knot
from projections.matters import Matter, matter_of
from projections.outcomes import signal_at
from projections.reading import Reader, Reading, repetition
from projections.strategy import DIMENSIONS, Dimension, Strategy

Line = tuple[str, str, str] | tuple[str, MatterKey]
"""What has a signal: an event by subject, source and id; or a matter by subject, kind and id."""


def line_of(event: Event) -> Line:
    """What an event is scored as: itself, or the matter that it is part of."""
    found = matter_of(event)
    if found is None:
        return event.subject, event.source, event.id
    return event.subject, (type(found[1]), found[0])


class Tangle(msgspec.Struct, frozen=True, kw_only=True):
    """Open knots that cite the same things, and what they take the place of."""

    knots: tuple[Knot, ...]
    """In their order."""
    lines: frozenset[Line]
    signals: tuple[Signal, ...]
    """How what is cited is read."""


class Weight(msgspec.Struct, frozen=True):
    """The negative evidence of a tangle in one dimension, decayed to the instant of reading."""

    dimension: Dimension
    negative: float


def tangles(knots: Iterable[Knot], signal_of: Callable[[Line], Signal | None]) -> list[Tangle]:
    """The open ones among some knots, by what they cite. `signal_of` says how a line is read, if it is."""
    groups: list[tuple[list[Knot], set[Line]]] = []
    for knot in knots:
        if not knot.open:
            continue
        some, lines = [knot], {line_of(event) for event in knot.evidence}
        for group in [group for group in groups if group[1] & lines]:
            some, lines = [*group[0], *some], group[1] | lines
            groups.remove(group)
        groups.append((some, lines))
    found = []
    for some, lines in groups:
        signals = (signal_of(line) for line in sorted(lines, key=repr))
        found.append(
            Tangle(
                knots=tuple(sorted(some, key=lambda knot: knot.order)),
                lines=frozenset(lines),
                signals=tuple(signal for signal in signals if signal is not None),
            )
        )
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


def tangled(sums: Sequence[float], found: Sequence[Tangle], strategy: Strategy, at: float) -> Sums:
    """Sums with knots in the place of what they cite; the sums given are left as they are."""
    total = list(sums)
    for tangle in found:
        for signal in tangle.signals:
            add(total, signal, strategy, -1.0)
            if signal.breach is not None:
                _count_still(total, signal, strategy)
    for tangle in found:
        for place, horizon in enumerate(HORIZONS):
            for weight in weights(tangle, sums, strategy, at, horizon):
                grown = 2.0 ** ((at - strategy.landmark_at) / getattr(strategy.half_lives, horizon))
                total[place * WIDTH + DIMENSION_AT[weight.dimension] + 1] += weight.negative * grown
    return total


def _count_still(sums: Sums, signal: Signal, strategy: Strategy) -> None:
    assert signal.breach is not None  # noqa: S101 - asked for breaches only
    for place, horizon in enumerate(HORIZONS):
        elapsed = signal.at - strategy.landmark_at
        grown = 2.0 ** (elapsed / getattr(strategy.half_lives, horizon))
        sums[place * WIDTH + BREACH_AT[signal.breach] + 1] += grown


def weights(
    tangle: Tangle, sums: Sequence[float], strategy: Strategy, at: float, horizon: str
) -> list[Weight]:
    """What a tangle weighs at one half-life, beside sums that hold all that there is, cited or not."""
    half_life = getattr(strategy.half_lives, horizon)
    base = HORIZONS.index(horizon) * WIDTH
    taken: dict[Dimension, float] = {}
    for signal in tangle.signals:
        negative = signal.weight * (1.0 - signal.valence) / 2.0 * 2.0 ** ((signal.at - at) / half_life)
        if signal.breach is not None:
            count = sums[base + BREACH_AT[signal.breach] + 1]
            decayed = count * 2.0 ** min(1023.0, (strategy.landmark_at - at) / half_life)
            negative *= repetition(decayed, signal.breach, strategy)
        taken[signal.dimension] = taken.get(signal.dimension, 0.0) + negative
    for dimension in DIMENSIONS:
        own = [
            knot.weight * 2.0 ** ((knot.latest_at - at) / half_life)
            for knot in tangle.knots
            if knot.dimension == dimension
        ]
        if own:
            taken[dimension] = max(taken.get(dimension, 0.0), *own)
    return [Weight(name, taken[name]) for name in DIMENSIONS if taken.get(name)]


def read_with(sums: Sequence[float], found: Sequence[Tangle], reader: Reader, at: float) -> Reading:
    """The reading of sums that hold the open matters too, with knots in the place of what they cite."""
    if not found:
        return reader.read(sums, at)
    return reader.read(tangled(sums, found, reader.strategy, at), at, knotted=True)
