"""The database goes away and comes back while events flow: all wait or say so, and nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime import migrations
from services.runtime.kafka import INTERACTIONS, PROMPTS, RELATIONSHIPS
from tests.flow import flowing
from tests.processes import Serving, egard
from tests.stack import running, until


@pytest_asyncio.fixture
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedDatabase]:
    """A database server of the test's own, to be killed."""
    async with EmbeddedDatabase(tmp_path_factory.mktemp("mortal"), durable=False) as server:
        await migrations.migrate(server.url)
        yield server


async def test_nothing_is_lost_or_doubled_while_the_database_dies_and_comes_back(
    database: EmbeddedDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    """Killed and stopped under load: events are taken, readers told to wait, and all is folded once."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS])
        async with running(broker.address, database.url) as stack, flowing(stack) as flow:
            for end in (database.kill, database.stop):
                await end()
                # Publishing needs Kafka only.
                await flow.more()
                answer = await stack.http.get("/v1/prompts")
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
                assert answer.headers["retry-after"]
                assert (await stack.http.get("/healthz")).status_code == httpx.codes.OK
                await asyncio.sleep(0.5)
                await database.start()
                await flow.more()
                await flow.settled()
                # A reason told three times prompts, outage or not: outreach and relay are at work again.
                await until(lambda: stack.fetch("select 1 from journal where type ~ 'outreach.prompted'"))
                assert (await stack.http.get("/v1/prompts")).status_code == httpx.codes.OK
            await flow.settled()
            prompted = await stack.fetch("select prompt_id from prompts where state = 'open'")
            assert len(prompted) == len(await stack.prompts())
        assert not flow.turned_away
        code, said = await egard("verify", environment={"EGARD_DATABASE": database.url})
        assert code == 0, said
    said_once = [one.getMessage() for one in caplog.records if "The projector waits" in one.getMessage()]
    assert len(said_once) == 2
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


async def test_serve_ends_in_seconds_while_the_database_is_away(
    database: EmbeddedDatabase, tmp_path: Path
) -> None:
    """Asked to end while the database is gone, a process does not wait for it."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS])
        serving = Serving("all", kafka=broker.address, database=database.url, log=tmp_path / "log")
        async with serving:
            await database.kill()
            await asyncio.sleep(1)
            began = time.monotonic()
            await serving.stop()
            assert time.monotonic() - began < 10
            assert await serving.ended() == 0
    assert "Traceback" not in serving.said()
