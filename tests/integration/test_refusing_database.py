"""The database answers and refuses, as after a failover or while it is restored: all wait, and none ends."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime import migrations
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.flow import flowing
from tests.processes import egard
from tests.stack import running, until

END_ALL = """
select pg_terminate_backend(pid)
from pg_stat_activity
where pid <> pg_backend_pid() and usename = 'egard' and backend_type = 'client backend'
"""

END_VERIFICATION = """
select pg_terminate_backend(pid)
from pg_stat_activity
where application_name = 'egard-verify' and wait_event_type = 'Lock'
"""


@pytest_asyncio.fixture
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedDatabase]:
    """A database server of the test's own, to be changed."""
    async with EmbeddedDatabase(tmp_path_factory.mktemp("refusing"), durable=False) as server:
        await migrations.migrate(server.url)
        yield server


@pytest_asyncio.fixture
async def administrator(database: EmbeddedDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A session that may change how others are treated, and is not treated so itself."""
    connection = await asyncpg.connect(database.url, server_settings={"default_transaction_read_only": "off"})
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("refuse", "relent", "said"),
    [
        (
            "alter database egard set default_transaction_read_only = on",
            "alter database egard reset default_transaction_read_only",
            "it takes no writes, like a standby",
        ),
        ("alter role egard password 'another'", "alter role egard password '{password}'", "the password"),
        ("alter role egard nologin", "alter role egard login", "not permitted to log in"),
    ],
    ids=["only reads", "another password", "lets nobody in"],
)
async def test_a_database_that_refuses_is_waited_for(
    database: EmbeddedDatabase,
    administrator: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
    refuse: str,
    relent: str,
    said: str,
) -> None:
    """Whatever it refuses, no process ends: events are taken, and all is folded once it relents."""
    password = urlsplit(database.url).password
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        async with running(broker.address, database.url) as stack, flowing(stack) as flow:
            await flow.settled()
            await administrator.execute(refuse)
            await administrator.fetch(END_ALL)

            async def waits() -> bool:
                return any(
                    "The projector waits for the database: " in line and said in line
                    for line in (one.getMessage() for one in caplog.records)
                )

            await until(waits)
            await flow.more()
            await administrator.execute(relent.format(password=password))
            await administrator.fetch(END_ALL)
            await flow.more()
            await flow.settled()
        assert not flow.turned_away
    # What is left of another test's connection to Kafka may complain meanwhile.
    ours = [one for one in caplog.records if one.name.startswith(("egard", "asyncio"))]
    assert not [one for one in ours if one.levelname == "ERROR"]
    assert str(password) not in caplog.text


async def test_a_verification_whose_database_goes_away_ends_with_a_sentence(
    database: EmbeddedDatabase, administrator: asyncpg.Connection
) -> None:
    """Its session is ended in the midst of it: one line and exit code 1, and no traceback."""
    holder = await asyncpg.connect(database.url)
    async with holder.transaction():
        await holder.execute("lock table relationships in access exclusive mode")
        verifying = asyncio.create_task(egard("verify", environment={"EGARD_DATABASE": database.url}))
        await until(lambda: administrator.fetchval(END_VERIFICATION))
        code, said = await verifying
    await holder.close()
    assert code == 1
    assert said.startswith("egard: The database cannot be used any further: ")
    assert said.count("\n") == 1
