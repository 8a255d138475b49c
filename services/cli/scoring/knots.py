"""From a sealed journal to the knots that are open at an instant."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from events import Event, decode
from projections.corrections import corrections
from projections.evidence import Signal, merge, no_sums
from projections.fold import direct_signal
from projections.knots import RECENT, find_knots
from projections.knots.weighing import Line, Tangle, line_of, tangles
from projections.matters import KINDS
from projections.outcomes import signal_at
from projections.reading import Reading, read
from projections.strategy import Strategy
from services.cli.scoring.journal import Journal
from services.cli.scoring.sums import sums_of

_ANY_TIME = datetime.max.replace(tzinfo=UTC)


class Knots:
    """Finds knots in as many of the latest events as patterns look at, however many there are."""

    def __init__(self, journal: Journal, strategy: Strategy) -> None:
        self._journal = journal
        self._strategy = strategy

    def open_at(self, members: Sequence[str], at: float) -> list[Tangle]:
        """The open knots of a person who goes by some subjects, with what each takes the place of."""
        events = [event for subject in members for event in self._latest(subject, at)]
        found = find_knots(events, self._strategy, at, partial(self._read_at, members))
        cited = {line_of(event): event for knot in found for event in knot.evidence}

        def signal_of(line: Line) -> Signal | None:
            if len(line) == 3:
                return direct_signal(cited[line], self._strategy)
            subject, (kind, name) = line
            matter = self._journal.matter(subject, KINDS.index(kind) + 1, name, at)
            return None if matter is None else signal_at(matter, self._strategy, at)

        return tangles(found, signal_of)

    def _latest(self, subject: str, at: float) -> Iterator[Event]:
        """Corrections, and the latest of what stands that knots name; of the last instant, all."""
        aside = [self._event(body) for body in self._journal.corrections(subject, at)]
        yield from aside
        known = corrections(aside)
        count, last = 0, at
        for body in self._journal.named(subject, at):
            event = self._event(body)
            if count >= RECENT and event.at < last:
                return
            if not known.sets_aside(event):
                count, last = count + 1, event.at
                yield event

    @staticmethod
    def _event(body: bytes) -> Event:
        return decode(body, arrived=_ANY_TIME)

    def _read_at(self, members: Sequence[str], at: float) -> Reading:
        """What was read of a person at an instant, before any knot weighed in."""
        total = no_sums()
        for subject in members:
            merge(total, next(sums_of(self._journal, self._strategy, subject, [at])))
        return read(total, self._strategy, at)
