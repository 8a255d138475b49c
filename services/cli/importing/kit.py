"""What every part of a map needs to be made ready for rows."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from services.cli.importing import instants
from services.cli.importing.mapping import Map
from services.cli.importing.mistakes import Mistakes, Wrong
from services.cli.importing.templates import Slots

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Kit:
    """Where columns stand, how numbers and times are written, and where to note mistakes."""

    slots: Slots
    mistakes: Mistakes
    number: Callable[[str], float]
    local: tzinfo | None
    time: Callable[[str], datetime] | None
    """Reads the times of the file; None where the map's `times` make no sense."""


def kit(declared: Map, slots: Slots, mistakes: Mistakes) -> Kit:
    """The kit of a map; a time zone that does not exist is a mistake."""
    local = time = None
    if declared.timezone is not None:
        with mistakes.at(("timezone",)):
            local = instants.zone(declared.timezone)
    with mistakes.at(("times",)):
        time = instants.reader(declared.times, local)
    return Kit(slots, mistakes, _numbers(declared.file.decimal), local, time)


def _numbers(decimal: str) -> Callable[[str], float]:
    def number(text: str) -> float:
        written = text.replace(",", ".") if decimal == "," else text
        found = float(written) if _NUMBER.fullmatch(written) else math.inf
        if math.isinf(found):
            raise Wrong(f"{text!r} is not a number.")
        return found

    return number
