"""The strategy that a command works by."""

import os

from projections.strategy import Strategy
from services.runtime import strategies
from services.runtime.settings import strategy_file


def read_strategy() -> Strategy:
    """The strategy that EGARD_STRATEGY names, or the one that is shipped. Raises `Fatal`."""
    return strategies.load(strategy_file(os.environ))
