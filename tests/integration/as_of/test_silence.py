"""Silence on a real database: the clock measures how often customers come, the page says what is unusual."""

from datetime import UTC, datetime, timedelta

import httpx

from events import ContactAttempted, Event, EventRetracted
from projections.strategy import Strategy
from services.clock import cadence
from services.runtime.database import Pool
from tests.integration.as_of.telling import Journal, ask, insight
from tests.integration.identity.told import told

DAY = 24


def _came(subject: str, *days: float) -> list[Event]:
    return [
        told(subject, day * DAY, ContactAttempted(contact_id=f"{subject}-{day}", channel="phone"))
        for day in days
    ]


async def test_the_clock_measures_how_often_customers_come(pool: Pool, journal: Journal) -> None:
    """Given two customers with three gaps in 100 and 60 days, then those are kept, bouts counted once."""
    await journal.tell(*_came("anna", 100, 70, 69.5, 40), *_came("bob", 60, 30), *_came("agent:eve", 90, 1))
    now = datetime.now(UTC)
    found = await cadence.measure(pool, now)
    assert found.gaps == 3
    assert abs(found.observed / 86_400 - 160) < 0.1
    row = await pool.fetchrow("select * from cadence")
    assert (row["customers"], row["gaps"], row["observed_s"], row["measured_at"]) == (
        2,
        3,
        found.observed,
        now,
    )


async def test_nobody_who_came_is_an_empty_population(pool: Pool, journal: Journal) -> None:
    """Given no customer at all, then nothing is known of how often they come."""
    assert (await cadence.measure(pool, datetime.now(UTC))).mean_gap is None


async def test_the_explanation_says_how_unusual_the_silence_is(
    pool: Pool, journal: Journal, client: httpx.AsyncClient, strategy: Strategy
) -> None:
    """Given one who came weekly and is silent for 60 days, then it is unusual, on the page too."""
    await journal.tell(*_came("anna", *range(200, 59, -7)), *_came("bob", 50))
    await cadence.measure(pool, datetime.now(UTC))
    silence = (await ask(client, "anna", "explanation"))["silence"]
    assert (silence["unusual"], silence["bouts"]) == (True, 21)
    assert 59.9 < silence["days"] < 60.1
    earlier = (datetime.now(UTC) - timedelta(days=61)).isoformat()
    then = await ask(client, "anna", "explanation", at=earlier)
    assert not then["silence"]["unusual"]
    assert "so long a silence is unusual" in (await client.get("/customers/anna")).text
    assert "customers in general (came so far: 1)" in (await client.get("/customers/bob")).text
    async with insight(pool, strategy, "fr") as french:
        assert "un si long silence est rare" in (await french.get("/customers/anna")).text


async def test_a_contact_that_was_taken_back_is_no_contact(
    journal: Journal, client: httpx.AsyncClient
) -> None:
    """Given two contacts of which one never was, then the customer came once, and nothing is to go by."""
    kept, mistaken = _came("anna", 50, 10)
    await journal.tell(kept, mistaken)
    assert (await ask(client, "anna", "explanation"))["silence"]["bouts"] == 2
    await journal.tell(told("anna", 1, EventRetracted(source=mistaken.source, id=mistaken.id)))
    assert (await ask(client, "anna", "explanation"))["silence"] is None
