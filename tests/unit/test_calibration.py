"""What people say is held against the reading of that time, and few are called few."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from events import (
    ContactRetold,
    Event,
    EventRetracted,
    JudgementMade,
    PerceptionStated,
    RecognitionRemembered,
)
from projections.agreement import ENOUGH, Interval, Pair, calibration
from projections.calibration import Comparison, compare
from projections.whole import read_person
from tests.unit.histories import MONDAY, PLAIN, PROPERTY, SAME, told

DAY = timedelta(days=1)


def _compared(events: list[Event], days: float, *who: str) -> list[Comparison]:
    members = set(who or ("anna",))
    return compare(events, lambda _: members, members, PLAIN, (MONDAY + days * DAY).timestamp())


def test_a_statement_is_held_against_the_reading_just_before_it() -> None:
    """Given a memory, a statement, and a retelling of that instant, then what was before it was read."""
    events = told(
        (MONDAY, RecognitionRemembered(what="the dog")),
        (MONDAY + DAY, PerceptionStated(health=30)),
        (MONDAY + DAY, ContactRetold(contact_id="k", reason="the bill")),
    )
    # The retelling is of the same instant, and before the statement by the rank of its type or after it.
    before = [event for event in events if event.order < events[1].order]
    [found] = _compared(events, 5)
    expected = read_person(before, PLAIN, (MONDAY + DAY).timestamp())
    assert (found.kind, found.said) == ("stated", 30)
    assert found.health is not None
    assert abs(found.health - expected.health) <= SAME


def test_what_comes_later_changes_nothing_of_what_was_read_then() -> None:
    """Given a statement, then whatever happens in the days after it leaves the comparison as it is."""
    first = told((MONDAY, RecognitionRemembered(what="the dog")), (MONDAY + DAY, PerceptionStated(health=30)))
    more = told((MONDAY + 2 * DAY, ContactRetold(contact_id="k", reason="the bill")), first=9)
    assert _compared([*first, *more], 5) == _compared(first, 1)


def test_a_judgement_is_held_against_the_reading_when_it_expired_and_what_the_customer_stated() -> None:
    """Given a judgement for three days and a statement on the second, then both are known on the third."""
    events = told(
        (MONDAY, JudgementMade(health=80, agent_id="lea", reason="r", until=MONDAY + 3 * DAY)),
        (MONDAY + 2 * DAY, PerceptionStated(health=70)),
        (MONDAY + 4 * DAY, PerceptionStated(health=10)),
    )
    standing = [one for one in _compared(events, 2.5) if one.kind == "judged"]
    assert [(one.health, one.stated) for one in standing] == [(None, None)]
    [over] = [one for one in _compared(events, 5) if one.kind == "judged"]
    expected = read_person(events, PLAIN, (MONDAY + 3 * DAY).timestamp())
    assert (over.said, over.stated) == (80, 70)
    assert over.health is not None
    assert abs(over.health - expected.health) <= SAME


def test_what_was_taken_back_is_not_compared() -> None:
    """Given a statement that was retracted, then there is nothing to compare."""
    [statement] = told((MONDAY, PerceptionStated(health=30)))
    back = told((MONDAY + DAY, EventRetracted(source=statement.source, id=statement.id)), first=2)
    assert _compared([statement, *back], 5) == []


def test_the_reading_is_the_persons_and_each_statement_is_compared_once() -> None:
    """Given a statement under one id and a memory under another, then the memory is in what was read."""
    events = [
        *told((MONDAY, RecognitionRemembered(what="the dog")), subject="visitor:7"),
        *told((MONDAY + DAY, PerceptionStated(health=30))),
    ]
    [together] = _compared(events, 5, "anna", "visitor:7")
    [alone] = _compared(events, 5, "anna")
    assert together.health is not None
    assert alone.health is not None
    assert together.health > alone.health


def test_the_latest_that_were_said_are_read_as_all_are() -> None:
    """Given three statements and a memory between them, the latest two are the last two of all, or none."""
    events = told(
        *((MONDAY + n * DAY, PerceptionStated(health=30)) for n in (1, 3, 5)),
        (MONDAY + 2 * DAY, RecognitionRemembered(what="the dog")),
    )
    everything = _compared(events, 9)
    for latest in (0, 2, 5):
        found = compare(
            events, lambda _: {"anna"}, {"anna"}, PLAIN, (MONDAY + 9 * DAY).timestamp(), latest=latest
        )
        assert found == everything[max(0, 3 - latest) :]


def test_few_customers_are_not_enough_however_much_they_say() -> None:
    """Given a hundred statements of one customer, then that is not enough; of twenty customers it is."""
    assert not calibration([Pair("anna", 50, 60)] * 100).enough
    assert calibration([Pair(f"c{number}", 50, 60) for number in range(ENOUGH)]).enough
    nothing = calibration([])
    assert (nothing.count, nothing.mean_difference, nothing.buckets) == (0, None, ())


@PROPERTY
@given(st.lists(st.builds(Pair, st.sampled_from("abc"), st.floats(0, 100), st.floats(0, 100)), min_size=1))
def test_buckets_hold_every_pair_once(pairs: list[Pair]) -> None:
    """Counts sum to all, each mean lies in its span, and the means weigh up to the mean of all."""
    found = calibration(pairs)
    assert sum(bucket.count for bucket in found.buckets) == found.count == len(pairs)
    for bucket in found.buckets:
        assert bucket.least - SAME <= bucket.mean_against <= bucket.least + 20 + SAME
    total = sum(bucket.count * (bucket.mean_said - bucket.mean_against) for bucket in found.buckets)
    assert found.mean_difference is not None
    assert abs(total / found.count - found.mean_difference) <= 1e-6


def test_the_interval_of_a_mean_holds_it_as_often_as_it_says() -> None:
    """Of a thousand draws of thirty customers who say some things each, 93 to 97 % hold the true mean."""
    held = 0
    for seed in range(1000):
        draw, pairs = Random(seed), []
        for number in range(30):
            own = 50.0 + draw.gauss(3.0, 12.0)
            times = range(draw.randint(1, 6))
            pairs += [Pair(str(number), own + draw.gauss(0.0, 5.0), 50.0) for _ in times]
        within = calibration(pairs).mean_difference_within
        assert within is not None
        held += within.least <= 3.0 <= within.most
    assert 930 <= held <= 970


def test_saying_a_thing_twice_makes_nobody_surer() -> None:
    """Given what customers say once, then saying it twice each leaves mean and interval where they were."""
    draw = Random(5)
    once = [Pair(str(number), draw.uniform(0, 100), draw.uniform(0, 100)) for number in range(25)]
    one, two = calibration(once), calibration(once * 2)
    assert one.mean_difference_within is not None
    assert two.mean_difference_within is not None
    assert abs(one.mean_difference_within.least - two.mean_difference_within.least) <= SAME
    assert abs(one.mean_difference_within.most - two.mean_difference_within.most) <= SAME


def test_too_few_customers_have_no_interval() -> None:
    """Under twenty customers a mean has no interval; twenty that all say the same have one of no width."""
    some = [Pair(f"c{number}", 50, 60) for number in range(ENOUGH)]
    assert calibration(some[1:]).mean_difference_within is None
    assert calibration(some).mean_difference_within == Interval(-10.0, -10.0)
