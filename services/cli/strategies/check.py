"""Every mistake in a strategy, and whether its sums last for as long as it is meant to be used."""

from datetime import datetime, timedelta

from projections.places import Place, places
from projections.strategy import REACH, Strategy, StrategyError, parse, reach
from projections.written import Mistake

YEARS = 10
"""For so long, before now and after, what happens must find a place in the sums."""


def examine(text: bytes, now: datetime) -> Strategy | list[Mistake]:
    """A strategy that can be used, or all that is wrong with it."""
    try:
        strategy = parse(text)
    except StrategyError as error:
        return error.mistakes
    first, last = reach(strategy)
    long = timedelta(days=365.25 * YEARS)
    if first < now - long and now + long < last:
        return strategy
    line, column = places(strategy.text.replace("\r\n", "\n")).get(("landmark",), Place(1, 1))
    return [
        Mistake(
            line,
            column,
            f"Evidence can be counted from {first:%Y-%m-%d} to {last:%Y-%m-%d} only: for {REACH} times the "
            f"shorter half-life before and after the landmark. {YEARS} years before and after today are "
            "needed. Write a landmark nearer to today, or a longer half-life.",
        )
    ]
