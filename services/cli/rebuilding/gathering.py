"""Events in order of customer, gathered customer by customer: each is complete when the next begins."""

from collections.abc import Iterable

import msgspec

from events import Event
from projections.corrections import CORRECTIONS
from projections.fold import Change, gather, no_change
from projections.strategy import Strategy


class Gathered(msgspec.Struct):
    """One customer's events, added up."""

    customer: str
    change: Change
    corrected: bool = False
    """Whether some of them set others aside: then what was added up is not to be used."""


class Gathering:
    """Adds events up; holds one customer's sums and matters, however many events there are."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._current: Gathered | None = None

    def take(self, events: Iterable[Event]) -> list[Gathered]:
        """Takes in events that come next; returns the customers that are complete now."""
        complete: list[Gathered] = []
        strategy, current = self._strategy, self._current
        for event in events:
            if current is None or event.subject != current.customer:
                if current is not None:
                    complete.append(current)
                current = Gathered(event.subject, no_change())
            gather(current.change, event, strategy)
            if isinstance(event.data, CORRECTIONS):
                current.corrected = True
        self._current = current
        return complete

    def end(self) -> list[Gathered]:
        """The last customer, if there was any."""
        last, self._current = self._current, None
        return [] if last is None else [last]
