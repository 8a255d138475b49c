"""What figures have in common: percentiles, and settings of a run."""

import math
import os
import sys
from collections.abc import Sequence


class Unusable(Exception):  # noqa: N818 - what somebody typed
    """A setting cannot be used; the message says which, and what would do."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The least of the values that so many percent of them do not exceed (nearest rank).

    It is always a value that was measured. Raises `ValueError` where there is none.
    """
    if not values:
        raise ValueError("nothing was measured")
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]


def count_from(name: str, default: int) -> int:
    """A count from the environment. Raises `Unusable` where it is no whole number above 0."""
    text = os.environ.get(name) or str(default)
    if not text.replace("_", "").isdecimal() or not int(text):
        raise Unusable(f"{name} is {text!r}; it is a whole number above 0, such as {default}.")
    return int(text)


def say(what: str) -> None:
    """Tells on standard error how far a bench has come."""
    print(what, file=sys.stderr, flush=True)
