"""Counting what was refused: the first few are shown, all of them are counted by reason."""

from collections import Counter

from rich.console import Console

from services.cli.progress import say


class Refusals:
    """Refused lines or rows."""

    def __init__(self, console: Console, shown: int) -> None:
        self.by_reason: Counter[str] = Counter()
        self._console = console
        self.left = shown
        """How many more may be shown."""

    @property
    def count(self) -> int:
        """How many were refused."""
        return self.by_reason.total()

    def add(self, place: str, reason: str, detail: str) -> None:
        """Counts one, and shows it unless enough were shown before."""
        self.by_reason[reason] += 1
        self.show(place, reason, detail)

    def show(self, place: str, reason: str, detail: str) -> None:
        """Shows one that was counted, unless enough were shown before."""
        if self.left > 0:
            self.left -= 1
            say(self._console, f"{place}: {reason}: {detail}")
            if not self.left:
                say(self._console, "Further ones are only counted.")

    def lines(self) -> list[str]:
        """The counts by reason, the most frequent first."""
        return by_count(self.by_reason)


def numbered(count: int, noun: str) -> str:
    """A number and what it counts: 1 event, 2,000 events."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def by_count(counts: Counter[str]) -> list[str]:
    """One line per key, the most frequent first."""
    return [
        f"{count:>12,}  {key}" for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
