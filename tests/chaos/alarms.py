"""What services wrote that they should never have to write, whatever is done to them."""

import re
from collections.abc import Iterator, Mapping

from tests.chaos.kept import WORDLESS
from tests.chaos.oracle import Violation

_NEVER = (
    "Events were lost",
    "The topic is not the one that was read",
    "cannot be read at present",
    "could not be decided",
    "refused and kept as dead letters",
    "Traceback (most recent call last)",
    "ERROR asyncio: ",
)
"""Alarms of docs/operations.md for which no outage is an excuse; and asyncio's, of what nobody saw to."""

_SAID = re.compile(r"^\d{4}-\d\d-\d\d ", re.MULTILINE)
"""Where something begins that was said; a traceback belongs to what was said before it."""

_SHOWN = 2500
"""How many characters to show of one."""


def alarms(said: Mapping[str, str]) -> Iterator[Violation]:
    """Each service's first alarm of each kind, with what it wrote after it; once, if it is of two kinds."""
    for name, text in said.items():
        told = set()
        for alarm in _NEVER:
            place = text.find(alarm)
            if place >= 0:
                begins = max((one.start() for one in _SAID.finditer(text, 0, place)), default=0)
                if begins in told:
                    continue
                told.add(begins)
                times = text.count(alarm)
                yield Violation("alarm", f"{name}, {times} times: {text[begins : begins + _SHOWN]}")


def silences(ends: Mapping[str, Mapping[str, int]]) -> Iterator[Violation]:
    """Services that ended by themselves and did not say why; `ends` has the last words of each."""
    for name, words in ends.items():
        for said, times in words.items():
            if said.startswith(WORDLESS):
                yield Violation("alarm", f"{name}, {times} times: {said}")
