"""Contacts, promises and complaints: joined from their events, scored once, by their outcome."""

from datetime import datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactReturned,
    Data,
    Event,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
)
from projections.evidence import Signal
from projections.matters import Contact, Matter, matter_key, matter_of
from projections.outcomes import fixed_after, settled, signal_at
from tests.unit.histories import DAY, MONDAY, PLAIN, PROPERTY, SHIPPED, histories, told

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FRIDAY_EVENING = datetime.fromisoformat("2026-06-05T16:55:00Z")
MONDAY_MORNING = datetime.fromisoformat("2026-06-08T09:05:00Z")


def joined(events: list[Event]) -> Matter:
    """The row of the one matter that a story is about."""
    partials = [found[1] for event in events if (found := matter_of(event)) is not None]
    return reduce(lambda row, partial: row.merge(partial), partials)  # type: ignore[arg-type]


def outcome(*story: tuple[datetime, Data], after: timedelta = timedelta(0)) -> Signal | None:
    """How a story's matter is read, some time after its last event."""
    last = max(when for when, _ in story)
    return signal_at(joined(told(*story)), PLAIN, (last + after).timestamp())


def attempted(channel: str = "phone") -> ContactAttempted:
    return ContactAttempted(contact_id="1", channel=channel)  # type: ignore[arg-type]


def answered(waited_s: float | None = None) -> ContactAnswered:
    return ContactAnswered(contact_id="1", by="human", waited_s=waited_s)


def missed(waited_s: float | None = None) -> ContactMissed:
    return ContactMissed(contact_id="1", cause="rang_out", channel="phone", waited_s=waited_s)


RETURNED = ContactReturned(contact_id="1", reached=True)
NOT_REACHED = ContactReturned(contact_id="1", reached=False)
KEPT = PromiseKept(promise_id="1")
BROKEN = PromiseBroken(promise_id="1")
RELEASED = PromiseReleased(promise_id="1")


def made(due: datetime, to: str | None = None) -> PromiseMade:
    return PromiseMade(promise_id="1", what="call back", due=due, to=to)  # type: ignore[arg-type]


def renegotiated(due: datetime, *, agreed: bool = True) -> PromiseRenegotiated:
    return PromiseRenegotiated(promise_id="1", due=due, agreed=agreed)


# --------------------------------------------------------------------------------------------- the join


@PROPERTY
@given(histories(), st.randoms())
def test_a_row_is_the_same_in_any_order_and_any_number_of_times(history: list[Event], lots: object) -> None:
    """Joining the parts of a matter is commutative, associative and idempotent."""
    rows: dict[object, list[Matter]] = {}
    for event in history:
        found = matter_of(event)
        if found is not None:
            rows.setdefault((type(found[1]), found[0]), []).append(found[1])
    for partials in rows.values():
        forward: Matter = reduce(lambda row, one: row.merge(one), partials)  # type: ignore[arg-type]
        shuffled = [*partials, *partials]
        lots.shuffle(shuffled)  # type: ignore[attr-defined]
        backward: Matter = partials[-1]
        for one in shuffled:
            backward = one.merge(backward)  # type: ignore[arg-type]
        assert forward == backward


def test_of_two_answers_the_earlier_one_counts() -> None:
    """An answer that is told later but happened earlier takes the place of the other."""
    row = joined(told((MONDAY, attempted()), (MONDAY + HOUR, answered()), (MONDAY + MINUTE, answered())))
    assert isinstance(row, Contact)
    assert row.answered is not None
    assert row.answered.at == (MONDAY + MINUTE).timestamp()


def test_events_of_one_instant_are_told_apart_by_id() -> None:
    """Of two answers in the same instant the one with the lesser id counts, whichever came first."""
    first, second = told((MONDAY, answered(5)), (MONDAY, answered(50)))
    for order in ([first, second], [second, first]):
        row = joined(order)
        assert isinstance(row, Contact)
        assert row.answered is not None
        assert row.answered.waited_s == 5


# --------------------------------------------------------------------------------------------- contacts


