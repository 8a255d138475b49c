"""What evidence sums to at each of several instants, matter by matter instead of event by event.

Between two events of a matter its row stays as it is, so its signal is added once for a whole span of
instants. Only a contact that is open and young says something else at each of them. One row at a time is
enough for that: neither events nor matters have to be remembered.

Spans are kept in a segment tree: each node holds what is added for all instants below it, and the sums of an
instant are those of its node and of all above. So nothing is ever subtracted: all terms are positive, and no
rounding is left behind where an outcome changed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from projections.evidence import Signal, Sums, add, merge, no_sums
from projections.matters import Matter
from projections.outcomes import at_read, fixed_after, settled
from projections.strategy import Strategy


class Steps:
    """The sums of one subject at each of several instants."""

    def __init__(self, instants: Sequence[float], strategy: Strategy) -> None:
        """Takes instants in seconds since the Unix epoch, each later than the one before it."""
        self._instants = instants
        self._strategy = strategy
        # The node of the instant at `place` is `end + place`; the one above node n is n // 2.
        self._nodes = [no_sums() for _ in range(2 * len(instants))]

    @property
    def end(self) -> int:
        """The place after the last instant."""
        return len(self._instants)

    def place(self, at: float) -> int:
        """The place of the first instant at which something that happened at `at` is known."""
        return bisect_left(self._instants, at)

    def add_signal(self, signal: Signal, first: int, end: int) -> None:
        """Adds a signal to the sums of the instants from place `first` up to, not including, `end`."""
        left, right = first + self.end, end + self.end
        while left < right:
            if left % 2:
                add(self._nodes[left], signal, self._strategy)
                left += 1
            if right % 2:
                right -= 1
                add(self._nodes[right], signal, self._strategy)
            left //= 2
            right //= 2

    def add_matter(self, matter: Matter, first: int, end: int) -> None:
        """Adds what a matter says at the instants from place `first` up to, not including, `end`."""
        if first >= end:
            return
        outcome = settled(matter, self._strategy)
        if outcome is not None:
            self.add_signal(outcome, first, end)
            return
        fixed = max(first, bisect_right(self._instants, fixed_after(matter, self._strategy)))
        for place in range(first, min(fixed, end)):
            passing = at_read(matter, self._strategy, self._instants[place])
            if passing is not None:
                self.add_signal(passing, place, place + 1)
        if fixed < end:
            lasting = at_read(matter, self._strategy, self._instants[fixed])
            if lasting is not None:
                self.add_signal(lasting, fixed, end)

    def sums(self) -> Iterator[Sums]:
        """The sums at each instant."""
        for place in range(self.end):
            total = no_sums()
            node = self.end + place
            while node:
                merge(total, self._nodes[node])
                node //= 2
            yield total
