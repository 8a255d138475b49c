"""When to try again, and when to give up."""

import asyncio
import time
from collections.abc import Callable

from services.runtime.errors import Fatal

_FIRST_S = 0.25
_LONGEST_S = 10.0


class TryAgain(Exception):  # noqa: N818 - it is an answer: not now
    """The other side cannot take a batch now; `after` is when it asked to be tried again, in seconds."""

    def __init__(self, sentence: str, after: float | None = None) -> None:
        super().__init__(sentence)
        self.after = after


class Patience:
    """One for all lanes: when the other side asks one of them to wait, all of them wait.

    Waits double from a quarter of a second to ten seconds, unless the other side says how long. Anything
    that gets through starts the count anew.
    """

    def __init__(self, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_s = most_s
        self._clock = clock
        self._since: float | None = None
        self._until = 0.0
        self._failures = 0

    def got_through(self) -> None:
        """Something was taken."""
        self._since = None
        self._failures = 0

    def not_now(self, answer: TryAgain) -> None:
        """Nothing was taken. Raises `Fatal` if that is so for too long."""
        now = self._clock()
        self._since = now if self._since is None else self._since
        wait = min(_FIRST_S * 2**self._failures, _LONGEST_S) if answer.after is None else answer.after
        if now >= self._until:  # the lanes that fail together fail once
            self._failures += 1
        if now + wait - self._since > self._most_s:
            raise Fatal(f"{answer} Given up after {now - self._since:.0f} s.")
        self._until = max(self._until, now + wait)

    @property
    def wait(self) -> float:
        """Seconds until it is time to try."""
        return max(0.0, self._until - self._clock())

    async def hold(self) -> None:
        """Waits until it is time to try."""
        await asyncio.sleep(self.wait)
