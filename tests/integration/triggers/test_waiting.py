"""The clock goes through those who wait without a word, and outreach decides."""

from datetime import UTC, datetime, timedelta

from events import ContactAnswered, ContactAttempted, ContactMissed, CustomerErased
from services.clock import Clock
from services.outreach import Outreach
from services.runtime.database import Pool
from tests.integration.identity.told import Journal, told

WEEK = 7 * 24.0
NOW = datetime.now(UTC)


def looks(hours: int) -> list[datetime]:
    """Instants of the last week, some hours apart: in any week sixteen open hours pass, holidays or not."""
    return [NOW - timedelta(hours=ago) for ago in range(int(WEEK), 0, -hours)]


async def caused(pool: Pool) -> list[tuple[str, str]]:
    """Of whom there are causes, and of which contacts."""
    rows = await pool.fetch("select customer, episode from causes where trigger = 'unanswered' order by 1, 2")
    return [(row["customer"], row["episode"].rpartition("@")[0]) for row in rows]


async def test_who_waits_for_too_long_is_a_cause_once_and_prompts_once(
    journal: Journal, pool: Pool, clock: Clock, outreach: Outreach
) -> None:
    """An attempt is looked at when its time has come; looking again, or by another clock, prompts no more."""
    await journal.tell(
        told("anna", WEEK, ContactAttempted(contact_id="a", channel="form")),
        told("bob", WEEK, ContactAttempted(contact_id="b", channel="form")),
        told("bob", WEEK - 1, ContactAnswered(contact_id="b", by="human")),
        told("carl", WEEK, ContactAttempted(contact_id="c", channel="form")),
        told("carl", WEEK - 1, ContactMissed(contact_id="c", cause="no_reply")),
    )
    await pool.execute("truncate causes, deadlines")
    assert sum([await clock.raise_waiting(then) for then in looks(2)]) == 1
    assert await caused(pool) == [("anna", "a")]
    assert await clock.raise_waiting(NOW) == 0
    again = Clock(clock.context)
    assert await again.raise_waiting(NOW) == 0
    await outreach.decide_some()
    [row] = await pool.fetch("select state, withheld from prompts where trigger = 'unanswered'")
    assert (row["state"], row["withheld"]) == ("withheld", "stale")


async def test_one_who_is_gone_is_no_cause(journal: Journal, pool: Pool, clock: Clock) -> None:
    """Who was erased waits for nothing any more."""
    await journal.tell(told("anna", WEEK, ContactAttempted(contact_id="a", channel="form")))
    await journal.tell(told("anna", 1, CustomerErased()))
    await pool.execute("truncate causes")
    assert not any([await clock.raise_waiting(then) for then in looks(6)])


async def test_many_who_wait_are_gone_through_in_pages(journal: Journal, pool: Pool, clock: Clock) -> None:
    """More than a page of them: nobody is left out, nobody comes twice."""
    await journal.tell(
        *(
            told(f"customer {number}", WEEK, ContactAttempted(contact_id="a", channel="form"))
            for number in range(1200)
        )
    )
    await pool.execute("truncate causes")
    assert sum([await clock.raise_waiting(then) for then in looks(12)]) == 1200
