"""Judgements on a real database: every place that says a band says the judged one, until it expires."""

from datetime import UTC, datetime, timedelta

import httpx

from events import (
    CustomerLinked,
    CustomerUnlinked,
    Event,
    EventRetracted,
    JudgementMade,
    RecognitionOverlooked,
    RecognitionRemembered,
)
from projections.strategy import Strategy
from services.projector.engine import Applied
from services.runtime.database import Pool
from tests.integration.as_of.telling import Journal, ask, go_round
from tests.integration.identity.told import assert_verified, told


def _judged(days: float, *, health: float = 80, subject: str = "anna", until: float = 7) -> Event:
    """A judgement made so many days ago, that lasts until so many days from now."""
    lasts = datetime.now(UTC) + timedelta(days=until)
    return told(
        subject, days * 24, JudgementMade(health=health, agent_id="lea", reason="<we spoke>", until=lasts)
    )


def _tired(subject: str = "anna") -> list[Event]:
    return [told(subject, 9 * 24, RecognitionOverlooked(how="cold")) for _ in range(4)]


async def _kept(pool: Pool) -> dict[str, tuple[str, bool]]:
    """The band that is kept of each customer, and whether a judgement sets it."""
    rows = await pool.fetch("select customer, band, judged_until from relationships")
    return {row["customer"]: (row["band"], row["judged_until"] is not None) for row in rows}


async def test_a_judgement_is_kept_announced_listed_and_shown_beside_the_reading(
    pool: Pool, journal: Journal, client: httpx.AsyncClient, database_url: str
) -> None:
    """Given a strained relationship that is judged at 80, all say thriving, and beside it what is read."""
    await journal.tell(*_tired())
    before = await ask(client, "anna", "relationship")
    applied: Applied = await journal.tell(_judged(1))
    [announced] = applied.told
    assert (announced.taken.reading.band, announced.taken.judged_until is not None) == ("thriving", True)
    assert await _kept(pool) == {"anna": ("thriving", True)}
    await assert_verified(database_url)
    now = await ask(client, "anna", "relationship")
    assert (before["band"], now["band"], now["read_band"]) == ("strained", "thriving", "strained")
    assert (before["judged"], now["judged"]["health"], now["judged"]["agent_id"]) == (None, 80, "lea")
    assert abs(now["health"] - before["health"]) < 1
    why = await ask(client, "anna", "explanation")
    assert (why["band"], why["read_band"], why["judged"]) == ("thriving", "strained", now["judged"])
    curve = await ask(client, "anna", "curve", days=4, points=5)
    assert [point["band"] for point in curve["points"]][0::4] == ["strained", "thriving"]
    then = await ask(client, "anna", "relationship", at=curve["points"][1]["time"])
    assert (then["band"], then["judged"]) == ("strained", None)
    listing = (await client.get("/v1/relationships", params={"band": "thriving"})).json()
    [listed] = listing["relationships"]
    assert (listed["band"], listed["read_band"], listed["judged_until"]) == (
        "thriving",
        "strained",
        now["judged"]["until"],
    )
    page = (await client.get("/customers/anna")).text
    assert "lea judges it at 80 of 100, thriving" in page
    assert "“&lt;we spoke&gt;”" in page
    assert "as judged until" in (await client.get("/insight")).text


async def test_the_clock_lets_a_judgement_expire(
    pool: Pool, journal: Journal, strategy: Strategy, database_url: str
) -> None:
    """Given two judgements, when the later one expires, a round puts the earlier in its place, then none."""
    await journal.tell(*_tired(), _judged(2, until=0.4), _judged(1, health=60, until=0.2))
    assert await _kept(pool) == {"anna": ("steady", True)}
    now = datetime.now(UTC)
    assert (await go_round(pool, strategy, now))[0] == 0
    assert (await go_round(pool, strategy, now + timedelta(days=0.25)))[0] == 1
    assert await _kept(pool) == {"anna": ("thriving", True)}
    assert (await go_round(pool, strategy, now + timedelta(days=0.45)))[0] == 1
    assert await _kept(pool) == {"anna": ("strained", False)}
    await assert_verified(database_url)


async def test_events_that_come_later_leave_a_judgement_in_force(
    pool: Pool, journal: Journal, database_url: str
) -> None:
    """Given a judgement, when anything else happens in another batch, then it stands."""
    await journal.tell(_judged(2))
    await journal.tell(*_tired())
    assert await _kept(pool) == {"anna": ("thriving", True)}
    await assert_verified(database_url)


async def test_a_judgement_taken_back_sets_nothing_more(
    pool: Pool, journal: Journal, database_url: str
) -> None:
    """Given a judgement that was retracted, whichever arrives first, then the band is what is read."""
    first, second = _judged(2), _judged(2, subject="bob")
    back = told("anna", 24, EventRetracted(source=first.source, id=first.id))
    early = told("bob", 24, EventRetracted(source=second.source, id=second.id))
    await journal.tell(*_tired(), *_tired("bob"), first, early)
    assert (await _kept(pool))["anna"] == ("thriving", True)
    await journal.tell(back, second)
    assert await _kept(pool) == {"anna": ("strained", False), "bob": ("strained", False)}
    await assert_verified(database_url)


async def test_a_judgement_is_the_persons_under_every_id(
    pool: Pool, journal: Journal, client: httpx.AsyncClient, database_url: str
) -> None:
    """Given two ids, when they are linked both have the judgement of one; unlinking gives back what was."""
    await journal.tell(*_tired(), _judged(2, subject="visitor:7"))
    await journal.tell(told("anna", 24, CustomerLinked(alias="visitor:7")))
    assert await _kept(pool) == {"anna": ("thriving", True), "visitor:7": ("thriving", True)}
    await assert_verified(database_url)
    assert (await ask(client, "anna", "relationship"))["judged"]["health"] == 80
    await journal.tell(told("anna", 12, RecognitionRemembered(what="x")))
    assert (await _kept(pool))["anna"] == ("thriving", True)
    await journal.tell(told("anna", 2, CustomerUnlinked(alias="visitor:7")))
    assert await _kept(pool) == {"anna": ("drifting", False), "visitor:7": ("thriving", True)}
    await assert_verified(database_url)
