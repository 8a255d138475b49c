"""What deciding knows of a person: events, and what they amount to, worked out when first asked for."""

from bisect import bisect
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from events import Data, Event, JudgementMade, PromiseBroken, PromiseKept
from projections.bands import Band
from projections.causes import Cause
from projections.corrections import standing
from projections.evidence import Signal, Sums
from projections.fold import Change, Folded, State, direct_signal, gather, no_change, no_state
from projections.judgement import Judgement, as_judged, in_force, judgement_of
from projections.kinds import of_kind
from projections.knots import Knot, folded, is_knotted, knots_of
from projections.knots.knot import Place, order_of, with_places
from projections.knots.signs import NEVER, NO_SIGNS, Watch, noted, speak
from projections.knots.signs import TELLING as TELLING_SIGNS
from projections.knots.story import Story, story_of
from projections.knots.weighing import Line, read_with, tangles
from projections.matters import TELLING, Complaint, Contact, Matter, Promise, matter_key, matter_of
from projections.outcomes import signal_at
from projections.reading import Reader, Reading
from projections.rhythm import Population
from projections.strategy import Strategy

_D = TypeVar("_D", bound=Data)
_M = TypeVar("_M", bound=Matter)

_NOBODY = Population(0, 0.0)

_KNOTTED: frozenset[Band] = frozenset(("knotted", "unknown"))
"""What a reading may amount to where a knot is open."""


