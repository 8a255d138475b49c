"""Events by their kind: by the class of their data.

No class of the language stands under another, so the class itself tells. `isinstance` would ask a Struct's
metaclass, which takes eight times as long, and whole histories are asked.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from events import Data, Event

_D = TypeVar("_D", bound=Data)


def of_kind(events: Iterable[Event], kind: type[_D]) -> Iterator[tuple[Event, _D]]:
    """The events with data of one kind, with that data, in the order given."""
    for event in events:
        if type(event.data) is kind:
            yield event, event.data


def of_kinds(events: Iterable[Event], *kinds: type[Data]) -> Iterator[Event]:
    """The events with data of some kinds, in the order given."""
    some = frozenset(kinds)
    return (event for event in events if type(event.data) in some)
