"""Links: which published subjects are one person. Sums stay per subject; only readings are merged."""

from collections.abc import Iterable, Mapping

import msgspec

from events import CustomerLinked, CustomerUnlinked, Event, Order
from projections.corrections import corrections

Edge = tuple[str, str]
"""Two subjects, the lesser first."""

Word = tuple[Edge, bool]
"""An edge, and whether it was drawn or removed."""


def word_of(event: Event) -> Word | None:
    """What an event says of an edge; None for events that say nothing of links.

    Nobody is an alias of themselves, and agents are nobody's: what says so has no effect.
    """
    if not isinstance(event.data, CustomerLinked | CustomerUnlinked):
        return None
    one, other = sorted((event.subject, event.data.alias))
    if one == other or one.startswith("agent:") or other.startswith("agent:"):
        return None
    return (one, other), isinstance(event.data, CustomerLinked)


def edges(words: Iterable[Word]) -> set[Edge]:
    """The edges that stand after words in `Event.order`: for each pair of subjects the last one counts."""
    standing: set[Edge] = set()
    for edge, drawn in words:
        if drawn:
            standing.add(edge)
        else:
            standing.discard(edge)
    return standing


def canonical(edges: Iterable[Edge]) -> dict[str, str]:
    """For each linked subject, the least id among those that are one person with it."""
    parent: dict[str, str] = {}

    def root(subject: str) -> str:
        parent.setdefault(subject, subject)
        while parent[subject] != subject:
            parent[subject] = parent[parent[subject]]
            subject = parent[subject]
        return subject

    for one, other in edges:
        least, greater = sorted((root(one), root(other)))
        parent[greater] = least
    return {subject: root(subject) for subject in list(parent)}


class Spoken(msgspec.Struct, frozen=True):
    """What one event says of an edge, and since when it was taken back."""

    edge: Edge
    drawn: bool
    order: Order
    """The event's place in time."""
    retracted_at: float | None = None
    """Seconds since the Unix epoch; None where it stands."""


def spoken(events: Iterable[Event]) -> list[tuple[Event, Spoken]]:
    """The words on links among some events, with the events that say them; also those taken back."""
    known = list(events)
    corrected = corrections(known)
    found = []
    for event in known:
        word = word_of(event)
        if word is not None:
            retraction = corrected.retraction_of(event)
            found.append((event, Spoken(*word, event.order, None if retraction is None else retraction.at)))
    return found


def edges_at(words: Iterable[Spoken], at: float | None = None) -> set[Edge]:
    """The edges that stand by all words, or by those known at an instant (seconds since the Unix epoch)."""
    known = (word for word in words if _stands(word, at))
    return edges((word.edge, word.drawn) for word in sorted(known, key=lambda word: word.order))


def _stands(word: Spoken, at: float | None) -> bool:
    if at is None:
        return word.retracted_at is None
    return word.order[0] <= at and (word.retracted_at is None or word.retracted_at > at)


class Person(msgspec.Struct, frozen=True):
    """Everybody whom one goes by: a subject, or several that are linked."""

    members: tuple[str, ...]
    """All ids, the least first."""

    @property
    def canonical(self) -> str:
        """The id that the person is known by: the least."""
        return self.members[0]

    @property
    def aliases(self) -> list[str]:
        """The other ids."""
        return list(self.members[1:])

    def known_as(self, subject: str) -> str | None:
        """The canonical id, where it is another than a subject's own."""
        return None if subject == self.canonical else self.canonical


class Persons(msgspec.Struct, frozen=True):
    """Who is who among some subjects."""

    linked: Mapping[str, Person]
    """Those who have aliases."""

    def of(self, subject: str) -> Person:
        """The person that a subject is."""
        return self.linked.get(subject) or Person((subject,))


def persons(edges: Iterable[Edge]) -> Persons:
    """The persons that edges make of subjects."""
    members: dict[str, list[str]] = {}
    for subject, least in canonical(edges).items():
        members.setdefault(least, []).append(subject)
    found = [Person(tuple(sorted(some))) for some in members.values()]
    return Persons({subject: person for person in found for subject in person.members})