class Known:
    """What is known of a customer under every alias, and stands.

    It is read and folded at most once, however many causes are decided on, and no more of it than they ask
    for. `population` says how often customers come in general, which only a silence is held against.
    """

    def __init__(
        self, history: Iterable[Event], strategy: Strategy, population: Population = _NOBODY
    ) -> None:
        self.events: Sequence[Event] = standing(history)
        self.population = population
        self.strategy = strategy
        self._knots: dict[float, list[Knot]] = {}
        self._read: dict[float, Reading] = {}
        self._sums: dict[float, Sums] = {}
        self._earlier: Known | None = None

    @cached_property
    def placed(self) -> list[tuple[Event, Place]]:
        """All of them in their order, each with where it stands."""
        return with_places(self.events)

    @cached_property
    def newest(self) -> float:
        """The latest event time, in seconds since the Unix epoch."""
        return max(map(attrgetter("time"), self.events)).timestamp() if self.events else float("-inf")

    @cached_property
    def _by_kind(self) -> dict[type, list[Event]]:
        found: dict[type, list[Event]] = {}
        for event in self.events:
            found.setdefault(type(event.data), []).append(event)
        return found

    def of(self, *kinds: type[Data]) -> list[Event]:
        """The events with data of some kinds, in their order."""
        found = [event for kind in kinds for event in self._by_kind.get(kind, ())]
        return sorted(found, key=order_of) if len(found) > 1 else found

    def pairs(self, kind: type[_D]) -> list[tuple[Event, _D]]:
        """The events with data of one kind, with that data, in their order."""
        return list(of_kind(self.of(kind), kind))

    def named(self, cause: Cause) -> Event | None:
        """The event that a cause is of, if it stands."""
        return next(
            (
                event
                for event in self.events
                if event.id == cause.event_id
                and event.source == cause.source
                and event.subject == cause.customer
            ),
            None,
        )

    def matter(self, kind: type[_M], matter_id: str, subject: str | None = None) -> _M | None:
        """A matter by all that is said of it, under any of the person's ids or under one."""
        return self._joined(kind, matter_id, subject).get(matter_id)

    def matters(self, kind: type[_M]) -> dict[str, _M]:
        """All matters of one kind, by their ids."""
        return self._joined(kind)

    def _joined(
        self, kind: type[_M], matter_id: str | None = None, subject: str | None = None
    ) -> dict[str, _M]:
        found: dict[str, Any] = {}
        for data in TELLING[kind]:  # type: ignore[index]
            for event in self._by_kind.get(data, ()):
                if subject not in (None, event.subject):
                    continue
                if matter_id is None or matter_key(event) == (kind, matter_id):
                    told = matter_of(event)
                    if told is not None:
                        before = found.get(told[0])
                        found[told[0]] = told[1] if before is None else before.merge(told[1])
        return found

    # ------------------------------------------------------------------------------- reading it all

    def until(self, at: float) -> "Known":
        """What was known until an instant, by what is known now."""
        earlier = Known((), self.strategy, self.population)
        earlier.placed = self.placed[: bisect(self.placed, at, key=_instant)]
        earlier.events = [event for event, _ in earlier.placed]
        if "state" not in self.__dict__:
            # Folded once: what is known now is that, and what came since.
            self._earlier = earlier
        return earlier

    @cached_property
    def state(self) -> Folded:
        """What it amounts to."""
        if self._earlier is None:
            return _grown(Folded({}), self.events, self.strategy)
        since = self.placed[len(self._earlier.events) :]
        return _grown(self._earlier.state, (event for event, _ in since), self.strategy)

    def knots(self, at: float) -> list[Knot]:
        """The open knots at an instant that no event comes after."""
        found = self._knots.get(at)
        if found is None:
            found = []
            if self._may_be_knotted(at):
                read_at = folded(self.events, self.strategy)
                some = knots_of(self._story(at), self.strategy, read_at)
                found = [knot for knot in some if knot.open]
            self._knots[at] = found
        return found

    def _is_knotted(self, at: float) -> bool:
        """Whether any knot is open, which may be known before all of them are."""
        if at in self._knots:
            return bool(self._knots[at])
        found = self._may_be_knotted(at) and is_knotted(
            self._story(at), self.strategy, folded(self.events, self.strategy)
        )
        if not found:
            self._knots[at] = []
        return found

    def _story(self, at: float) -> Story:
        places = {id(event): place for event, place in self.placed}
        return story_of((event for event, _ in self.placed), at, places)

    def _may_be_knotted(self, at: float) -> bool:
        """Whether any knot can be open: with nearly everybody none can, which takes little to know."""
        rules = self.strategy.knots
        telling = (event for kind in TELLING_SIGNS for event in self._by_kind.get(kind, ()))
        signs = noted(NO_SIGNS, NEVER, telling, rules)
        if speak(signs, rules, at):
            return True
        alone = len({event.subject for event in self.events}) < 2
        return Watch(signs, list(self._unsettled()), rules, alone=alone).may_be_open(at)

    def _unsettled(self) -> Iterator[Matter]:
        """The matters whose outcome depends on when one looks: under each id by itself, as patterns see."""
        kinds: tuple[type[Matter], ...] = (Contact, Promise)
        for subject in {event.subject for event in self.events}:
            for kind in kinds:
                for matter in self._joined(kind, None, subject).values():
                    if matter.unsettled:
                        yield matter

    def reading(self, at: float) -> Reading:
        """The reading at an instant that no event comes after, with knots, its band as it was judged."""
        found = self._read.get(at)
        if found is None:
            knotted = tangles(self.knots(at), _Signals(self, at))
            reading = read_with(self._sums_at(at), knotted, self._reader, at)
            found = self._read[at] = as_judged(reading, self._judgement(at), self.strategy)
        return found

    def is_in(self, bands: Collection[Band], at: float) -> bool:
        """Whether the band of the reading is one of some; no more is looked for than it takes to tell."""
        alone = self.if_unknotted(bands, at)
        if alone is not None:
            return alone.band in bands and not self._is_knotted(at)
        return self.reading(at).band in bands

    def if_unknotted(self, bands: Collection[Band], at: float) -> Reading | None:
        """What the reading is unless a knot is open, where its band is none of some with one; else None."""
        told_apart = _KNOTTED.isdisjoint(bands) and self._judgement(at) is None
        return self._unknotted(at) if told_apart else None

    def health_at_most(self, at: float) -> float:
        """A health that the reading at an instant is not above: knots never raise it."""
        return self._unknotted(at).health

    def _unknotted(self, at: float) -> Reading:
        return self._reader.read(self._sums_at(at), at)

    def _judgement(self, at: float) -> Judgement | None:
        return in_force([judgement_of(event, data) for event, data in self.pairs(JudgementMade)], at)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.strategy)

    def _sums_at(self, at: float) -> Sums:
        found = self._sums.get(at)
        if found is None:
            found = self._sums[at] = self.state.sums_at(self.strategy, at)
        return found

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
        return any(complaint.accepted is None for complaint in complaints) or self._is_knotted(at)


def _instant(placed: tuple[Event, Place]) -> float:
    return placed[1][0]


class _Signals:
    """How lines of a person are read at an instant: only those that somebody asks for are looked up."""

    def __init__(self, known: Known, at: float) -> None:
        self._known, self._at = known, at

    @cached_property
    def _events(self) -> dict[Line, Event]:
        return {(one.subject, one.source, one.id): one for one in self._known.events}

    def __call__(self, line: Line) -> Signal | None:
        known = self._known
        if len(line) == 2:
            matter = known.state.of(line[0]).matters.get(line[1])
            return None if matter is None else signal_at(matter, known.strategy, self._at)
        event = self._events.get(line)
        return None if event is None else direct_signal(event, known.strategy)


def _grown(before: Folded, since: Iterable[Event], strategy: Strategy) -> Folded:
    """A person's state, with what came since."""
    states = {
        name: State(list(state.sums), dict(state.matters), state.newest, state.count)
        for name, state in before.by_subject.items()
    }
    changes: dict[str, Change] = {}
    for event in since:
        change = changes.get(event.subject)
        if change is None:
            change = changes[event.subject] = no_change()
        gather(change, event, strategy)
    for subject, change in changes.items():
        states.setdefault(subject, no_state()).merge(change, strategy)
    return Folded({subject: states[subject] for subject in sorted(states)})
