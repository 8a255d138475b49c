"""Partitions that stand still though there is more to read. Pure.

Under a backlog partitions take turns, and one may wait for long without being stuck: until another has had
several turns meanwhile, it only waits for its own.
"""

from collections import Counter
from collections.abc import Mapping

import msgspec

STILL = 60.0
"""Seconds after which standing still is an alarm."""

AGAIN = 600.0
"""Seconds after which it is said again."""


_PASSED_OVER = 3
"""Turns that another has had meanwhile after which a partition does not merely wait for its own.

In fair turns it is one; a second may have been under way.
"""


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
    turns: Counter[int]
    """How many turns each partition had had by then."""
    said: float | None = None


class Standstill:
    """Notices which partitions have not moved for long, look after look."""

    def __init__(self) -> None:
        self._stands: dict[int, _Stand] = {}
        self._turns: Counter[int] = Counter()

    def look(self, now: float, places: Mapping[int, tuple[int, int]]) -> list[Behind]:
        """The partitions that are to be told of, given position and end of each at an instant (seconds)."""
        self._stands = {partition: stand for partition, stand in self._stands.items() if partition in places}
        for partition, (next_, _) in places.items():
            stand = self._stands.get(partition)
            self._turns[partition] += stand is not None and stand.next != next_
        found = []
        for partition, (next_, end) in places.items():
            stand = self._stands.get(partition)
            if stand is None or stand.next != next_ or next_ >= end:
                self._stands[partition] = _Stand(next_, now, self._turns.copy())
            elif now - stand.since >= STILL and (stand.said is None or now - stand.said >= AGAIN):
                if self._waits_its_turn(partition, stand, places):
                    continue
                stand.said = now
                found.append(Behind(partition, next_, end, now - stand.since))
        return found

    def _waits_its_turn(self, partition: int, stand: _Stand, places: Mapping[int, tuple[int, int]]) -> bool:
        """Whether others are behind too, and go on, and none has had more turns meanwhile than is fair."""
        others = [one for one in places if one != partition]
        most = max((self._turns[one] - stand.turns[one] for one in others), default=0)
        return 0 < most < _PASSED_OVER and any(places[one][0] < places[one][1] for one in others)
