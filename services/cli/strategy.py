"""The strategy that a command works by."""

import os

from projections.strategy import Strategy, StrategyError, parse
from services.runtime.errors import Fatal
from services.runtime.settings import strategy_file


def read_strategy() -> Strategy:
    """The strategy that EGARD_STRATEGY names, or the one that is shipped. Raises `Fatal`."""
    path = strategy_file(os.environ)
    try:
        return parse(path.read_bytes())
    except (OSError, StrategyError) as error:
        raise Fatal(f"{path}: {error}") from None
