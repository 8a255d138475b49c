"""Links: which published subjects are one person. Sums stay per subject; only readings are merged."""

from collections.abc import Iterable

from events import CustomerLinked, CustomerUnlinked, Event

Edge = tuple[str, str]
"""Two subjects, the lesser first."""

Word = tuple[Edge, bool]
"""An edge, and whether it was drawn or removed."""


def word_of(event: Event) -> Word | None:
    """What an event says of an edge; None for events that say nothing of links."""
    if not isinstance(event.data, CustomerLinked | CustomerUnlinked):
        return None
    one, other = sorted((event.subject, event.data.alias))
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
