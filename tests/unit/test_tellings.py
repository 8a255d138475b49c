"""What was told again: as published, and as one may suspect, in small stories (given, when, then)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    Data,
    Event,
    EventRetracted,
    RecordContested,
)
from projections.tellings import Thread, tellings
from tests.unit.histories import MONDAY, PROPERTY, histories, told

CASE = "case-7"


def story(*data: Data) -> list[Event]:
    """Things that happened an hour after each other."""
    return told(*((MONDAY + timedelta(hours=hours), one) for hours, one in enumerate(data)))


def called(contact_id: str, case_id: str | None = CASE, reason: str | None = None) -> Data:
    """The customer calls."""
    return ContactAttempted(contact_id=contact_id, channel="phone", case_id=case_id, reason=reason)


def spoke(contact_id: str, agent: str | None, case_id: str | None = None) -> Data:
    """A person answers."""
    return ContactAnswered(contact_id=contact_id, by="human", agent_id=agent, case_id=case_id)


def counts(events: list[Event]) -> list[tuple[str | None, int, int]]:
    """Of each thread its case or reason, its tellings, and how many more are suspected."""
    return [(one.case_id or one.reason, one.tellings, one.suspected) for one in tellings(events)]


def only(events: list[Event]) -> Thread:
    """The one thread there is."""
    [thread] = tellings(events)
    return thread


# ---------------------------------------------------------------------------------------------- published


def test_each_published_retelling_is_one_more_than_the_first() -> None:
    """Given three retellings of a reason, when they are counted, then it was told four times."""
    events = story(*(ContactRetold(contact_id=f"k{n}", reason="the bill") for n in range(3)))
    assert counts(events) == [("the bill", 4, 0)]


def test_reasons_are_counted_apart_and_the_last_told_comes_first() -> None:
    """Given retellings of two reasons, then each is a thread, the one that was told last before the other."""
    events = story(
        ContactRetold(contact_id="k1", reason="the bill"),
        ContactRetold(contact_id="k2", reason="the parcel"),
        ContactRetold(contact_id="k3", reason="the bill"),
        ContactRetold(contact_id="k4", reason="the parcel"),
    )
    assert counts(events) == [("the parcel", 3, 0), ("the bill", 3, 0)]


def test_a_case_gathers_what_was_told_in_other_words() -> None:
    """Given one case told for two reasons, then it is one thread, in the words of the last retelling."""
    events = story(
        ContactRetold(contact_id="k1", reason="the bill", case_id=CASE),
        ContactRetold(contact_id="k2", reason="the reminder", case_id=CASE),
    )
    assert counts(events) == [(CASE, 3, 0)]
    assert only(events).reason == "the reminder"


def test_a_retelling_belongs_to_the_case_of_its_contact() -> None:
    """Given a retelling without a case, when another event of its contact names one, then it is of that."""
    events = story(called("k1"), ContactRetold(contact_id="k1", reason="the bill"))
    assert counts(events) == [(CASE, 2, 0)]


def test_the_first_telling_is_the_first_contact() -> None:
    """Given a call about a case and a later retelling, then it was first told with the call."""
    events = story(called("k1"), spoke("k1", "lea"), ContactRetold(contact_id="k1", reason="the bill"))
    assert only(events).first_at == MONDAY


def test_what_was_never_told_again_is_no_thread() -> None:
    """Given calls that each were answered by the same person, then nothing was told more than once."""
    assert tellings(story(called("k1"), spoke("k1", "lea"), called("k2"), spoke("k2", "lea"))) == []


# ---------------------------------------------------------------------------------------------- suspected


def test_a_case_that_comes_back_with_another_agent_is_suspected() -> None:
    """Given a case that Lea heard, when it comes back and Max answers, then one more telling is suspected."""
    events = story(called("k1"), spoke("k1", "lea"), called("k2"), spoke("k2", "max"))
    assert counts(events) == [(CASE, 1, 1)]
    assert only(events).again[0].event is events[3]


def test_each_new_agent_is_one_more_suspicion() -> None:
    """Given three agents in three contacts of a case, then two more tellings are suspected."""
    events = story(
        *(
            one
            for n, who in enumerate(("lea", "max", "eve"))
            for one in (called(f"k{n}"), spoke(f"k{n}", who))
        )
    )
    assert counts(events) == [(CASE, 1, 2)]


def test_a_call_back_by_another_agent_is_suspected() -> None:
    """Given a case that Lea heard, when Max reaches the customer in a call back, then it is suspected."""
    events = story(
        called("k1"),
        spoke("k1", "lea"),
        called("k2"),
        ContactReturned(contact_id="k2", reached=True, agent_id="max"),
    )
    assert counts(events) == [(CASE, 1, 1)]


def test_the_case_may_be_named_by_any_event_of_the_contact() -> None:
    """Given contacts whose case only their closing names, then it is known to have come back all the same."""
    events = story(
        called("k1", None),
        spoke("k1", "lea"),
        ContactClosed(contact_id="k1", resolved=True, case_id=CASE),
        called("k2", None),
        spoke("k2", "max"),
        ContactClosed(contact_id="k2", resolved=True, case_id=CASE),
    )
    assert counts(events) == [(CASE, 1, 1)]


def test_what_was_published_is_not_suspected_too() -> None:
    """Given another agent and a retelling of that contact, published before or after, then it counts once."""
    retold = ContactRetold(contact_id="k2", reason="the bill")
    for end in ((retold, spoke("k2", "max")), (spoke("k2", "max"), retold)):
        assert counts(story(called("k1"), spoke("k1", "lea"), called("k2"), *end)) == [(CASE, 2, 0)]


def test_published_and_suspected_stand_side_by_side() -> None:
    """Given one contact with a published retelling and one without, then one is counted and one suspected."""
    events = story(
        called("k1"),
        spoke("k1", "lea"),
        called("k2"),
        spoke("k2", "max"),
        ContactRetold(contact_id="k2", reason="the bill"),
        called("k3"),
        spoke("k3", "eve"),
    )
    assert counts(events) == [(CASE, 2, 1)]


@pytest.mark.parametrize(
    ("why", "data"),
    [
        ("the same agent answers again", (spoke("k2", "lea"),)),
        ("nobody says who answered", (spoke("k2", None),)),
        ("a machine answers", (ContactAnswered(contact_id="k2", by="machine", agent_id="bot"),)),
        ("the call back reached nobody", (ContactReturned(contact_id="k2", reached=False, agent_id="max"),)),
        ("nobody answered at all", ()),
    ],
)
def test_a_near_miss_is_not_suspected(why: str, data: tuple[Data, ...]) -> None:
    """Given a case that came back, when nobody new is known to have spoken, then nothing is suspected."""
    assert tellings(story(called("k1"), spoke("k1", "lea"), called("k2"), *data)) == [], why


def test_who_heard_the_case_by_a_transfer_need_not_be_told_again() -> None:
    """Given Lea handed the case to Max, when it comes back and Max answers, then nothing is suspected."""
    events = story(
        called("k1"),
        spoke("k1", "lea"),
        ContactTransferred(contact_id="k1", from_agent="lea", to_agent="max"),
        called("k2"),
        spoke("k2", "max"),
    )
    assert tellings(events) == []


def test_another_agent_for_another_case_is_not_suspected() -> None:
    """Given two cases with an agent each, or contacts of no case at all, then nothing has come back."""
    assert tellings(story(called("k1"), spoke("k1", "lea"), called("k2", "case-8"), spoke("k2", "max"))) == []
    reason = "the bill"
    events = story(
        called("k1", None, reason), spoke("k1", "lea"), called("k2", None, reason), spoke("k2", "max")
    )
    assert tellings(events) == []


def test_an_agent_who_answers_when_nobody_known_had_heard_it_is_not_suspected() -> None:
    """Given a first contact whose agent nobody named, when Max answers the second, then nobody can tell."""
    assert tellings(story(called("k1"), spoke("k1", None), called("k2"), spoke("k2", "max"))) == []


def test_events_that_share_a_minute_are_told_in_their_order() -> None:
    """Given all of it within one instant, then the language's order decides, whatever came first."""
    data = (called("k1"), spoke("k1", "lea"), called("k2"), spoke("k2", "max"))
    events = told(*((MONDAY, one) for one in data))
    assert counts(events) == counts(events[::-1]) == [(CASE, 1, 1)]


# ---------------------------------------------------------------------------------------------- both


def test_what_was_taken_back_or_is_contested_was_not_told() -> None:
    """Given a retelling that was retracted and an answer that is contested, then neither counts."""
    events = story(
        called("k1"),
        spoke("k1", "lea"),
        called("k2"),
        spoke("k2", "max"),
        ContactRetold(contact_id="k3", reason="the bill"),
        RecordContested(about="4"),
        EventRetracted(source="story", id="5"),
    )
    assert tellings(events) == []


@PROPERTY
@given(histories(corrections=True), st.randoms())
def test_the_order_of_arrival_changes_nothing(events: list[Event], random: object) -> None:
    """Any permutation of any history gives the same threads."""
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tellings(shuffled) == tellings(events)