@pytest.mark.parametrize(
    ("waited", "valence"), [(timedelta(0), 1.0), (MINUTE, 0.0), (2 * MINUTE, -0.5), (3 * MINUTE, -0.75)]
)
def test_a_wait_is_felt_by_how_it_compares_with_what_is_expected(waited: timedelta, valence: float) -> None:
    """At once is +1, as expected is 0, and every further expected wait halves the way to −1."""
    signal = outcome((MONDAY, attempted()), (MONDAY + waited, answered()))
    assert signal is not None
    assert signal.valence == pytest.approx(valence)
    assert signal.at == (MONDAY + waited).timestamp()


def test_a_wait_over_the_weekend_counts_open_hours_only() -> None:
    """From five minutes before closing on Friday to five past opening on Monday is a wait of ten minutes."""
    signal = outcome((FRIDAY_EVENING, attempted("email")), (MONDAY_MORNING, answered()))
    assert signal is not None
    assert signal.valence == pytest.approx(2 * 2 ** (-10 / 60) - 1)


def test_what_the_publisher_measured_beats_what_the_times_suggest() -> None:
    """`waited_s` counts even where the events lie an hour apart."""
    signal = outcome((MONDAY, attempted()), (MONDAY + HOUR, answered(waited_s=0)))
    assert signal is not None
    assert signal.valence == 1


def test_an_answer_out_of_nowhere_is_worth_a_little() -> None:
    """Where nothing tells how long it took, the strategy's own valence holds."""
    signal = outcome((MONDAY, answered()))
    assert signal is not None
    assert signal.valence == 0.1


def test_a_miss_after_the_answer_does_not_make_the_answer_quick() -> None:
    """A miss says when a wait began only if it came before the answer."""
    signal = outcome((MONDAY, answered()), (MONDAY + HOUR, missed()))
    assert signal is not None
    assert signal.valence == 0.1


def test_a_miss_tells_when_the_wait_began() -> None:
    """Without an attempt, the wait runs from the miss less what the customer had waited by then."""
    signal = outcome((MONDAY + MINUTE, missed(waited_s=60)), after=2 * MINUTE)
    assert signal is not None
    assert signal.valence == pytest.approx(-0.75)


def test_nobody_waits_longer_than_until_they_give_up() -> None:
    """An absurd `waited_s` is as bad as giving up, and nothing breaks."""
    signal = outcome((MONDAY, missed(waited_s=1e12)))
    assert signal is not None
    assert signal.valence == pytest.approx(-1)
    assert signal.at == MONDAY.timestamp()


def test_a_contact_that_still_waits_within_reason_says_nothing() -> None:
    """An open contact is judged only once the wait is longer than expected."""
    assert outcome((MONDAY, attempted()), after=59 * SECOND) is None
    late = outcome((MONDAY, attempted()), after=2 * MINUTE)
    assert late is not None
    assert late.valence == pytest.approx(-0.5)
    assert late.breach == "unanswered"


def test_a_missed_contact_counts_at_once() -> None:
    """Nobody answered: that is at most as good as the strategy says, however short the wait."""
    signal = outcome((MONDAY, attempted()), (MONDAY + SECOND, missed()))
    assert signal is not None
    assert signal.valence == -0.4
    assert signal.breach == "unanswered"


def test_a_call_back_that_reaches_the_customer_ends_the_wait() -> None:
    """A miss that was made good in no time is worth something, but less than an answer."""
    signal = outcome((MONDAY, missed()), (MONDAY, RETURNED))
    assert signal is not None
    assert signal.valence == pytest.approx(0.2)
    assert signal.breach is None


@pytest.mark.parametrize("late", [MINUTE, HOUR, timedelta(days=3), timedelta(days=100)])
def test_mending_a_miss_never_costs(late: timedelta) -> None:
    """Whenever we call back, the contact is worth more than left alone, and counts as of no later day."""
    left = outcome((MONDAY, missed()), after=late)
    mended = outcome((MONDAY, missed()), (MONDAY + late, RETURNED), after=late)
    assert left is not None
    assert mended is not None
    assert mended.valence > left.valence
    assert mended.at <= left.at


