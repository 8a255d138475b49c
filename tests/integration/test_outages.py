"""The database goes away and comes back while events flow: all wait or say so, and nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaTimeoutError

from events import RecognitionRemembered
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.projector import Projector
from services.projector.announcer import Announcer
from services.runtime import database as databases
from services.runtime import migrations
from services.runtime.database import Pool, check_schema
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.flow import flowing
from tests.processes import Serving, egard
from tests.stack import Teller, running, until


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
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
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
                # All of the projector, before the next outage: it says once of each that it waits.
                await until(lambda: _all_go_on(caplog))
            await flow.settled()
            prompted = await stack.fetch("select prompt_id from prompts where state = 'open'")
            assert len(prompted) == len(await stack.prompts())
        assert not flow.turned_away
        code, said = await egard("verify", environment={"EGARD_DATABASE": database.url})
        assert code == 0, said
    said_once = [one.getMessage() for one in caplog.records if "The projector waits" in one.getMessage()]
    assert len(said_once) == 2
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


async def _all_go_on(caplog: pytest.LogCaptureFixture) -> bool:
    said = [one.getMessage() for one in caplog.records if one.getMessage().startswith("The projector")]
    return bool(said) and "goes on" in said[-1]


async def test_no_session_that_writes_can_hold_others_up_for_long(database_url: str) -> None:
    """Whoever froze, or was cut off, loses transaction and locks within seconds: PostgreSQL sees to it."""
    pool = await databases.connect(database_url, size=1)
    names = ("idle_in_transaction_session_timeout", "statement_timeout", "tcp_user_timeout")
    found = {name: await pool.fetchval("select current_setting($1)", name) for name in names}
    await pool.close()
    assert found == dict(zip(names, ("15s", "1min", "15000"), strict=True))


async def test_a_database_that_dies_while_a_process_starts_ends_it_with_a_sentence(
    database: EmbeddedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answered, and is gone before anything was read: that is one line, as when it never answered."""

    async def dying(pool: Pool) -> None:
        await database.kill()
        await check_schema(pool)

    monkeypatch.setattr("services.runtime.service.check_schema", dying)
    with pytest.raises(Fatal, match=r"^The database at 127\.0\.0\.1:\d+/egard cannot be used: .+\.$"):
        await Context.open(Settings(kafka="127.0.0.1:1", database=database.url))


async def test_a_takeover_waits_for_the_database(
    database: EmbeddedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database dies while a projector takes over what another left unannounced: it waits, and goes on."""
    catch_up = Announcer.catch_up

    async def dying(self: Announcer, partition: int, since: int, until: int) -> None:
        await database.kill()
        coming_back = asyncio.create_task(database.start())
        await catch_up(self, partition, since, until)
        await coming_back

    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS])
        async with running(broker.address, database.url, services=(Projector,)) as stack:
            await stack.produce(Teller("ann").tell(RecognitionRemembered(what="x")).body)
            await until(lambda: stack.journal())
        connection = await asyncpg.connect(database.url)
        await connection.execute("update positions set announced_offset = 0")
        await connection.close()
        monkeypatch.setattr(Announcer, "catch_up", dying)
        # The embedded broker makes a second member of a group wait for nine seconds.
        monkeypatch.setattr("services.projector.service.GROUP", "another")
        async with (
            running(broker.address, database.url, services=(Projector,)),
            AIOKafkaConsumer(
                RELATIONSHIPS, bootstrap_servers=broker.address, auto_offset_reset="earliest"
            ) as consumer,
        ):
            said = [await asyncio.wait_for(consumer.getone(), 10) for _ in range(2)]
    assert [(one.key, b'"revision":1' in one.value) for one in said] == [(b"ann", True)] * 2


async def test_a_kafka_that_gives_no_answer_at_a_takeover_stops_the_projector_with_a_sentence(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Kafka cannot say what a partition holds, nothing is read on a guess: it stops, and says why."""

    async def silent(*_: object) -> None:
        raise KafkaTimeoutError("no answer in 40 s")

    monkeypatch.setattr("services.projector.positions.check", silent)
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        with pytest.raises(Fatal, match=r"Kafka does not say what egard.interactions holds: .+ 40 s\."):
            async with running(broker.address, database_url, services=(Projector,)):
                pass


async def test_serve_ends_in_seconds_while_the_database_is_away(
    database: EmbeddedDatabase, tmp_path: Path
) -> None:
    """Asked to end while the database is gone, a process does not wait for it."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        serving = Serving("all", kafka=broker.address, database=database.url, log=tmp_path / "log")
        async with serving:
            await database.kill()
            await asyncio.sleep(1)
            began = time.monotonic()
            await serving.stop()
            assert time.monotonic() - began < 10
            assert await serving.ended() == 0
    assert "Traceback" not in serving.said()
