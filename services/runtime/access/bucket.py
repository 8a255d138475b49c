"""How fast a key may publish: a token bucket, a token for an event."""

import math
import time
from collections.abc import Callable

BURST_S = 5.0
"""Seconds of a key's rate that it may publish at once after a rest."""


class Bucket:
    """Fills by `rate` tokens a second, up to some seconds' worth, and at least one.

    What comes while a token is left passes whole and may leave a debt, so that a request larger than the
    bucket has a chance too. Over any length of time a key then publishes no more than its rate, one burst and
    one request.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`rate` is in events per second; `clock` counts seconds."""
        self.rate = rate
        self._clock = clock
        self._size = max(1.0, rate * BURST_S)
        self._tokens = self._size
        self._at = clock()

    def take(self, count: int) -> int:
        """Takes tokens; 0 where they were there, else the whole seconds after which one is there again."""
        now = self._clock()
        self._tokens = min(self._size, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return max(1, math.ceil((1 - self._tokens) / self.rate))
        self._tokens -= count
        return 0
