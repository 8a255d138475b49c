"""The strategy's sections on knots: read, and refused where they make no sense."""

import pytest

from projections.strategy import StrategyError, parse
from tests.unit.test_strategy import SHIPPED, changed


def test_a_strategy_may_say_nothing_of_knots() -> None:
    """Without any section no pattern is looked for."""
    start = SHIPPED.index("[knots.retelling]")
    assert parse(SHIPPED[:start].encode()).knots.retelling is None


@pytest.mark.parametrize(
    ("pattern", "new", "said"),
    [
        (r"^\[knots.retelling\]", "[knots.spaghetti]", "spaghetti"),
        ("^attempts = 3", "attempts = 1", "`attempts` is 1"),
        ('^patience = "3 days"', 'patience = "soon"', "soon"),
        ("^apart = 40", "apart = 400", "100 at most"),
    ],
)
def test_a_mistake_in_a_section_is_named(pattern: str, new: str, said: str) -> None:
    """An unknown kind, a count that is none, a duration that is none: the sentence names it."""
    with pytest.raises(StrategyError, match=said):
        parse(changed(pattern, new))
