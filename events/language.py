"""The whole published language: every type by name, and the order of types within one instant."""

from events import care, contact, exchange, outreach, promise, recognition, record, team, voice
from events.base import Data, type_of

_FAMILIES = (record, team, exchange, contact, promise, recognition, voice, care, outreach)


def _classes() -> list[type[Data]]:
    return [
        item
        for family in _FAMILIES
        for item in vars(family).values()
        if isinstance(item, type) and issubclass(item, Data) and item is not Data
    ]


TYPES: dict[str, type[Data]] = {type_of(cls): cls for cls in _classes()}
"""Every event type of the language, by its CloudEvents `type`."""

NAMESPACE = "egard."
"""What every type of the language begins with."""

RANK: dict[str, int] = {name: rank for rank, name in enumerate(TYPES)}
"""Where two events share an instant, the lower rank comes first: an attempt before its answer."""

UNKNOWN_RANK = len(RANK)
"""Types that this version does not know come last within an instant."""


def is_slip(name: str) -> bool:
    """Whether a type is none of the language, and was meant to be: a typo, or `egard.` left out."""
    return name not in TYPES and (name.lower().startswith(NAMESPACE) or NAMESPACE + name.lower() in TYPES)
