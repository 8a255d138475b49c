"""What services wrote that they should never have to write, whatever is done to them."""

from collections.abc import Iterator, Mapping

from tests.chaos.oracle import Violation

_NEVER = (
    "Events were lost",
    "The topic is not the one that was read",
    "cannot be read at present",
    "could not be decided",
    "refused and kept as dead letters",
    "Traceback (most recent call last)",
)
"""Alarms of docs/operations.md for which no outage is an excuse."""

_SHOWN = 2500
"""How many characters to show of one."""


def alarms(said: Mapping[str, str]) -> Iterator[Violation]:
    """Each service's first alarm of each kind, with what it wrote after it."""
    for name, text in said.items():
        for alarm in _NEVER:
            place = text.find(alarm)
            if place >= 0:
                line = text.rfind("\n", 0, place) + 1
                times = text.count(alarm)
                yield Violation("alarm", f"{name}, {times} times: {text[line : line + _SHOWN]}")
