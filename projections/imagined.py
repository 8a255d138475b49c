"""What would be read of a person if one thing more had happened: what an explanation's proposals rest on."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from events import Event
from projections.evidence import Signal, Sums
from projections.knots import RECENT, Knot, Story, folded, knots_of, story
from projections.knots.mending import Becomes, Mending
from projections.knots.weighing import Line, Weigher, line_of, read_weighed, tangles
from projections.reading import Reader, Reading


class Imagined:
    """Readings as they would be had something been mended; to be asked of one thing after another.

    Knots are not looked for again each time: only those that mending can untie, or that cite what is mended,
    are looked at.
    """

    def __init__(
        self,
        known: Sequence[Event],
        told: Story,
        knots: Sequence[Knot],
        weighers: Sequence[Weigher],
        signals: Mapping[Line, Signal | None],
        reader: Reader,
    ) -> None:
        """`known` is all that is known, `told` its story, `knots` those in it, with how the open ones weigh.

        `signals` says how everything is read that is read at all.
        """
        self._known = known
        self._told = told
        self._knots = knots
        self._weighers = weighers
        self._signals = signals
        self._reader = reader

    def read(self, done: Event, mended: Signal | None, sums: Sums) -> Reading:
        """The reading after an event at the instant of the story that makes its matter read as `mended`.

        `sums` are those of then, with all that is open.
        """
        line = line_of(done)

        def signal_of(other: Line) -> Signal | None:
            return mended if other == line else self._signals.get(other)

        if self._told.events and self._told.events[-1].at >= self._told.at:
            # Of two things at one instant, their ranks say which comes first: the story is read again.
            after = story([*self._told.events, done], self._told.at)
            weighers = self._found(after, [*self._known, done], signal_of)[1]
        else:
            mending, before = self._before
            becomes = mending.becomes(done)
            weighers = [one for each in before for one in self._changed(each, becomes, line, signal_of)]
        return read_weighed(sums, weighers, self._reader, self._told.at)

    @cached_property
    def _before(self) -> tuple[Mending, Sequence[Weigher]]:
        """The knots that mending meets: others where the first event of a long story falls out of sight."""
        strategy = self._reader.strategy
        if len(self._told.events) < RECENT:
            return Mending(self._knots, self._told, strategy), self._weighers
        told = Story(self._told.events[1:], self._told.at, self._told.places)
        knots, weighers = self._found(told, self._known, self._signals.get)
        return Mending(knots, told, strategy), weighers

    def _found(
        self, told: Story, known: Sequence[Event], signal_of: Callable[[Line], Signal | None]
    ) -> tuple[list[Knot], list[Weigher]]:
        knots = knots_of(told, self._reader.strategy, folded(known, self._reader.strategy))
        return knots, list(self._weighing(knots, signal_of))

    def _changed(
        self,
        weigher: Weigher,
        becomes: Becomes | None,
        line: Line,
        signal_of: Callable[[Line], Signal | None],
    ) -> Iterator[Weigher]:
        """What becomes of a tangle: itself where mending touches nothing of it."""
        before = weigher.tangle.knots
        knots = before if becomes is None else [one for one in map(becomes, before) if one is not None]
        same = len(knots) == len(before) and all(
            one is other for one, other in zip(knots, before, strict=True)
        )
        if same and line not in weigher.tangle.lines:
            yield weigher
        else:
            yield from self._weighing(knots, signal_of)

    def _weighing(
        self, knots: Iterable[Knot], signal_of: Callable[[Line], Signal | None]
    ) -> Iterator[Weigher]:
        for tangle in tangles(knots, signal_of):
            yield Weigher(tangle, self._reader.strategy, self._told.at)
