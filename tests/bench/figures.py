"""What figures have in common: percentiles, and settings of a run."""

import math
import os
import sys
from collections.abc import Sequence

mistakes: list[str] = []
"""Settings that cannot be used, a sentence for each: known before anything is measured."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The least of the values that so many percent of them do not exceed (nearest rank).

    It is always a value that was measured. Raises `ValueError` where there is none.
    """
    if not values:
        raise ValueError("nothing was measured")
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]


def count_from(name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
    """A count from the environment; a setting that cannot be used is put among the `mistakes`."""
    text = os.environ.get(name) or str(default)
    if text.replace("_", "").isdecimal():
        count = int(text)
        if count >= least and (most is None or count <= most):
            return count
    span = f"of {least:,} or more" if most is None else f"from {least:,} to {most:,}"
    mistakes.append(f"{name} is {text!r}; it is a whole number {span}, such as {default}.")
    return default


def say(what: str) -> None:
    """Tells on standard error how far a bench has come."""
    print(what, file=sys.stderr, flush=True)
