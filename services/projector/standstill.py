"""Partitions that stand still though there is more to read. Pure."""

from collections.abc import Mapping

import msgspec

STILL = 60.0
"""Seconds after which standing still is an alarm."""

AGAIN = 600.0
"""Seconds after which it is said again."""


class Behind(msgspec.Struct, frozen=True):
    """A partition that stands still behind its end."""

    partition: int
    next: int
    """The offset of the record that does not come, or is not applied."""
    end: int
    """The offset after the last record there is."""
    since: float
    """For how many seconds."""


class _Stand(msgspec.Struct):
    next: int
    since: float
    said: float | None = None


class Standstill:
    """Notices which partitions have not moved for long, look after look."""

    def __init__(self) -> None:
        self._stands: dict[int, _Stand] = {}

    def look(self, now: float, places: Mapping[int, tuple[int, int]]) -> list[Behind]:
        """The partitions that are to be told of, given position and end of each at an instant (seconds)."""
        self._stands = {partition: stand for partition, stand in self._stands.items() if partition in places}
        found = []
        for partition, (next_, end) in places.items():
            stand = self._stands.get(partition)
            if stand is None or stand.next != next_ or next_ >= end:
                self._stands[partition] = _Stand(next_, now)
            elif now - stand.since >= STILL and (stand.said is None or now - stand.said >= AGAIN):
                stand.said = now
                found.append(Behind(partition, next_, end, now - stand.since))
        return found
