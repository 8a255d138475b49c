"""What a set of events amounts to, by the pure folds alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from events import ContactRetold, CustomerLinked, CustomerUnlinked, Event, EventRetracted, RecordContested
from projections.bands import Band
from projections.corrections import names
from projections.evidence import merge, no_sums
from projections.fold import State, fold
from projections.knots.weighing import Tangle, read_with
from projections.links import Person, edges_at, persons, spoken
from projections.reading import Reader, Reading
from projections.strategy import Strategy
from projections.whole import open_tangles
from tests.chaos.oracle.journal import OURS

_ON_THE_RECORD = (CustomerLinked, CustomerUnlinked, EventRetracted, RecordContested)


class Known:
    """Events, by whom they are of, and what follows from them."""

    def __init__(self, events: Iterable[Event], strategy: Strategy) -> None:
        self.events: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            self.events[event.subject].append(event)
        self.everything = [event for some in self.events.values() for event in some]
        self.newest = max((event.at for event in self.everything), default=0.0)
        record = [event for event in self.everything if isinstance(event.data, _ON_THE_RECORD)]
        words = [word for _, word in spoken(record)]
        self.strategy = strategy
        self.ever_linked = {subject for word in words for subject in word.edge}
        """Everybody of whom something was ever said of links."""
        self._retracted = {
            (event.subject, event.data.source, event.data.id)
            for event in record
            if isinstance(event.data, EventRetracted)
        }
        self._contested = {
            (event.subject, event.data.about) for event in record if isinstance(event.data, RecordContested)
        }
        self._persons = persons(edges_at(words))
        self._reader = Reader(strategy)
        self.folded = {subject: fold(some, strategy) for subject, some in self.events.items()}
        """What the events of each id amount to."""

    @property
    def customers(self) -> set[str]:
        """Everybody who has a reading: who has events, and who is linked with such a one."""
        linked = {name for one in self.events for name in self._persons.of(one).members}
        return {name for name in {*self.events, *linked} if not name.startswith("agent:")}

    def person(self, customer: str) -> Person:
        """Who a customer is."""
        return self._persons.of(customer)

    def published(self, customer: str) -> list[Event]:
        """A customer's events without those that services published."""
        return [event for event in self.events[customer] if event.source not in OURS]

    @cached_property
    def retellings(self) -> dict[str, dict[str, list[Event]]]:
        """What each customer had to tell again: the events, by their reason."""
        found: dict[str, dict[str, list[Event]]] = {}
        for event in self.everything:
            if isinstance(event.data, ContactRetold):
                found.setdefault(event.subject, {}).setdefault(event.data.reason, []).append(event)
        return found

    def touched(self, event: Event) -> bool:
        """Whether an event was ever taken back or contested, whatever became of that."""
        named = {(event.subject, name) for name in names(event)}
        return (event.subject, event.source, event.id) in self._retracted or bool(named & self._contested)

    def band(self, events: Iterable[Event]) -> Band:
        """The band that some events of one customer would give by themselves."""
        state = fold(events, self.strategy)
        return self._reader.read(state.sums_at(self.strategy, state.newest), state.newest).band

    def states(self, customer: str) -> dict[str, State]:
        """What the events of each id of a person amount to."""
        members = self.person(customer).members
        return {name: self.folded[name] for name in members if name in self.folded}

    def tangles(self, customer: str, at: float) -> list[Tangle]:
        """The knots of a person that are open at an instant."""
        members = self.person(customer).members
        events = [event for name in members for event in self.events.get(name, ())]
        return open_tangles(events, self.strategy, at)

    def reading(self, customer: str, at: float, tangles: Sequence[Tangle] = ()) -> Reading:
        """The reading of a person at an instant (seconds since the Unix epoch), with or without knots."""
        total = no_sums()
        for _, state in sorted(self.states(customer).items()):
            merge(total, state.sums_at(self.strategy, at))
        return read_with(total, tangles, self._reader, at)
