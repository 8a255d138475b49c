"""The hidden bond: what a customer really feels towards the brand, which no event ever states exactly.

The form is given, with its reasons, in docs/simulator.md. It is not a sum of fading evidence: the order of
experiences matters, kindness wears off by repetition, and the worst moment is kept apart.
"""

from collections.abc import Sequence

from services.simulator.units import DAY

_PEAK, _END, _MEAN = 0.4, 0.3, 0.3
_ADAPTATION = 0.5  # how much of what is expected no longer counts
_LEARNING = 0.08  # how fast an experience becomes the expectation
_STEP = 0.15  # the largest part of the way to a bound that an unsurprised kindness covers
_RETURN_DAYS = 40.0
_WOUND_WEIGHT, _WOUND_DAYS = 0.6, 10.0
_MENDING, _MENDING_DAYS = 0.7, 7.0
_LAST_WEIGHT, _LAST_DAYS = 0.06, 3.0


def remembered(moments: Sequence[float], noise: float = 0.0) -> float:
    """What remains of an episode: mostly its strongest moment and its end. From -1 to 1."""
    peak = max(moments, key=abs)
    felt = _PEAK * peak + _END * moments[-1] + _MEAN * sum(moments) / len(moments) + noise
    return max(-1.0, min(1.0, felt))


class Bond:
    """One customer's bond, on a scale from 0 to 100. Times are seconds since the Unix epoch."""

    __slots__ = (
        "_anchor",
        "_bias",
        "_deviation",
        "_expectation",
        "_last",
        "_last_at",
        "_return_power",
        "_set_point",
        "_wound",
        "_wound_at",
    )

    def __init__(
        self, *, set_point: float, bias: float, return_power: float, trust: float, at: float
    ) -> None:
        """`set_point` and `trust` lie in (0, 1); `bias` is how much heavier bad surprises weigh."""
        self._set_point = set_point
        self._bias = bias
        self._return_power = return_power
        self._deviation = trust - set_point
        self._anchor = at  # when the impressions behind the deviation were made, were they of one moment
        self._expectation = 0.2  # people expect to be treated decently
        self._wound = 0.0
        self._wound_at = at
        self._last = 0.0
        self._last_at = at

    def at(self, now: float) -> float:
        """The bond at an instant that is not before the last experience. From 0 to 100."""
        last = self._last / (1.0 + (now - self._last_at) / (_LAST_DAYS * DAY))
        value = self._trust(now) - _WOUND_WEIGHT * self._wound_left(now) + _LAST_WEIGHT * last
        return 100.0 * max(0.0, min(1.0, value))

    def experience(self, now: float, felt: float) -> None:
        """An episode that felt like this: from -1 (outrageous) to 1 (wonderful)."""
        surprise = felt - _ADAPTATION * self._expectation
        self._expectation += _LEARNING * (felt - self._expectation)
        trust = self._trust(now)
        if surprise >= 0:
            freshness = 1.0 + (now - self._wound_at) / (_MENDING_DAYS * DAY)
            self._wound *= max(0.0, 1.0 - _MENDING * surprise / freshness)
            self._move(now, _STEP * surprise * (1.0 - trust))
        else:
            step = _STEP * self._bias * surprise * trust
            if -step > self._wound_left(now):
                self._wound, self._wound_at = -step, now
            self._move(now, step)
        self._last, self._last_at = felt, now

    def drift(self, now: float, amount: float) -> None:
        """Something elsewhere in the customer's life shifts their trust; nobody was kind or unkind."""
        trust = self._trust(now)
        self._move(now, max(0.02, min(0.98, trust + amount)) - trust)

    def _trust(self, now: float) -> float:
        return self._set_point + self._deviation * self._decay(now - self._anchor)

    def _decay(self, age: float) -> float:
        """A plain power law: quick at first, then hardly at all."""
        return float((1.0 + age / (_RETURN_DAYS * DAY)) ** -self._return_power)

    def _wound_left(self, now: float) -> float:
        return float(self._wound * (1.0 + (now - self._wound_at) / (_WOUND_DAYS * DAY)) ** -0.5)

    def _move(self, now: float, step: float) -> None:
        age = now - self._anchor
        left = self._deviation * self._decay(age)
        if left or step:
            age *= abs(left) / (abs(left) + abs(step))
        self._deviation = (left + step) / self._decay(age)
        self._anchor = now - age
