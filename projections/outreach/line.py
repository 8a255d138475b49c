"""What a brief is made of: lines, each a template with its parameters and the events that it rests on."""

from typing import Any

import msgspec

from events import Event
from projections.triggers.decision import Fact

LONGEST = 120
"""Characters of other people's words that a line gives; longer ones are cut, and the events have the rest."""


class Ref(msgspec.Struct, frozen=True):
    """An event of the customer's."""

    source: str
    id: str


class Line(Fact, frozen=True, omit_defaults=True):
    """A fact of a brief. Every parameter is said by its event, or by one of those beside it."""

    beside: tuple[Ref, ...] = ()
    """Further events that it rests on: of a promise that was kept, the one that says what was promised."""


def line(template: str, event: Event, *beside: Event, **parameters: Any) -> Line:
    """What some events say, as a template and its parameters."""
    return Line(
        template,
        {name: cut(value) for name, value in parameters.items()},
        event.source,
        event.id,
        event.time,
        tuple(Ref(one.source, one.id) for one in beside),
    )


def line_of(fact: Fact) -> Line:
    """A fact that a trigger found, as a line."""
    parameters = {name: cut(value) for name, value in fact.parameters.items()}
    return Line(fact.template, parameters, fact.source, fact.id, fact.at)


def cut(value: Any) -> Any:
    """Words that are not too long for a line, or their beginning; whatever else as it is."""
    if not isinstance(value, str) or len(value) <= LONGEST:
        return value
    return f"{value[: LONGEST - 1].rstrip()}…"


_BESIDE_WORDS = 6
"""About so many words of a line are ours."""

_LETTERS = 7
"""Letters to a word, where somebody wrote without spaces."""


def length(one: Fact) -> int:
    """About how many words a line has."""
    return _BESIDE_WORDS + sum(
        max(len(value.split()), len(value) // _LETTERS)
        for value in one.parameters.values()
        if isinstance(value, str)
    )
