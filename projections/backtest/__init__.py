"""What a strategy would have done with a history: whom it would have prompted, when, and why not.

It decides by the same pure functions as outreach does. What comes before a decision it walks by itself:
events, one after the other, and time that passes between them.
"""

from projections.backtest.walk import Walk, Would, walk

__all__ = ["Walk", "Would", "walk"]
