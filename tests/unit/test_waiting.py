"""Who waits for an answer, and how long by the business clock, in small stories."""

from datetime import UTC, datetime, timedelta

from events import ContactAnswered, ContactAttempted, ContactMissed, ContactReturned, Data
from projections.fold import fold
from projections.matters import Contact
from projections.waiting import Waiting, waiting
from tests.unit.histories import DAY, MONDAY, PLAIN, told

FRIDAY = datetime(2026, 5, 29, 16, tzinfo=UTC)
"""An hour before everything closes for the weekend."""


def waits(at: datetime, *story: tuple[datetime, Data]) -> list[Waiting]:
    """Who waits at an instant after a story."""
    contacts = [
        ("anna", name, matter)
        for (_, name), matter in fold(told(*story), PLAIN).matters.items()
        if isinstance(matter, Contact)
    ]
    return waiting(contacts, PLAIN, at.timestamp())


def test_a_wait_counts_the_hours_in_which_the_channel_is_open() -> None:
    """Given a form on Friday at four, when one looks on Monday at ten, then two hours have been waited."""
    [one] = waits(MONDAY, (FRIDAY, ContactAttempted(contact_id="k1", channel="form", reason="the bill")))
    assert (one.waited, one.expected) == (7200.0, 3600.0)
    assert (one.since, one.channel, one.reason) == (FRIDAY.timestamp(), "form", "the bill")
    assert (one.missed, one.given_up) == (None, False)


def test_who_has_waited_longest_comes_first() -> None:
    """Given two open contacts, then the older one leads, whatever was published first."""
    found = waits(
        MONDAY,
        (MONDAY - timedelta(hours=1), ContactAttempted(contact_id="late", channel="phone")),
        (MONDAY - timedelta(days=2), ContactAttempted(contact_id="early", channel="phone")),
    )
    assert [one.contact_id for one in found] == ["early", "late"]


def test_who_was_answered_or_called_back_waits_no_more() -> None:
    """Given an answer to one contact and a call back that reached the other, then nobody waits."""
    found = waits(
        MONDAY,
        (FRIDAY, ContactAttempted(contact_id="k1", channel="phone")),
        (FRIDAY, ContactAnswered(contact_id="k1", by="human")),
        (FRIDAY, ContactMissed(contact_id="k2", cause="rang_out")),
        (FRIDAY, ContactReturned(contact_id="k2", reached=True)),
    )
    assert found == []


def test_a_call_back_that_reached_nobody_ends_no_wait() -> None:
    """Given a missed call, when nobody was reached in return, then the customer still waits."""
    [one] = waits(
        MONDAY,
        (FRIDAY, ContactMissed(contact_id="k2", cause="rang_out", waited_s=90)),
        (FRIDAY, ContactReturned(contact_id="k2", reached=False)),
    )
    assert one.missed == "rang_out"
    assert one.since == FRIDAY.timestamp() - 90


def test_what_is_very_long_ago_was_given_up() -> None:
    """Given a contact older than anybody waits, then it is marked so, and its wait gets no longer."""
    attempt = (FRIDAY, ContactAttempted(contact_id="k1", channel="phone"))
    [month] = waits(FRIDAY + timedelta(days=30), attempt)
    [year] = waits(FRIDAY + timedelta(days=365), attempt)
    assert month.given_up
    assert month.waited == year.waited < PLAIN.contact.give_up / DAY * 8 * 3600


def test_nobody_waits_before_they_came() -> None:
    """Given a contact of tomorrow, then nobody waits for it today."""
    tomorrow = MONDAY + timedelta(days=1)
    assert waits(MONDAY, (tomorrow, ContactAttempted(contact_id="k1", channel="phone"))) == []
