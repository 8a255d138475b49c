"""The reading is a function of the set of events and of the instant, and of nothing else."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from events import (
    Event,
    EventRetracted,
    ExchangePurchased,
    PraiseGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    make,
)
from projections.evidence import Signal
from projections.fold import direct_signal, fold, gather, no_change, no_state
from projections.matters import matter_of
from projections.outcomes import at_read, fixed_after, settled, signal_at
from projections.reading import contributions, prior_health, read
from projections.strategy import Strategy
from tests.unit.histories import (
    MONDAY,
    PLAIN,
    PROPERTY,
    SAME,
    SHIPPED,
    accepted,
    assert_same,
    batches,
    histories,
    later,
    reading_of,
    told,
)


def _newest(history: list[Event]) -> float:
    return max(event.at for event in history)


def _signals(history: list[Event], strategy: Strategy, at: float) -> list[Signal]:
    alone = [direct_signal(event, strategy) for event in history if matter_of(event) is None]
    joined = [signal_at(matter, strategy, at) for matter in fold(history, strategy).matters.values()]
    return [signal for signal in [*alone, *joined] if signal is not None]


@PROPERTY
@given(st.data())
def test_batches_in_any_order_give_the_same_reading(data: st.DataObject) -> None:
    """However events are shuffled, cut into batches and merged, the reading at any later time is the same."""
    history = data.draw(histories())
    at = _newest(history) + data.draw(later).total_seconds()
    state = no_state()
    for batch in data.draw(batches(history)):
        change = no_change()
        for event in batch:
            gather(change, event, SHIPPED)
        state.merge(change, SHIPPED)
    assert_same(read(state.sums_at(SHIPPED, at), SHIPPED, at), reading_of(history, SHIPPED, at), SHIPPED)
    assert state.newest == _newest(history)
    assert state.count == len(history)


@PROPERTY
@given(st.data())
def test_a_journal_folds_repetitions_once(data: st.DataObject) -> None:
    """Deliveries in any order with any repetition give the reading of the journal, corrections included."""
    history = data.draw(histories(corrections=True))
    again = data.draw(st.lists(st.sampled_from(history), max_size=10))
    delivered = data.draw(st.permutations([*history, *again]))
    at = _newest(history) + data.draw(later).total_seconds()
    assert_same(reading_of(accepted(delivered), SHIPPED, at), reading_of(history, SHIPPED, at), SHIPPED)


@PROPERTY
@given(st.data())
def test_the_state_between_batches_does_not_matter(data: st.DataObject) -> None:
    """A fact that comes after its deadline was judged replaces that judgement and leaves no trace of it."""
    history = data.draw(histories())
    late = data.draw(st.sampled_from(history))
    at = _newest(history) + data.draw(later).total_seconds()
    state = fold([event for event in history if event is not late], SHIPPED)
    read(state.sums_at(SHIPPED, at), SHIPPED, at)
    change = no_change()
    gather(change, late, SHIPPED)
    state.merge(change, SHIPPED)
    assert_same(read(state.sums_at(SHIPPED, at), SHIPPED, at), reading_of(history, SHIPPED, at), SHIPPED)


def test_a_promise_that_was_kept_in_time_is_not_held_against_us_for_being_told_late() -> None:
    """Read as overdue first, a promise reads as kept once its fulfilment arrives, however late it arrives."""
    made, kept = told(
        (MONDAY, PromiseMade(promise_id="1", what="call", due=MONDAY + timedelta(days=1))),
        (MONDAY + timedelta(hours=1), PromiseKept(promise_id="1")),
    )
    at = (MONDAY + timedelta(days=9)).timestamp()
    state = fold([made], PLAIN)
    assert read(state.sums_at(PLAIN, at), PLAIN, at).responsiveness < 50
    change = no_change()
    gather(change, kept, PLAIN)
    state.merge(change, PLAIN)
    assert read(state.sums_at(PLAIN, at), PLAIN, at).responsiveness > 50


@PROPERTY
@given(histories(corrections=True), later)
def test_scores_stay_on_their_scales(history: list[Event], passed: timedelta) -> None:
    """Scores run from 0 to 100 and confidence from 0 to 1, whatever happened."""
    reading = reading_of(history, SHIPPED, _newest(history) + passed.total_seconds())
    for score in (reading.health, reading.recognition, reading.responsiveness):
        assert 0 <= score <= 100
    assert 0 <= reading.confidence < 1
    assert -100 <= reading.trend <= 100


@PROPERTY
@given(histories(), later)
def test_contributions_explain_the_whole_distance_from_the_prior(
    history: list[Event], passed: timedelta
) -> None:
    """What each event or matter moves adds up to health minus the prior."""
    at = _newest(history) + passed.total_seconds()
    moved = contributions(_signals(history, SHIPPED, at), SHIPPED, at)
    distance = reading_of(history, SHIPPED, at).health - prior_health(SHIPPED)
    assert abs(sum(moved) - distance) <= SAME


@PROPERTY
@given(histories(), later)
def test_praise_never_lowers_a_reading(history: list[Event], passed: timedelta) -> None:
    """One more signal that is as good as can be raises its dimension, or leaves it."""
    praise = make(PraiseGiven(), subject="anna", source="praise", id="1", time=MONDAY)
    at = max(_newest(history), praise.at) + passed.total_seconds()
    without, praised = reading_of(history, SHIPPED, at), reading_of([*history, praise], SHIPPED, at)
    assert praised.recognition >= without.recognition - SAME
    assert praised.confidence >= without.confidence - SAME
    assert abs(praised.responsiveness - without.responsiveness) <= SAME


@PROPERTY
@given(histories(), later)
def test_a_broken_word_never_raises_a_reading(history: list[Event], passed: timedelta) -> None:
    """One more signal that is as bad as can be lowers its dimension, or leaves it; repetition included."""
    broken = make(PromiseBroken(promise_id="another"), subject="anna", source="more", id="1", time=MONDAY)
    at = max(_newest(history), broken.at) + passed.total_seconds()
    without, hurt = reading_of(history, SHIPPED, at), reading_of([*history, broken], SHIPPED, at)
    assert hurt.responsiveness <= without.responsiveness + SAME
    assert abs(hurt.recognition - without.recognition) <= SAME


@PROPERTY
@given(histories(), later)
def test_purchases_move_nothing(history: list[Event], passed: timedelta) -> None:
    """A purchase is context: with or without it the reading is exactly the same."""
    bought = make(ExchangePurchased(amount=1e6), subject="anna", source="till", id="1", time=MONDAY)
    at = max(_newest(history), bought.at) + passed.total_seconds()
    assert reading_of([*history, bought], SHIPPED, at) == reading_of(history, SHIPPED, at)


@PROPERTY
@given(histories(), later)
def test_what_was_taken_back_never_was(history: list[Event], passed: timedelta) -> None:
    """Retracting an event gives exactly the reading without it."""
    first, *others = history
    retraction = make(
        EventRetracted(source=first.source, id=first.id),
        subject="anna",
        source="desk",
        id="1",
        time=MONDAY,
    )
    at = max(_newest(history), retraction.at) + passed.total_seconds()
    assert reading_of([*history, retraction], SHIPPED, at) == reading_of(others, SHIPPED, at)


@PROPERTY
@given(histories(), later, later)
def test_an_open_matter_settles_into_saying_the_same(
    history: list[Event], passed: timedelta, more: timedelta
) -> None:
    """After `fixed_after` it makes no difference to what an open matter says how much later one looks."""
    for matter in fold(history, SHIPPED).matters.values():
        if settled(matter, SHIPPED) is None:
            fixed = max(_newest(history), fixed_after(matter, SHIPPED)) + 1
            sooner = fixed + passed.total_seconds()
            assert at_read(matter, SHIPPED, sooner) == at_read(matter, SHIPPED, sooner + more.total_seconds())
