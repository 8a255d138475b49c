"""What a backtest comes to: counts, minutes by week, and a few to look at."""

import heapq
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from projections.backtest import Would
from projections.strategy import Strategy

_SHOWN = 5
"""Of each kind, so many are shown."""


class Sample:
    """A few of many, drawn by a stable hash: the same ones every time."""

    def __init__(self, most: int = _SHOWN) -> None:
        self._most = most
        self._kept: list[tuple[int, str, Would]] = []

    def add(self, one: Would) -> None:
        """One more that may be drawn."""
        lot = int.from_bytes(blake2b(one.prompt_id.encode(), digest_size=8).digest(), "big")
        # The heap's least is the one that goes first: that with the largest lot.
        heapq.heappush(self._kept, (-lot, one.prompt_id, one))
        if len(self._kept) > self._most:
            heapq.heappop(self._kept)

    def drawn(self) -> list[Would]:
        """Those that were, by customer."""
        return sorted((one for _, _, one in self._kept), key=lambda one: (one.customer, one.at))


class Tally:
    """What one strategy would have done."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.given: Counter[str] = Counter()
        self.minutes: Counter[str] = Counter()
        self.why_not: dict[str, Counter[str]] = {}
        self.weeks: Counter[date] = Counter()
        """Minutes in the week that begins on a Monday."""
        self.people = 0
        self.sample = Sample()
        self._zone = ZoneInfo(strategy.hours.timezone)

    def add(self, would: Iterable[Would]) -> None:
        """One person."""
        prompted = False
        for one in would:
            if one.became == "given":
                prompted = True
                self.given[one.trigger] += 1
                self.minutes[one.trigger] += one.minutes  # type: ignore[assignment]
                self.weeks[self._monday(one)] += one.minutes  # type: ignore[assignment]
                self.sample.add(one)
            else:
                self.why_not.setdefault(one.trigger, Counter())[one.why_not or one.became] += 1
        self.people += prompted

    def _monday(self, one: Would) -> date:
        day = one.at.astimezone(self._zone).date()
        return day - timedelta(days=day.weekday())


class Overlap:
    """Prompts of one account of what was given beside those of another, by trigger."""

    def __init__(self) -> None:
        self.both: Counter[str] = Counter()
        self.first_only: Counter[str] = Counter()
        self.second_only: Counter[str] = Counter()
        self.of_first, self.of_second = Sample(), Sample()

    def add(self, first: Iterable[Would], second: Iterable[Would]) -> None:
        """What two strategies would have given one person."""
        one = {would.prompt_id: would for would in first if would.became == "given"}
        other = {would.prompt_id: would for would in second if would.became == "given"}
        for name, would in one.items():
            (self.both if name in other else self.first_only)[would.trigger] += 1
            if name not in other:
                self.of_first.add(would)
        for name, would in other.items():
            if name not in one:
                self.second_only[would.trigger] += 1
                self.of_second.add(would)

    def add_real(self, would: Iterable[Would], really: dict[str, str]) -> None:
        """What a strategy would have given one person, and what it really gave them."""
        one = {each.prompt_id: each for each in would if each.became == "given"}
        for name, each in one.items():
            (self.both if name in really else self.first_only)[each.trigger] += 1
        for name, trigger in really.items():
            if name not in one:
                self.second_only[trigger] += 1
