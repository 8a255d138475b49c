"""Signs of knots: without reading what happened they say who has none, and until when that holds."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    Data,
    Event,
    FrictionMet,
    PromiseBroken,
    PromiseMade,
)
from projections.fold import fold
from projections.knots.signs import NEVER, NO_SIGNS, Signs, Watch, noted
from projections.matters import Matter
from projections.whole import open_tangles
from tests.unit.histories import DAY, MONDAY, PROPERTY, SHIPPED, told
from tests.unit.knots.lives import lives

RULES = SHIPPED.knots


def signs_of(batches: Sequence[Sequence[Event]]) -> Signs:
    """The signs of one subject whose events come in batches."""
    signs, newest = NO_SIGNS, NEVER
    for batch in batches:
        signs = noted(signs, newest, batch, RULES)
        newest = max([newest, *(event.at for event in batch)])
    return signs


def still_open(events: Sequence[Event]) -> list[Matter]:
    """The matters of one subject whose outcome depends on when one looks."""
    return [matter for matter in fold(events, SHIPPED).matters.values() if matter.unsettled]


def batches(events: Sequence[Event], cuts: set[int]) -> list[Sequence[Event]]:
    """Events in batches, cut at some places."""
    edges = [0, *sorted(cut for cut in cuts if cut < len(events)), len(events)]
    return [events[first:last] for first, last in pairwise(edges)]


def watched(events: Sequence[Event], cuts: set[int]) -> tuple[Signs, list[Matter]]:
    """Signs and open matters of a person, all whose ids' events come in batches."""
    signs, matters = NO_SIGNS, list[Matter]()
    for subject in {event.subject for event in events}:
        own = [event for event in events if event.subject == subject]
        signs = signs.merge(signs_of(batches(own, cuts)))
        matters += still_open(own)
    return signs, matters


_cuts = st.sets(st.integers(0, 60), max_size=6)
_after = st.one_of(st.floats(0, 100), st.sampled_from([0.0, 1.0, 3.0, 30.0, 45.0, 60.0])).map(
    lambda days: days * DAY
)


@PROPERTY
@given(life=lives().flatmap(st.permutations), cuts=_cuts, after=_after, alone=st.booleans())
def test_who_has_an_open_knot_has_signs_of_it(
    life: list[Event], cuts: set[int], after: float, alone: bool
) -> None:
    """In whatever order and batches events come, where nothing tells of a knot there is none."""
    events = [event for event in life if event.subject == "anna"] if alone else life
    at = max((event.at for event in events), default=0.0) + after
    signs, matters = watched(events, cuts)
    if open_tangles(events, SHIPPED, at):
        one = len({event.subject for event in events}) == 1
        assert Watch(signs, matters, RULES, alone=one).may_be_open(at)


@PROPERTY
@given(life=lives().flatmap(st.permutations), cuts=_cuts, after=_after, share=st.floats(0, 1))
def test_until_it_is_due_time_alone_ties_and_unties_nothing(
    life: list[Event], cuts: set[int], after: float, share: float
) -> None:
    """Whenever one looks before that instant, the same knots rest on the same evidence."""
    at = max((event.at for event in life), default=0.0) + after
    signs, matters = watched(life, cuts)
    tangles = open_tangles(life, SHIPPED, at)
    due = Watch(signs, matters, RULES).changes_at(tangles, at)
    later = at + share * ((at + 200 * DAY if due is None else due) - at)
    if due is None or later < due:
        then = open_tangles(life, SHIPPED, later)
        assert [tangle.knots for tangle in then] == [tangle.knots for tangle in tangles]


_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "story",
    [
        [],
        [(0, ContactAttempted(contact_id="a", channel="phone"))],
        [(0, FrictionMet(what="wrong_hours"))],
        [
            (0, ContactClosed(contact_id="a", resolved=False)),
            (1, ContactMissed(contact_id="b", cause="busy")),
        ],
        [
            (0, ContactAttempted(contact_id="a", channel="phone")),
            (1, ContactClosed(contact_id="a", resolved=True)),
        ],
        [(0, ContactMissed(contact_id=name, cause="busy")) for name in "ab"],
        [(0, PromiseMade(promise_id="p", what="call", due=MONDAY + 2 * _HOUR))],
    ],
)
def test_nearly_nobody_has_signs(story: list[tuple[int, Data]]) -> None:
    """Common things, in their order and as often as they are common, do not have anybody's events read."""
    events = told(*((MONDAY + hours * _HOUR, data) for hours, data in story))
    signs = signs_of([[event] for event in events])
    assert not Watch(signs, still_open(events), RULES).may_be_open(MONDAY.timestamp() + 4 * DAY)


@pytest.mark.parametrize(
    "story",
    [
        [(0, ContactRetold(contact_id="a", reason="the bill"))],
        [(0, FrictionMet(what="behind_procedure"))],
        [(0, ContactClosed(contact_id="a", resolved=True)), (1, ContactMissed(contact_id="b", cause="busy"))],
        [(0, ContactMissed(contact_id=name, cause="busy")) for name in "abc"],
        [(0, ContactAttempted(contact_id=name, channel="phone")) for name in "abc"],
        [(0, PromiseMade(promise_id=name, what="call", due=MONDAY)) for name in "ab"],
        [(0, PromiseBroken(promise_id="p"))],
    ],
)
def test_signs_end(story: list[tuple[int, Data]]) -> None:
    """What may be part of a knot tells so while one may be open, and no longer."""
    events = told(*((MONDAY + hours * _HOUR, data) for hours, data in story))
    signs, matters = watched(events, set())
    assert Watch(signs, matters, RULES).may_be_open(MONDAY.timestamp() + 4 * DAY)
    assert not Watch(signs, matters, RULES).may_be_open(MONDAY.timestamp() + 70 * DAY)


def test_what_was_said_to_be_broken_stands_beside_what_is_overdue() -> None:
    """The first of two broken promises may have been broken long ago, and is settled: the knot has signs."""
    events = told(
        (MONDAY, PromiseBroken(promise_id="a")),
        (MONDAY, PromiseMade(promise_id="b", what="call", due=MONDAY + timedelta(days=100))),
    )
    signs, matters = watched(events, set())
    at = (MONDAY + timedelta(days=99)).timestamp()
    due = Watch(signs, matters, RULES).changes_at(open_tangles(events, SHIPPED, at), at)
    assert due == (MONDAY + timedelta(days=101)).timestamp()
    assert open_tangles(events, SHIPPED, due)
    assert Watch(signs, matters, RULES).may_be_open(due)


def test_who_comes_back_under_another_id_has_signs() -> None:
    """Closed as resolved under one id and back under another, each of which has no signs by itself."""
    closed = told((MONDAY, ContactClosed(contact_id="a", case_id="k", resolved=True)))
    back = told(
        (MONDAY + _HOUR, ContactMissed(contact_id="b", cause="busy")),
        (MONDAY + _HOUR, ContactAttempted(contact_id="b", case_id="k", channel="phone")),
        subject="visitor:7",
        first=10,
    )
    at = MONDAY.timestamp() + DAY
    assert open_tangles([*closed, *back], SHIPPED, at)
    signs, matters = watched([*closed, *back], set())
    assert not Watch(signs, matters, RULES).may_be_open(at)
    assert Watch(signs, matters, RULES, alone=False).may_be_open(at)
