"""What was read of a person at one instant after another, without folding everything anew for each."""

from collections.abc import Sequence

from events import Event
from projections.corrections import CORRECTIONS, Corrections, corrections
from projections.evidence import merge, no_sums
from projections.fold import State, fold, no_state
from projections.knots.knot import order_of
from projections.reading import Reader, Reading
from projections.strategy import Strategy


class ReadingsSoFar:
    """Readings of a person, before any knot weighs in, of the events until an instant; see `read_at`."""

    def __init__(self, known: Sequence[Event], strategy: Strategy) -> None:
        self._known = known
        self._in_order: list[Event] | None = None
        self._reader = Reader(strategy)
        self._strategy = strategy
        self._start()

    def _start(self) -> None:
        self._at = float("-inf")
        self._next = 0
        self._subjects: dict[str, _Subject] = {}

    def read_at(self, at: float) -> Reading:
        """The reading at an instant; each takes only what came since the one before, if it is a later one."""
        if self._in_order is None:
            self._in_order = sorted(self._known, key=order_of)
        if at < self._at:
            self._start()
        self._at = at
        while self._next < len(self._in_order) and self._in_order[self._next].at <= at:
            event = self._in_order[self._next]
            if event.subject not in self._subjects:
                self._subjects[event.subject] = _Subject(self._strategy)
            self._subjects[event.subject].take(event)
            self._next += 1
        total = no_sums()
        for _, subject in sorted(self._subjects.items()):
            merge(total, subject.state.sums_at(self._strategy, at))
        return self._reader.read(total, at)


class _Subject:
    """The state of one subject, event after event."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._known: list[Event] = []
        self._corrected: Corrections | None = None
        self.state: State = no_state()

    def take(self, event: Event) -> None:
        """Takes one more event, that comes after those before. A correction folds all of them anew."""
        self._known.append(event)
        if type(event.data) in CORRECTIONS:
            self._corrected = corrections(self._known)
            self.state = fold(self._known, self._strategy)
        elif self._corrected is None or not self._corrected.sets_aside(event):
            self.state.take(event, self._strategy)
