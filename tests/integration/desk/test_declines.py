"""What became of prompts: counted by trigger and strategy, with the reasons of those that were declined."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from projections.strategy import Strategy
from services.desk.asked import Acting, Declining, Finishing, Snoozing
from services.desk.prompts import Prompts
from services.insight import Insight
from services.insight.declines.api import outcomes
from services.runtime.access import OPEN
from services.runtime.database import Pool
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Language, Settings
from services.runtime.web import application
from tests.integration.desk.prompted import prompted

_SINCE = datetime.now(UTC) - timedelta(days=30)


async def test_what_agents_did_is_counted_by_trigger(pool: Pool, prompts: Prompts) -> None:
    """Each prompt counts once for each thing that happened to it; reasons are those of the declined."""
    for name in ("a", "b", "c", "d", "e"):
        await prompted(pool, name)
    await prompts.claim("a", Acting("lea"))
    await prompts.done("a", Finishing("lea", 3.0))
    await prompts.decline("b", Declining("lea", "we spoke"))
    await prompts.claim("c", Acting("ben"))
    await prompts.decline("c", Declining("ben", "we spoke"))
    for name in ("first", "second"):
        await prompts.snooze("d", Snoozing("lea", datetime.now(UTC) + timedelta(days=1), reason=name))
    await pool.execute("update prompts set state = 'expired' where prompt_id = 'e'")
    [one] = (await outcomes(pool, _SINCE)).triggers
    assert (one.trigger, one.strategy, one.given) == ("retold", "v", 5)
    assert (one.claimed, one.done, one.declined, one.snoozed) == (2, 1, 2, 1)
    assert (one.expired, one.under_way) == (1, 1)
    [reason] = one.reasons
    assert (reason.reason, reason.times) == ("we spoke", 2)


async def test_only_what_people_were_given_lately_counts(pool: Pool) -> None:
    """Neither what was withheld or is held, nor a machine's, nor what is long ago."""
    for name in ("given", "held", "old"):
        await prompted(pool, name)
    await prompted(pool, "machine", by="machine")
    await pool.execute("update prompts set delivered_at = null, state = 'held' where prompt_id = 'held'")
    await pool.execute("update prompts set delivered_at = now() - interval '40 days' where prompt_id = 'old'")
    [one] = (await outcomes(pool, _SINCE)).triggers
    assert one.given == 1


@pytest.mark.parametrize(("language", "heading"), [("en", "Why they were declined"), ("fr", "déclinées")])
async def test_the_page_shows_them_and_names_no_agent(
    pool: Pool, prompts: Prompts, strategy: Strategy, database_url: str, language: Language, heading: str
) -> None:
    """Counts and reasons are there, words stay words, and nobody who declined is named."""
    await prompted(pool, "a")
    await prompts.decline("a", Declining("agent-lea", "<b>no</b>"))
    settings = Settings(kafka="nowhere:9092", database=database_url, language=language, access="open")
    context = Context(settings, strategy, pool, Producer(settings.kafka, client="test"))
    app: Any = application([Insight(context)], OPEN)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as http:
        page = (await http.get("/insight/declines")).text
        answer = (await http.get("/v1/declines?days=7")).json()
        assert (await http.get("/v1/declines?days=0")).status_code == httpx.codes.BAD_REQUEST
    assert heading in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page
    assert "agent-lea" not in page
    assert answer["triggers"][0]["declined"] == 1
    assert "agent-lea" not in str(answer)