def test_a_call_back_that_does_not_reach_the_customer_ends_nothing() -> None:
    """We called and nobody was there: the contact stays open."""
    story = told((MONDAY, missed()), (MONDAY + SECOND, NOT_REACHED))
    assert matter_of(story[1]) is None
    assert settled(joined(story), PLAIN) is None


def test_an_unanswered_contact_begins_to_fade_when_the_customer_gives_up() -> None:
    """Until then it counts as of now; after that as of the day the customer gave up."""
    given_up = MONDAY.timestamp() + 14 * DAY
    fresh = outcome((MONDAY, missed()), after=timedelta(days=10))
    old = outcome((MONDAY, missed()), after=timedelta(days=100))
    assert fresh is not None
    assert old is not None
    assert fresh.at == MONDAY.timestamp() + 10 * DAY
    assert old.at == given_up
    assert fixed_after(joined(told((MONDAY, missed()))), PLAIN) == given_up


# --------------------------------------------------------------------------------------------- promises


def test_a_promise_kept_in_time_is_as_good_as_can_be() -> None:
    """Kept by its due, a promise has a valence of 1, and counts as of the day it was kept."""
    signal = outcome((MONDAY, made(MONDAY + HOUR)), (MONDAY + MINUTE, KEPT))
    assert signal == Signal((MONDAY + MINUTE).timestamp(), "responsiveness", 1.0, 2.0)


@pytest.mark.parametrize(
    ("late", "valence"), [(timedelta(0.001), 0.3), (timedelta(days=1), -0.15), (timedelta(days=99), -0.6)]
)
def test_a_promise_kept_late_is_worth_less_the_later(late: timedelta, valence: float) -> None:
    """At most a little, at the grace half of that is left, and never worse than one that is still owed."""
    due = MONDAY + HOUR
    signal = outcome((MONDAY, made(due)), (due + late, KEPT))
    assert signal is not None
    assert signal.valence == pytest.approx(valence, abs=1e-3)
    assert signal.at == due.timestamp()
    assert signal.breach == ("broken_word" if valence < 0 else None)


def test_a_promise_says_nothing_until_its_due() -> None:
    """Owed is not yet late; past its due it counts, as of its due, whenever one looks."""
    due = MONDAY + HOUR
    story = (MONDAY, made(due))
    assert outcome(story, after=HOUR) is None
    for after in (HOUR + SECOND, timedelta(days=99)):
        signal = outcome(story, after=after)
        assert signal == Signal(due.timestamp(), "responsiveness", -0.6, 2.0, "broken_word")


def test_a_broken_promise_is_as_bad_as_can_be() -> None:
    """Said to be broken, it counts fully and at once, even before its due."""
    signal = outcome((MONDAY, made(MONDAY + HOUR)), (MONDAY + MINUTE, BROKEN))
    assert signal is not None
    assert (signal.valence, signal.breach) == (-1, "broken_word")


def test_a_promise_that_is_no_longer_needed_is_neither_kept_nor_broken() -> None:
    """Released by the customer, a promise says nothing, however long past its due one looks."""
    story = ((MONDAY, made(MONDAY + HOUR)), (MONDAY + MINUTE, RELEASED))
    assert outcome(*story, after=timedelta(days=9)) is None


def test_what_is_said_first_of_a_promise_holds() -> None:
    """A promise that was broken is not mended by being ticked off later."""
    signal = outcome((MONDAY, made(MONDAY + HOUR)), (MONDAY + 2 * HOUR, BROKEN), (MONDAY + 3 * HOUR, KEPT))
    assert signal is not None
    assert signal.valence == -1


