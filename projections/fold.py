"""The fold: from a set of events to a relationship's state, in any order and in any batches."""

from collections.abc import Iterable, Sequence

import msgspec

from events import Event
from projections.corrections import standing
from projections.evidence import Signal, Sums, add, merge, no_sums
from projections.matters import Matter, matter_of
from projections.outcomes import at_read, settled
from projections.strategy import SignalRule, Strategy

MatterKey = tuple[type[Matter], str]
"""Which matter: its kind and its id."""


def direct_signal(event: Event, strategy: Strategy) -> Signal | None:
    """How the strategy reads an event by itself; None for matters, for context and for unknown types."""
    return _direct_signal(event, event.at, strategy)


def _direct_signal(event: Event, at: float, strategy: Strategy) -> Signal | None:
    data = event.data
    if data is None:
        return None
    for rule in strategy.rules.get(event.type, ()):
        if not rule.where or all(getattr(data, field) == value for field, value in rule.where.items()):
            valence = _valence(rule, data)
            if valence is None:
                return None
            breach = rule.breach if valence < 0 else None
            return Signal(at, rule.dimension, valence, rule.weight, breach)
    return None


def _valence(rule: SignalRule, data: object) -> float | None:
    if rule.valence_from is None:
        return rule.valence
    value = getattr(data, rule.valence_from)
    return None if value is None else float(value) / 50.0 - 1.0


class Change(msgspec.Struct):
    """What a batch of events of one customer adds: sums, and what it says of each matter."""

    sums: Sums
    matters: dict[MatterKey, Matter]
    newest: float = float("-inf")
    """The latest event time, in seconds since the Unix epoch."""
    count: int = 0
    """How many events."""


def no_change() -> Change:
    """The change of no events."""
    return Change(no_sums(), {})


def gather(change: Change, event: Event, strategy: Strategy) -> None:
    """Adds one event to a change in place."""
    at = event.time.timestamp()
    if at > change.newest:
        change.newest = at
    change.count += 1
    found = matter_of(event, at)
    if found is not None:
        matter_id, partial = found
        key = (type(partial), matter_id)
        known = change.matters.get(key)
        change.matters[key] = partial if known is None else known.merge(partial)  # type: ignore[arg-type]
        return
    signal = _direct_signal(event, at, strategy)
    if signal is not None:
        add(change.sums, signal, strategy)


def replace(sums: Sums, old: Matter | None, new: Matter, strategy: Strategy) -> None:
    """Where a matter's outcome changed, adds its new contribution minus the old one, in place."""
    before = None if old is None else settled(old, strategy)
    after = settled(new, strategy)
    if before == after:
        return
    if before is not None:
        add(sums, before, strategy, -1.0)
    if after is not None:
        add(sums, after, strategy)


class State(msgspec.Struct):
    """A relationship's state in memory: what the database keeps in rows."""

    sums: Sums
    matters: dict[MatterKey, Matter]
    newest: float = float("-inf")
    count: int = 0

    def merge(self, change: Change, strategy: Strategy) -> None:
        """Applies a change in place."""
        merge(self.sums, change.sums)
        self.newest = max(self.newest, change.newest)
        self.count += change.count
        for key, partial in change.matters.items():
            old = self.matters.get(key)
            new = partial if old is None else old.merge(partial)  # type: ignore[arg-type]
            replace(self.sums, old, new, strategy)
            self.matters[key] = new

    def take(self, event: Event, strategy: Strategy) -> None:
        """Applies one event that stands in place: the same as a change of that event alone."""
        self.newest = max(self.newest, event.at)
        self.count += 1
        found = matter_of(event)
        if found is None:
            signal = direct_signal(event, strategy)
            if signal is not None:
                add(self.sums, signal, strategy)
            return
        key = (type(found[1]), found[0])
        old = self.matters.get(key)
        new = found[1] if old is None else old.merge(found[1])  # type: ignore[arg-type]
        replace(self.sums, old, new, strategy)
        self.matters[key] = new

    def sums_at(self, strategy: Strategy, at: float) -> Sums:
        """The sums with every open matter judged as it stands at an instant."""
        return judged(self.sums, self.matters.values(), strategy, at)


def no_state() -> State:
    """The state of a relationship of which nothing is known."""
    return State(no_sums(), {})


def fold(events: Iterable[Event], strategy: Strategy) -> State:
    """The state that a set of events of one customer amounts to.

    A join cannot be undone: where an event is set aside after it was folded, fold what still stands anew.
    """
    change = no_change()
    known = list(events)
    for event in standing(known):
        gather(change, event, strategy)
    change.newest = max((event.at for event in known), default=change.newest)
    change.count = len(known)
    return whole(change, strategy)


def whole(change: Change, strategy: Strategy) -> State:
    """The state of a relationship of which a change is all there is; the change becomes part of it."""
    for matter in change.matters.values():
        signal = settled(matter, strategy)
        if signal is not None:
            add(change.sums, signal, strategy)
    return State(change.sums, change.matters, change.newest, change.count)


class Folded(msgspec.Struct, frozen=True):
    """A person's state: that of each subject that the person goes by."""

    by_subject: dict[str, State]

    def of(self, subject: str) -> State:
        """What one subject's events amount to."""
        return self.by_subject.get(subject) or no_state()

    def sums_at(self, strategy: Strategy, at: float) -> Sums:
        """The sums of all subjects, with every open matter judged as it stands at an instant."""
        total = no_sums()
        for state in self.by_subject.values():
            merge(total, state.sums_at(strategy, at))
        return total


def fold_person(events: Iterable[Event], strategy: Strategy) -> Folded:
    """The states that a set of events of one person amounts to, subject by subject."""
    subjects: dict[str, list[Event]] = {}
    for event in events:
        subjects.setdefault(event.subject, []).append(event)
    return Folded({subject: fold(some, strategy) for subject, some in sorted(subjects.items())})


def judged(sums: Sequence[float], open_matters: Iterable[Matter], strategy: Strategy, at: float) -> Sums:
    """Sums with open matters judged at an instant; the sums given are left as they are."""
    total = list(sums)
    for matter in open_matters:
        signal = at_read(matter, strategy, at)
        if signal is not None:
            add(total, signal, strategy)
    return total
