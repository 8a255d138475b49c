"""Events in order of customer, gathered customer by customer: each is complete when the next begins."""

from collections.abc import Iterable

import msgspec

from events import Event
from projections.corrections import CORRECTIONS
from projections.fold import Change, gather, no_change
from projections.judgement import SPEAKING
from projections.knots.signs import NEVER, NO_SIGNS, TELLING, Signs, noted
from projections.strategy import Strategy


class Gathered(msgspec.Struct):
    """One customer's events, added up."""

    customer: str
    change: Change
    corrected: bool = False
    """Whether some of them set others aside: then what was added up is not to be used."""
    speaking: list[Event] = []
    """Those from which it follows what agents judge."""
    signs: Signs = NO_SIGNS
    """What tells whether a knot can be open."""


class Gathering:
    """Adds events up; holds one customer's sums and matters, however many events there are."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._current: Gathered | None = None

    def take(self, events: Iterable[Event]) -> list[Gathered]:
        """Takes in events that come next; returns the customers that are complete now."""
        complete: list[Gathered] = []
        strategy, current = self._strategy, self._current
        newest, telling = NEVER if current is None else current.change.newest, list[Event]()
        for event in events:
            if current is None or event.subject != current.customer:
                if current is not None:
                    self._note(current, newest, telling)
                    complete.append(current)
                current = Gathered(event.subject, no_change())
                newest, telling = NEVER, []
            gather(current.change, event, strategy)
            if type(event.data) in TELLING:
                telling.append(event)
            if isinstance(event.data, SPEAKING):
                current.speaking.append(event)
                current.corrected = current.corrected or isinstance(event.data, CORRECTIONS)
        if current is not None:
            self._note(current, newest, telling)
        self._current = current
        return complete

    def _note(self, one: Gathered, newest: float, telling: list[Event]) -> None:
        if telling:
            one.signs = noted(one.signs, newest, telling, self._strategy.knots)

    def end(self) -> list[Gathered]:
        """The last customer, if there was any."""
        last, self._current = self._current, None
        return [] if last is None else [last]