def test_a_new_due_counts_where_the_customer_agreed_to_it() -> None:
    """Agreed, the new due holds; proposed and refused, the old one does."""
    kept_on_the_third_day = (MONDAY + timedelta(days=3), KEPT)
    first_due, new_due = MONDAY + HOUR, MONDAY + timedelta(days=4)
    for agreed in (True, False):
        signal = outcome(
            (MONDAY, made(first_due)),
            (MONDAY + MINUTE, renegotiated(new_due, agreed=agreed)),
            kept_on_the_third_day,
        )
        assert signal is not None
        assert (signal.valence == 1.0) is agreed
        assert (signal.breach == "broken_word") is not agreed


def test_the_last_of_several_new_dues_holds() -> None:
    """Agreed twice, the due is the one of the later agreement, whichever is told first."""
    early, late = MONDAY + timedelta(days=1), MONDAY + timedelta(days=9)
    story = told(
        (MONDAY, made(MONDAY + HOUR)),
        (MONDAY + 2 * MINUTE, renegotiated(late)),
        (MONDAY + MINUTE, renegotiated(early)),
    )
    assert fixed_after(joined(story), PLAIN) == late.timestamp()


def test_a_fulfilment_without_its_promise_is_taken_at_its_word() -> None:
    """Where nothing says when it was due, a kept promise was kept in time."""
    signal = outcome((MONDAY, KEPT))
    assert signal is not None
    assert signal.valence == 1


def test_a_promise_to_one_of_ours_says_nothing_of_the_customer() -> None:
    """A promise to an agent stands in the ledger, and moves nobody's reading."""
    due = MONDAY + HOUR
    assert outcome((MONDAY, made(due, to="agent")), after=timedelta(days=3)) is None
    assert outcome((MONDAY, made(due, to="agent")), (MONDAY + MINUTE, KEPT)) is None


# ------------------------------------------------------------------------------------------- complaints


@pytest.mark.parametrize(("accepted", "valence"), [(None, -0.6), (True, 0.4), (False, -0.9)])
def test_a_complaint_is_worth_what_the_customer_makes_of_its_settlement(
    accepted: bool | None, valence: float
) -> None:
    """Raised is bad, settled to the customer's satisfaction is good, settled against them is worse."""
    settlement = [] if accepted is None else [ComplaintSettled(complaint_id="1", accepted=accepted)]
    signal = outcome(
        (MONDAY, ComplaintRaised(complaint_id="1")), *((MONDAY + HOUR, one) for one in settlement)
    )
    assert signal is not None
    assert signal.valence == valence


def test_a_settlement_that_the_customer_accepts_in_the_end_holds() -> None:
    """Refused first and accepted later, a complaint is settled."""
    signal = outcome(
        (MONDAY, ComplaintSettled(complaint_id="1", accepted=False)),
        (MONDAY + HOUR, ComplaintSettled(complaint_id="1", accepted=True)),
    )
    assert signal is not None
    assert signal.valence == 0.4


def test_matters_of_different_kinds_share_no_ids() -> None:
    """The contact «1» and the promise «1» are two matters."""
    contact, promise = (matter_of(event) for event in told((MONDAY, attempted()), (MONDAY, KEPT)))
    assert contact is not None
    assert promise is not None
    assert contact[0] == promise[0]
    assert type(contact[1]) is not type(promise[1])


@PROPERTY
@given(histories())
def test_every_outcome_stays_on_its_scale(history: list[Event]) -> None:
    """Whatever happened to a matter, its valence lies between −1 and 1."""
    rows: dict[object, Matter] = {}
    for event in history:
        found = matter_of(event)
        if found is not None:
            key = (type(found[1]), found[0])
            rows[key] = found[1] if key not in rows else rows[key].merge(found[1])  # type: ignore[arg-type]
    at = max(event.at for event in history)
    for row in rows.values():
        signal = signal_at(row, SHIPPED, at)
        assert signal is None or -1 <= signal.valence <= 1


@PROPERTY
@given(events=histories(corrections=True))
def test_which_matter_an_event_belongs_to_is_said_in_one_way(events: list[Event]) -> None:
    """The key of any event's matter is the kind and the id of what it says of a matter."""
    for event in events:
        found = matter_of(event)
        assert matter_key(event) == (None if found is None else (type(found[1]), found[0]))
