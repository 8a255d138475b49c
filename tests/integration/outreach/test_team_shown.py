"""The team's pages and routes: what is asked of it, what it can give, what it left undone; nobody by name."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from events import TeamShiftEnded, TeamShiftStarted
from projections.strategy import Strategy
from services.runtime.database import Pool
from services.runtime.settings import Language
from tests.integration.as_of.telling import insight
from tests.integration.identity.told import NOW, told
from tests.integration.outreach.keeping import keep, prompt

HOUR = timedelta(hours=1)
MOMENT = {"prompted_at": NOW, "delivered_at": NOW - HOUR}
SHORT = {"state": "withheld", "withheld": "minutes", "prompted_at": NOW, "loss_source": "reason"}


@pytest_asyncio.fixture
async def english(pool: Pool, database_url: str, strategy: Strategy) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever looks at it in English."""
    async with insight(pool, strategy) as found:
        yield found


async def test_the_load_is_of_the_team_as_a_whole(pool: Pool, english: httpx.AsyncClient) -> None:
    """Of 300 minutes of two people 45 are taken; what waits is counted by skill; who they are is not said."""
    await keep(
        pool,
        [
            told("agent:lea", 3, TeamShiftStarted(minutes=100, skills=["bills"])),
            told("agent:mia", 3, TeamShiftStarted(minutes=200)),
            told("agent:zoe", 3, TeamShiftStarted()),
            told("agent:zoe", 1, TeamShiftEnded()),
        ],
    )
    await prompt(pool, "unoffered", "a", skill="bills", **MOMENT)
    await prompt(pool, "offered", "b", offered_to="lea", offered_why="pool", offered_at=NOW, **MOMENT)
    await prompt(
        pool, "claimed", "c", state="claimed", agent_id="mia", minutes=5, lease_until=NOW + HOUR, **MOMENT
    )
    await prompt(pool, "done", "d", state="done", agent_id="mia", minutes_spent=30, closed_at=NOW, **MOMENT)
    await prompt(pool, "held", "e", state="held", delivered_at=None)
    await prompt(pool, "machine", "f", by="machine", **MOMENT)
    answer = await english.get("/v1/team/load")
    load = answer.json()
    assert (load["people"], load["minutes"], load["minutes_taken"], load["minutes_left"]) == (2, 300, 45, 255)
    counts = {
        name: load[name]["prompts"]
        for name in ("unoffered", "offered", "claimed", "snoozed", "held", "machine")
    }
    assert counts == {"unoffered": 1, "offered": 1, "claimed": 1, "snoozed": 0, "held": 1, "machine": 1}
    assert load["skills"] == [
        {"skill": "bills", "waiting": {"prompts": 1, "minutes": 10.0}, "people": 1, "minutes_left": 90.0}
    ]
    page = (await english.get("/insight/team")).text
    assert "255" in page
    for name in ("lea", "mia", "zoe"):
        assert name not in answer.text
        assert name not in page


async def test_the_week_s_minutes_are_those_spent_or_else_planned(
    pool: Pool, english: httpx.AsyncClient
) -> None:
    """Done in seven minutes counts seven, open counts its ten, declined nothing, and a machine's nothing."""
    now = {"prompted_at": NOW, "delivered_at": datetime.now(UTC)}
    await prompt(pool, "done", "a", state="done", minutes_spent=7, closed_at=NOW, **now)
    await prompt(pool, "open", "b", **now)
    await prompt(pool, "declined", "c", state="declined", closed_at=NOW, **now)
    await prompt(pool, "machine", "d", by="machine", **now)
    await prompt(pool, "before", "e", prompted_at=NOW, delivered_at=NOW - timedelta(days=8))
    week = (await english.get("/v1/team/load")).json()["week"]
    assert (week["used"], week["minutes"]) == (17, 2400)


async def test_a_brand_without_shifts_is_told_so(english: httpx.AsyncClient) -> None:
    """It is not said that nobody is there, but that it is not known."""
    assert (await english.get("/v1/team/load")).json()["tells_of_shifts"] is False
    assert "Nobody publishes shifts" in (await english.get("/insight/team")).text


async def test_what_was_left_undone_is_listed_by_what_it_is_expected_to_cost(
    pool: Pool, english: httpx.AsyncClient
) -> None:
    """Withheld or held for lack of minutes, dearest first, page by page; what was given or settled is not."""
    await prompt(pool, "little", "a", expected_loss=0.5, **SHORT)
    await prompt(pool, "much", "b", expected_loss=4.25, **SHORT)
    monday = NOW + timedelta(days=3)
    held = {**SHORT, "state": "held", "withheld": None, "delivered_at": None}
    await prompt(pool, "later", "c", expected_loss=2.0, deliver_at=monday, **held)
    await prompt(pool, "given", "d", expected_loss=9.0, prompted_at=NOW)
    await prompt(pool, "settled", "e", state="expired", expected_loss=9.0, prompted_at=NOW)
    await prompt(pool, "old", "f", expected_loss=9.0, **{**SHORT, "prompted_at": NOW - timedelta(days=40)})
    first = await english.get("/v1/team/undone?limit=2")
    page = first.json()
    assert [one["prompt_id"] for one in page["undone"]] == ["much", "later"]
    assert (page["prompts"], page["minutes"], page["expected_loss"]) == (3, 30, 6.75)
    assert page["undone"][1]["held_until"] is not None
    next_page = first.links["next"]["url"]
    assert [one["prompt_id"] for one in (await english.get(next_page)).json()["undone"]] == ["little"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Left undone", "3.5 points", "by its reason", "one prompt, 10 minutes", "not given")),
        (
            "fr",
            ("Laissé de côté", "3,5 points", "d’après sa raison", "une demande, 10 minutes", "pas donnée"),
        ),
    ],
)
async def test_the_page_of_what_was_left_undone_says_what_it_rests_on(
    pool: Pool, strategy: Strategy, language: Language, words: tuple[str, ...]
) -> None:
    """Who, why, and what is expected to be lost with its source, in either language."""
    await prompt(pool, "one", "anna", expected_loss=3.5, **SHORT)
    async with insight(pool, strategy, language) as who:
        page = (await who.get("/insight/undone")).text.replace("\u202f", " ").replace("\u00a0", " ")
        assert (await who.get("/insight/team")).status_code == 200
    assert all(word in page for word in (*words, 'href="/customers/anna"'))


async def test_a_token_that_was_not_given_is_refused(english: httpx.AsyncClient) -> None:
    """With a sentence, and no error of the database."""
    answer = await english.get("/v1/team/undone?page_token=nonsense")
    assert (answer.status_code, "not one that this service gave" in answer.text) == (400, True)
