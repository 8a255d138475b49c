"""The events of the bench, and the job that other stream processors do with them."""

from collections import Counter
from datetime import UTC, datetime
from math import isclose
from statistics import mean

import pytest

from events import decode
from projections.matters import matter_of
from tests.bench.foreign import job
from tests.bench.stream import SOURCE, SPREADS, Spread, events, repeated


@pytest.mark.parametrize("spread", SPREADS)
def test_half_of_the_events_open_a_matter_and_bodies_are_short(spread: Spread) -> None:
    """Every event is of the language, every other one opens a matter, and a body has about 180 bytes."""
    some = events(spread, 2_000, seed=1)
    decoded = [decode(sent.body, arrived=datetime.now(UTC)) for sent in some]
    for sent, event in zip(some, decoded, strict=True):
        assert (event.subject, event.identity, event.type, event.time) == sent[:4]
        assert event.source == SOURCE
    first = {found[0] for event in decoded if (found := matter_of(event)) is not None}
    assert len(first) == len(some) // 2
    assert 165 < mean(len(sent.body) for sent in some) < 200


def test_few_customers_have_most_events_only_under_zipf() -> None:
    """By Zipf's law one customer has about an eighth of the events; uniformly, none has more than a few."""
    most = {
        spread: Counter(sent.customer for sent in events(spread, 4_000, seed=2)).most_common(1)[0][1]
        for spread in SPREADS
    }
    assert most["uniform"] <= 4
    assert 0.1 < most["zipf"] / 4_000 < 0.15


def test_a_repetition_comes_after_the_first() -> None:
    """A tenth of the events comes again, whole and later."""
    some = events("zipf", 1_000, seed=3)
    again = repeated(some, 0.1, seed=3)
    assert len(again) == 1_100
    assert list(dict.fromkeys(again)) == some


def test_the_job_takes_each_event_once_and_sums_add_in_any_batches() -> None:
    """What comes twice counts once, and the sums of three parts add up to the sums of the whole."""
    some = events("zipf", 1_000, seed=4)
    known = job.read(sent.body for sent in repeated(some, 0.2, seed=4))
    assert len(known) == len(some)
    whole = {row[0]: row[1:] for row in job.add_up(known.values())}
    assert sum(row[0] for row in whole.values()) == len(some)
    thirds = [job.add_up(list(known.values())[place::3]) for place in range(3)]
    for customer, sums in whole.items():
        parts = [row[1:] for third in thirds for row in third if row[0] == customer]
        for wanted, *found in zip(sums, *parts, strict=True):
            assert isclose(wanted, sum(found), rel_tol=1e-9)
