"""Histories: all that is known of a person, under every id, and who the person was at an instant."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from events import Event, Order
from projections.links import Person, Spoken, edges_at, persons

Place = tuple[Order, str]
"""Where an event stands among those of a person: its order, and its subject where even that is shared."""


def place_of(event: Event) -> Place:
    """Where an event stands among those of a person."""
    return event.order, event.subject


class History(msgspec.Struct, frozen=True):
    """What is known of a person at an instant."""

    customer: str
    """The id that was asked for."""
    person: Person
    """Everybody whom it stands for at that instant."""
    at: datetime
    events: list[Event]
    """Those of the person, in order."""
    near: list[Event]
    """Those of all subjects that were ever linked with it, the person's among them, in order."""
    arrivals: list[datetime]
    """When each of these arrived, in the same order."""
    words: list[Spoken]
    """What was said of these links."""

    def person_at(self, at: float) -> Person:
        """Whom the id stood for at another instant (seconds since the Unix epoch)."""
        return who(self.customer, self.words, at)


def who(customer: str, words: Sequence[Spoken], at: float | None = None) -> Person:
    """Whom an id stands for by all words on links, or by those known at an instant."""
    return persons(edges_at(words, at)).of(customer)


def subjects(customer: str, words: Sequence[Spoken]) -> list[str]:
    """A subject, and all that were ever linked with it."""
    return sorted({customer, *(name for word in words for name in word.edge)})
