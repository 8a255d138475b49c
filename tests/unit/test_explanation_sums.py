"""Ten thousand random histories, each explained to the last digit."""

from random import Random

from projections.explanation import explain
from projections.grouping import grouped
from projections.whole import read_person
from tests.unit.histories import DAY, PLAIN, SAME, SHIPPED
from tests.unit.lives import life

HISTORIES = 10_000


def test_explanations_of_ten_thousand_random_histories_sum_to_the_reading() -> None:
    """Prior and all points are the health that a reading by itself has, within 1e-9, for every one of them.

    They have up to 40 events, corrections among them, and are read amid them, at their end, or years later.
    """
    draw = Random(5)
    worst = 0.0
    for number in range(HISTORIES):
        events = life(draw, draw.randint(1, 40))
        strategy = SHIPPED if number % 2 else PLAIN
        at = draw.choice(events).at + draw.choice([0.0, 0.0, 60.0, 30 * DAY, 4000 * DAY])
        found = explain(events, strategy, at)
        total = found.prior + sum(line.points for line in found.contributions)
        by_groups = found.prior + sum(group.points for group in grouped(found.contributions))
        read = read_person(events, strategy, at)
        worst = max(worst, abs(total - read.health), abs(by_groups - read.health))
        assert abs(found.reading.health - read.health) <= SAME
    assert worst <= SAME
