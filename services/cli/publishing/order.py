"""Refused lines, shown in the order of the file although answers come in any order."""

from bisect import insort
from collections.abc import Iterable
from typing import NamedTuple

from services.cli.tally import Refusals


class _Held(NamedTuple):
    number: int
    reason: str
    detail: str


class InOrder:
    """Counts a refused line at once, and shows it when every line before it has its answer.

    It holds no more than may still be shown: the lowest ones.
    """

    def __init__(self, refused: Refusals) -> None:
        self._refused = refused
        self._waiting: dict[int, None] = {}  # in the order in which they were read
        self._held: list[_Held] = []

    def wait(self, number: int) -> None:
        """A line is on its way."""
        self._waiting[number] = None

    def refuse(self, number: int, reason: str, detail: str) -> None:
        """A line was refused."""
        self._refused.by_reason[reason] += 1
        insort(self._held, _Held(number, reason, detail))
        del self._held[self._refused.left :]
        if not self._waiting:
            self.end()

    def settle(self, numbers: Iterable[int]) -> None:
        """Lines have their answer."""
        for number in numbers:
            del self._waiting[number]
        if self._held:
            lowest = next(iter(self._waiting), None)
            self._show(sum(lowest is None or one.number < lowest for one in self._held))

    def end(self) -> None:
        """No more answers will come: shows what was held."""
        self._show(len(self._held))

    def _show(self, count: int) -> None:
        for number, reason, detail in self._held[:count]:
            self._refused.show(f"line {number}", reason, detail)
        del self._held[:count]
