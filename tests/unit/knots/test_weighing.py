"""How knots weigh: in place of what they cite, never beside it, and explained to the last digit."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events import (
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    Event,
    PerceptionStated,
    PraiseGiven,
    make,
)
from projections.explanation import Explanation, explain
from projections.fold import fold_person
from projections.knot_rules import KnotRules
from projections.knots import find_knots
from projections.reading import Reading, read
from projections.strategy import Strategy
from projections.whole import open_tangles, read_person, read_unjudged
from tests.unit.histories import MONDAY, PLAIN, PROPERTY, SAME, SHIPPED, START, assert_same, told
from tests.unit.knots.lives import lives

strategies = st.sampled_from([PLAIN, SHIPPED])
_moments = st.integers(0, 70 * 24).map(lambda hours: (START + timedelta(hours=hours)).timestamp())

BARE = replace(SHIPPED, knots=KnotRules())
"""The shipped strategy, but for knots."""


def _bare(strategy: Strategy) -> Strategy:
    return replace(strategy, knots=KnotRules())


def _knotted(found: Explanation) -> list[float]:
    return [line.points for line in found.contributions if line.about.knots]


def _retold(times: int) -> list[Event]:
    day = timedelta(days=1)
    return told(
        (MONDAY, PraiseGiven()),
        *((MONDAY + day * n, ContactRetold(contact_id=str(n), reason="the bill")) for n in range(times)),
    )


@PROPERTY
@given(events=lives(), at=_moments, strategy=strategies)
def test_an_explanation_with_knots_sums_to_the_reading(
    events: list[Event], at: float, strategy: Strategy
) -> None:
    """Prior and points together are the health, within 1e-9, and the reading is that of the sums."""
    found = explain(events, strategy, at)
    assert abs(found.prior + sum(line.points for line in found.contributions) - found.reading.health) <= SAME
    assert_same(found.reading, read_person(events, strategy, at), strategy)
    assert list(found.knots) == find_knots(events, strategy, at)


@PROPERTY
@given(events=lives(), at=_moments, strategy=strategies)
def test_a_knot_never_raises_a_reading(events: list[Event], at: float, strategy: Strategy) -> None:
    """With the same events, neither dimension is higher for a knot in them."""
    knotted, bare = read_unjudged(events, strategy, at), read_unjudged(events, _bare(strategy), at)
    assert knotted.recognition <= bare.recognition + SAME
    assert knotted.responsiveness <= bare.responsiveness + SAME


@PROPERTY
@given(events=lives(), at=_moments)
def test_what_a_knot_cites_has_no_line_of_its_own(events: list[Event], at: float) -> None:
    """Each event stands in one line at most, and what an open knot cites in none but a knot's."""
    lines = explain(events, SHIPPED, at).contributions
    cited = {
        (event.subject, event.identity)
        for knot in find_knots(events, SHIPPED, at)
        if knot.open
        for event in knot.evidence
    }
    named = [(event.subject, event.identity) for line in lines for event in line.about.events]
    assert len(named) == len(set(named))
    for line in lines:
        if not line.about.knots:
            assert not cited & {(event.subject, event.identity) for event in line.about.events}


@PROPERTY
@given(events=lives(), at=_moments)
def test_the_band_is_knotted_where_a_knot_is_open_and_enough_is_known(events: list[Event], at: float) -> None:
    """Whether a knot is open, and how much is known: nothing else decides on the band «knotted»."""
    reading = read_unjudged(events, SHIPPED, at)
    is_open = any(knot.open for knot in find_knots(events, SHIPPED, at))
    known = reading.confidence >= SHIPPED.confidence_floor
    assert (reading.band == "knotted") == (is_open and known)
    assert (reading.band == "unknown") == (not known)


@PROPERTY
@given(events=lives(), at=_moments)
def test_without_an_open_knot_the_reading_is_that_of_the_sums(events: list[Event], at: float) -> None:
    """Knots that closed leave nothing behind: what they cited counts again as it did."""
    if open_tangles([event for event in events if event.at <= at], SHIPPED, at):
        return
    sums = fold_person([event for event in events if event.at <= at], SHIPPED).sums_at(SHIPPED, at)
    assert read_unjudged(events, SHIPPED, at) == read(sums, SHIPPED, at)


@PROPERTY
@given(events=lives(), at=_moments)
def test_a_proposal_counts_on_the_knot_that_it_unties(events: list[Event], at: float) -> None:
    """Publish the event that a proposal names, read again at that instant: health is that much higher."""
    found = explain(events, SHIPPED, at)
    for remedy in found.remedies:
        done = make(
            remedy.data,
            subject=remedy.about.events[0].subject,
            source="\U0010ffff",
            id="done",
            time=START + timedelta(seconds=at - START.timestamp()),
        )
        then = read_unjudged([*events, done], SHIPPED, at)
        assert abs(then.health - found.reading.health - remedy.points) <= SAME


def _at(events: list[Event]) -> float:
    return max(event.at for event in events)


def _read(events: list[Event], strategy: Strategy = SHIPPED) -> Reading:
    return read_unjudged(events, strategy, _at(events))


def test_a_knot_weighs_its_weight_where_what_it_cites_is_less() -> None:
    """Two retellings come to less than the weight of the knot that they tie, so health falls by the rest."""
    events = _retold(2)
    assert _read(events).health < _read(events, BARE).health - 1
    [points] = _knotted(explain(events, SHIPPED, _at(events)))
    assert points < 0


def test_a_knot_is_no_second_penalty() -> None:
    """Six retellings that are as bad as can be come to more than the knot's weight: no figure moves."""
    [rule] = SHIPPED.rules["egard.contact.retold"]
    worst = replace(SHIPPED, rules={**SHIPPED.rules, rule.type: (replace(rule, valence=-1.0),)})
    events = _retold(6)
    knotted, bare = _read(events, worst), _read(events, _bare(worst))
    assert knotted.band == "knotted"
    assert_same(replace(knotted, band=bare.band), bare, worst)


def test_knots_that_cite_the_same_weigh_together() -> None:
    """Attempts that two knots cite count in one line, which names both and weighs as much as one of them."""
    hour = timedelta(hours=1)
    events = told(
        (MONDAY, ContactClosed(contact_id="0", resolved=True, case_id="k")),
        *(
            event
            for n in range(1, 4)
            for event in (
                (MONDAY + n * hour, ContactAttempted(contact_id=str(n), channel="phone", case_id="k")),
                (MONDAY + n * hour, ContactMissed(contact_id=str(n), cause="rang_out")),
            )
        ),
    )
    found = explain(events, SHIPPED, _at(events))
    [line] = found.contributions
    assert [knot.kind for knot in line.about.knots] == ["misunderstanding", "deaf_ear"]
    alone = replace(SHIPPED, knots=KnotRules(deaf_ear=SHIPPED.knots.deaf_ear))
    assert_same(found.reading, _read(events, alone), SHIPPED)


def test_what_a_customer_states_ties_a_knot_and_moves_no_score() -> None:
    """A statement far from what we read makes the band «knotted»; the figures stay as they are."""
    events = told(*[(MONDAY, PraiseGiven())] * 4)
    stated = make(PerceptionStated(health=0), subject="anna", source="survey", id="1", time=MONDAY)
    before, after = _read(events), _read([*events, stated])
    assert after.band == "knotted"
    assert replace(after, band=before.band) == before
