"""How what people say lies beside what it is held against: means by spans, and how sure the mean of all is.

One customer may say something many times, and what one says is alike: so the interval counts customers, not
what they say. With dᵢ the differences of customer i summed up, nᵢ how many they are, m the mean of all N, and
G customers, the variance of m is G/(G − 1) · Σ(dᵢ − nᵢ·m)² / N², and m ± t·√variance its interval, with the
quantile t of Student's distribution with G − 1 degrees of freedom. All of it follows from a few sums.
"""

from collections.abc import Iterable, Sequence
from math import sqrt

import msgspec

ENOUGH = 20
"""Customers under whom a mean says little, and is said to."""

SURE = 0.95
"""How often an interval holds the true mean."""

_WIDTH = 20.0
_LAST = 4
"""Spans are 20 wide; the last of them, the fifth, has 100 in it."""


class Pair(msgspec.Struct, frozen=True):
    """Something said and something it is held against, of one customer."""

    customer: str
    said: float
    against: float


class Span(msgspec.Struct, frozen=True):
    """What pairs sum up to that are held against something in a span of 20 points."""

    least: float
    count: int
    said: float
    against: float
    distance: float
    """How far the two lie apart, whichever way."""


class Spread(msgspec.Struct, frozen=True):
    """What the differences of customers sum up to; each customer's are summed up first."""

    customers: int = 0
    count: int = 0
    differences: float = 0.0
    squares: float = 0.0
    """Of each customer's differences."""
    products: float = 0.0
    """Of each customer's differences, and how many they are."""
    counts: float = 0.0
    """The squares of how many they are."""


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """The pairs whose reading lies in a span of 20 points."""

    least: float
    count: int
    mean_against: float
    mean_said: float


class Interval(msgspec.Struct, frozen=True):
    """Between what a mean lies, with 95 % confidence."""

    least: float
    most: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """How what was said lies beside what it is held against."""

    count: int
    customers: int
    enough: bool
    """Whether there are so many customers that the means say something."""
    mean_difference: float | None
    """What was said minus what it is held against; above 0, people see it better than we read it."""
    mean_difference_within: Interval | None
    """The 95 % confidence interval of that, over customers; null where they are not enough."""
    mean_distance: float | None
    """How far the two lie apart, whichever way."""
    buckets: tuple[Bucket, ...]
    """By what it is held against; spans without any are left out."""


NOTHING = Spread()


def calibration(pairs: Iterable[Pair]) -> Calibration:
    """What some pairs amount to."""
    spans: dict[float, list[Pair]] = {}
    of_customers: dict[str, list[Pair]] = {}
    for pair in pairs:
        spans.setdefault(_WIDTH * min(_LAST, int(pair.against // _WIDTH)), []).append(pair)
        of_customers.setdefault(pair.customer, []).append(pair)
    sums = [(sum(pair.said - pair.against for pair in some), len(some)) for some in of_customers.values()]
    return calibration_of(
        [
            Span(
                least,
                len(some),
                sum(pair.said for pair in some),
                sum(pair.against for pair in some),
                sum(abs(pair.said - pair.against) for pair in some),
            )
            for least, some in spans.items()
        ],
        Spread(
            customers=len(sums),
            count=sum(count for _, count in sums),
            differences=sum(differences for differences, _ in sums),
            squares=sum(differences**2 for differences, _ in sums),
            products=sum(differences * count for differences, count in sums),
            counts=sum(count**2 for _, count in sums),
        ),
    )


def calibration_of(spans: Sequence[Span], spread: Spread) -> Calibration:
    """The same, of what they sum up to."""
    enough = spread.customers >= ENOUGH
    return Calibration(
        count=spread.count,
        customers=spread.customers,
        enough=enough,
        mean_difference=spread.differences / spread.count if spread.count else None,
        mean_difference_within=_within(spread) if enough else None,
        mean_distance=sum(span.distance for span in spans) / spread.count if spread.count else None,
        buckets=tuple(
            Bucket(
                least=span.least,
                count=span.count,
                mean_against=span.against / span.count,
                mean_said=span.said / span.count,
            )
            for span in sorted(spans, key=lambda span: span.least)
        ),
    )


def _within(spread: Spread) -> Interval:
    # Imported here: it takes half a second and 40 MB, and most processes never ask for an interval.
    from scipy.special import stdtrit

    customers = spread.customers
    mean = spread.differences / spread.count
    apart = spread.squares - 2.0 * mean * spread.products + mean**2 * spread.counts
    # Where all are alike, rounding can leave less than nothing.
    variance = max(0.0, apart) * customers / (customers - 1) / spread.count**2
    half = float(stdtrit(customers - 1, (1.0 + SURE) / 2.0)) * sqrt(variance)
    return Interval(mean - half, mean + half)
