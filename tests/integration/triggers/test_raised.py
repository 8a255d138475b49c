"""What a batch raises and sets, and what it leaves alone."""

from datetime import timedelta
from typing import Any

from events import (
    ContactAttempted,
    ContactMissed,
    ContactReturned,
    ContactTransferred,
    ExchangePurchased,
    PraiseGiven,
    PromiseMade,
    ServiceDisrupted,
    ServiceRestored,
)
from projections.strategy import Strategy
from services.clock import Clock
from services.runtime.database import Pool
from tests.integration.identity.told import NOW, Journal, told
from tests.integration.rebuilding.anew import rebuild


async def deadlines(pool: Pool) -> list[tuple[Any, ...]]:
    """Trigger, matter and event of each deadline."""
    return [
        tuple(row)
        for row in await pool.fetch("select trigger, matter_id, event_id from deadlines order by 1, 2")
    ]


async def causes(pool: Pool) -> list[tuple[Any, ...]]:
    """Trigger and event of each cause."""
    return [tuple(row) for row in await pool.fetch("select trigger, event_id from causes order by 1, 2")]


async def test_a_miss_waits_for_a_call_back(journal: Journal, pool: Pool) -> None:
    """The deadline rests on the miss; a call back voids it if it reached them."""
    await journal.tell(told("anna", 1, ContactMissed(contact_id="c", cause="rang_out"), "miss"))
    assert await deadlines(pool) == [("unanswered", "c", "miss")]
    await journal.tell(told("anna", 0.5, ContactReturned(contact_id="c", reached=False)))
    assert await deadlines(pool) == [("unanswered", "c", "miss")]
    await journal.tell(told("anna", 0.2, ContactReturned(contact_id="c", reached=True)))
    assert await deadlines(pool) == []


async def test_an_attempt_without_a_miss_waits_for_nothing(journal: Journal, pool: Pool) -> None:
    """Most contacts are answered: none of them touches the deadlines."""
    await journal.tell(told("anna", 1, ContactAttempted(contact_id="c", channel="phone")))
    assert await deadlines(pool) == []


async def test_of_one_disruption_the_first_event_counts(journal: Journal, pool: Pool) -> None:
    """Told twice, in whatever order, it began with the earlier event."""
    await journal.tell(told("anna", 1, ServiceDisrupted(incident_id="i"), "later"))
    await journal.tell(told("anna", 2, ServiceDisrupted(incident_id="i"), "earlier"))
    assert await deadlines(pool) == [("disrupted", "i", "earlier")]
    await journal.tell(told("anna", 1.5, ServiceDisrupted(incident_id="i"), "between"))
    assert await deadlines(pool) == [("disrupted", "i", "earlier")]


async def test_an_end_voids_what_began_before_it_alone(journal: Journal, pool: Pool) -> None:
    """News of the end of an earlier disruption leaves the deadline of a later one."""
    await journal.tell(told("anna", 1, ServiceDisrupted(incident_id="i"), "again"))
    await journal.tell(told("anna", 2, ServiceRestored(incident_id="i")))
    assert await deadlines(pool) == [("disrupted", "i", "again")]
    await journal.tell(told("anna", 0.5, ServiceRestored(incident_id="i")))
    assert await deadlines(pool) == []


async def test_a_first_contact_is_a_cause_once(journal: Journal, pool: Pool) -> None:
    """Who calls, and calls again, is welcomed by the first; a purchase before is no contact."""
    await journal.tell(told("anna", 3, ExchangePurchased()))
    await journal.tell(
        told("anna", 1.5, ContactAttempted(contact_id="d", channel="chat"), "second"),
        told("anna", 2, ContactAttempted(contact_id="c", channel="phone"), "first"),
    )
    await journal.tell(told("anna", 1, ContactAttempted(contact_id="e", channel="phone"), "third"))
    # By day a band may fall, too: whoever calls in open hours has been waiting since.
    found = await causes(pool)
    assert [one for one in found if one[0] == "first_contact"] == [("first_contact", "first")]


async def test_of_first_contacts_of_long_ago_nothing_is_asked(journal: Journal, pool: Pool) -> None:
    """A backfill of newcomers of last year raises nothing."""
    await journal.tell(told("anna", 9000, ContactAttempted(contact_id="c", channel="phone")))
    assert await causes(pool) == []


async def test_what_may_tie_a_knot_is_a_cause_where_one_is_open(journal: Journal, pool: Pool) -> None:
    """Two transfers raise nothing; the third one does, and the fourth: that they are one is for later."""
    transferred = ContactTransferred(contact_id="c", case_id="7")
    await journal.tell(told("anna", 3, transferred, "1"), told("anna", 2.5, transferred, "2"))
    assert await causes(pool) == []
    await journal.tell(told("anna", 2, transferred, "3"))
    assert ("knot_opened", "3") in await causes(pool)
    await journal.tell(told("anna", 1, transferred, "4"))
    assert {("knot_opened", "3"), ("knot_opened", "4")} <= set(await causes(pool))


async def test_a_deadline_becomes_a_cause_that_names_what_it_rests_on(
    journal: Journal, pool: Pool, clock: Clock
) -> None:
    """Whatever it is about, the clock asks no other table."""
    await journal.tell(
        told("anna", 30, ServiceDisrupted(incident_id="i"), "failure"),
        told("anna", 20, PromiseMade(promise_id="p", what="call", due=NOW - timedelta(hours=1)), "promise"),
    )
    await clock.turn_deadlines(NOW)
    assert await causes(pool) == [
        ("disrupted", "failure"),
        ("promise_due", "promise"),
        ("promise_overdue", "promise"),
    ]
    assert await deadlines(pool) == []


async def test_praise_is_a_cause_and_a_purchase_mostly_none(journal: Journal, pool: Pool) -> None:
    """Each praise is; of purchases the lot decides, the same way whenever it is drawn."""
    await journal.tell(
        told("anna", 1, PraiseGiven(), "praise"),
        *(told("anna", 1, ExchangePurchased(), f"p{number}") for number in range(1000)),
    )
    found = await causes(pool)
    assert [one for one in found if one[0] == "praised"] == [("praised", "praise")]
    assert 1 <= len([one for one in found if one[0] == "surprise"]) <= 30
    assert {one[0] for one in found} == {"praised", "surprise"}


async def test_a_rebuild_sets_the_same_deadlines(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Those of matters follow from the journal; those of disruptions stay as they are."""
    await journal.tell(
        told("anna", 0.1, ContactMissed(contact_id="c", cause="rang_out"), "miss"),
        told("anna", 0.1, ServiceDisrupted(incident_id="i"), "failure"),
        told("anna", 1, PromiseMade(promise_id="p", what="call", due=NOW + timedelta(days=1)), "promise"),
    )
    before = await pool.fetch("select * from deadlines order by trigger")
    assert len(before) == 4
    await pool.execute("delete from deadlines where trigger = 'unanswered'")
    await rebuild(database_url, strategy)
    assert await pool.fetch("select * from deadlines order by trigger") == before
