"""What deciding knows of a person: events, and what they amount to, worked out when first asked for."""

from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar

from events import Data, Event, PromiseBroken, PromiseKept
from projections.corrections import standing
from projections.fold import Folded, fold_person
from projections.judgement import as_judged, in_force_at
from projections.knots import Knot, find_knots
from projections.knots.weighing import read_with, signals_in, tangles
from projections.matters import Complaint, Matter, Promise
from projections.reading import Reader, Reading
from projections.rhythm import Population
from projections.strategy import Strategy

_D = TypeVar("_D", bound=Data)
_M = TypeVar("_M", bound=Matter)

_NOBODY = Population(0, 0.0)


class Known:
    """What is known of a customer under every alias, and stands.

    It is read and folded at most once, however many causes are decided on. `population` says how often
    customers come in general, which only a silence is held against.
    """

    def __init__(
        self, history: Iterable[Event], strategy: Strategy, population: Population = _NOBODY
    ) -> None:
        self.events = standing(history)
        self.population = population
        self.strategy = strategy
        self._knots: dict[float, list[Knot]] = {}

    @cached_property
    def state(self) -> Folded:
        """What it amounts to."""
        return fold_person(self.events, self.strategy)

    @cached_property
    def newest(self) -> float:
        """The latest event time, in seconds since the Unix epoch."""
        return max((event.at for event in self.events), default=float("-inf"))

    @cached_property
    def _by_kind(self) -> dict[type, list[Event]]:
        found: dict[type, list[Event]] = {}
        for event in self.events:
            found.setdefault(type(event.data), []).append(event)
        return found

    def of(self, *kinds: type[Data]) -> list[Event]:
        """The events with data of some kinds, in their order."""
        found = [event for kind in kinds for event in self._by_kind.get(kind, ())]
        return sorted(found, key=lambda event: (event.order, event.subject))

    def pairs(self, kind: type[_D]) -> list[tuple[Event, _D]]:
        """The events with data of one kind, with that data, in their order."""
        return [(event, event.data) for event in self.of(kind) if isinstance(event.data, kind)]

    def matter(self, kind: type[_M], matter_id: str) -> _M | None:
        """A matter by all that is said of it under any of the person's ids."""
        found: _M | None = None
        for state in self.state.by_subject.values():
            part = state.matters.get((kind, matter_id))  # type: ignore[arg-type]
            if isinstance(part, kind):
                found = part if found is None else found.merge(part)  # type: ignore[arg-type,assignment]
        return found

    def matters(self, kind: type[_M]) -> dict[str, _M]:
        """All matters of one kind, by their ids."""
        names = {
            matter_id
            for state in self.state.by_subject.values()
            for of, matter_id in state.matters
            if of is kind
        }
        return {name: found for name in sorted(names) if (found := self.matter(kind, name)) is not None}

    def knots(self, at: float) -> list[Knot]:
        """The knots at an instant, open and closed."""
        found = self._knots.get(at)
        if found is None:
            found = self._knots[at] = find_knots(self.events, self.strategy, at)
        return found

    def reading(self, at: float) -> Reading:
        """The reading at an instant that no event comes after, with knots, its band as it was judged."""
        sums = self.state.sums_at(self.strategy, at)
        tied = tangles(self.knots(at), signals_in(self.events, self.strategy, at)) if self._tied(at) else []
        reading = read_with(sums, tied, Reader(self.strategy), at)
        return as_judged(reading, in_force_at(self.events, at), self.strategy)

    def _tied(self, at: float) -> bool:
        return any(knot.open for knot in self.knots(at))

    def until(self, at: float) -> "Known":
        """What was known until an instant, by what is known now."""
        return Known([event for event in self.events if event.at <= at], self.strategy, self.population)

    def owes(self, at: float) -> bool:
        """Whether the basics are wanting: no gesture makes up for that.

        A promise to the customer is overdue, or the last one that was settled was broken; a complaint is not
        settled, or not to the customer's mind; a knot is open.
        """
        for promise in self.matters(Promise).values():
            to_customer = promise.made is None or promise.made.to != "agent"
            if to_customer and promise.open and promise.due is not None and promise.due <= at:
                return True
        settled = self.of(PromiseBroken, PromiseKept)
        if settled and isinstance(settled[-1].data, PromiseBroken):
            return True
        complaints = self.matters(Complaint).values()
        return any(complaint.accepted is None for complaint in complaints) or self._tied(at)
