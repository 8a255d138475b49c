"""What stops a process at its start, or ends it, said in one line to whoever runs it."""

import asyncio
import json
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.embedded.ports import free_port
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from services.runtime.service import listen
from tests.processes import ROOT, Serving, egard
from tests.stack import until

KAFKA = "127.0.0.1:9092"
DATABASE = "postgres://egard:hush-hush@127.0.0.1:5432/egard"


def one_line(said: str) -> str:
    """The one line that was said, without its beginning; fails where there is another."""
    assert said.startswith("egard: ")
    assert said.endswith("\n")
    assert said.count("\n") == 1, said
    assert "Traceback" not in said
    return said.removeprefix("egard: ").rstrip()


# ---------------------------------------------------------------------------------------- settings

SETTINGS: dict[str, tuple[dict[str, str], list[str]]] = {
    "no broker": ({"EGARD_KAFKA": ""}, ["EGARD_KAFKA", "is not set", "localhost:9092"]),
    "a broker without a port": ({"EGARD_KAFKA": "one:9092,two"}, ["EGARD_KAFKA", "'two'", "host:port"]),
    "no database": ({"EGARD_DATABASE": ""}, ["EGARD_DATABASE", "is not set", "postgres://"]),
    "another database": ({"EGARD_DATABASE": "mysql://here"}, ["EGARD_DATABASE", "postgres://"]),
    "a password that is not encoded": (
        {"EGARD_DATABASE": "postgres://egard:hush/hush@127.0.0.1:5432/egard"},
        ["EGARD_DATABASE", "percent-encoded", "%2F"],
    ),
    "a password with a fragment": (
        {"EGARD_DATABASE": "postgres://egard:hush@et#x@127.0.0.1:5432/egard"},
        ["EGARD_DATABASE", "percent-encoded"],
    ),
    "a strategy that is not there": (
        {"EGARD_STRATEGY": "/nowhere/strategy.toml"},
        ["EGARD_STRATEGY", "/nowhere/strategy.toml"],
    ),
    "a strategy that is none": ({"EGARD_STRATEGY": str(ROOT / "README.md")}, ["README.md"]),
    "a language we do not speak": ({"EGARD_LANGUAGE": "tlh"}, ["EGARD_LANGUAGE", "'tlh'", "en or fr"]),
    "an address without a place for the customer": (
        {"EGARD_CUSTOMER_URL": "https://crm.example/"},
        ["EGARD_CUSTOMER_URL", "{customer}"],
    ),
    "a script for an address": (
        {"EGARD_CUSTOMER_URL": "javascript:alert('{customer}')"},
        ["EGARD_CUSTOMER_URL", "http"],
    ),
    "a word for a port": ({"EGARD_PORT": "http"}, ["EGARD_PORT", "'http'", "65535"]),
    "a port too high": ({"EGARD_PORT": "65536"}, ["EGARD_PORT", "'65536'"]),
    "a way of access that is none": ({"EGARD_ACCESS": "opne"}, ["EGARD_ACCESS", "'opne'", "keys or open"]),
    "no keys where others can reach it": (
        {"EGARD_ACCESS": "open", "EGARD_HOST": "0.0.0.0"},  # noqa: S104 - it must not come to that
        ["EGARD_ACCESS", "EGARD_HOST", "'0.0.0.0'", "127.0.0.1"],
    ),
    "a name that is nearly a setting's": (
        {"EGARD_STRATGY": "/mine.toml"},
        ["EGARD_STRATGY is no setting", "EGARD_STRATEGY is one"],
    ),
    "a host that is nowhere": ({"EGARD_HOST": "nowhere.invalid"}, ["nowhere.invalid"]),
}

# Each in a process of its own would take a second and more, nearly all of it spent on imports.
_EACH_IN_TURN = """
    import contextlib, io, json, os, sys
    from services.cli.main import run

    outcomes, before = {}, dict(os.environ)
    for name, environment in json.load(sys.stdin).items():
        os.environ.clear()
        os.environ.update({**before, **environment})
        sys.argv = ["egard", "serve", "gateway"]
        said, code = io.StringIO(), 0
        with contextlib.redirect_stderr(said):
            try:
                run()
            except SystemExit as error:
                code = error.code
        outcomes[name] = (code, said.getvalue())
    json.dump(outcomes, sys.stdout)
"""


@pytest_asyncio.fixture(scope="module")
async def outcomes() -> dict[str, tuple[int, str]]:
    """How `egard serve gateway` ends, and what it says, with each of the settings."""
    usual = {"EGARD_KAFKA": KAFKA, "EGARD_DATABASE": DATABASE, "EGARD_PORT": str(free_port())}
    wanted = {name: usual | changes for name, (changes, _) in SETTINGS.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(_EACH_IN_TURN)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(json.dumps(wanted).encode())
    assert process.returncode == 0
    found: dict[str, tuple[int, str]] = json.loads(said)
    return found


@pytest.mark.parametrize("mistake", SETTINGS)
async def test_a_setting_that_is_missing_or_wrong_is_named(
    outcomes: dict[str, tuple[int, str]], mistake: str
) -> None:
    """A mistake in the environment ends `egard serve` with one line that names it and what would be right."""
    code, said = outcomes[mistake]
    assert code == 1
    line = one_line(said)
    assert line.endswith(".")
    for word in SETTINGS[mistake][1]:
        assert word in line
    assert "hush-hush" not in line


# ----------------------------------------------------------------------------- what is not there


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[str]:
    """The address of a broker with our topics."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        yield broker.address


async def serve(*names: str, kafka: str = KAFKA, database: str = DATABASE, port: int | None = None) -> str:
    """The line with which `egard serve` ends by itself, which takes a few seconds at most."""
    environment = {
        "EGARD_KAFKA": kafka,
        "EGARD_DATABASE": database,
        "EGARD_PORT": str(port or free_port()),
    }
    async with asyncio.timeout(20):
        code, said = await egard("serve", *names, environment=environment)
    assert code == 1, said
    return one_line(said)


@pytest.mark.parametrize(("names", "problem"), [(["gatway"], "no service 'gatway'"), ([], "No service was")])
async def test_a_name_that_is_no_service_is_told_the_services(names: list[str], problem: str) -> None:
    """A name that is none, or no name, ends with the names there are."""
    line = await serve(*names)
    assert problem in line
    for name in ("gateway", "projector", "clock", "outreach", "desk", "insight", "all"):
        assert name in line


async def test_a_database_that_is_down_is_named_without_its_password() -> None:
    """Where nothing answers, the line says where it looked, and keeps the secret."""
    port = free_port()
    line = await serve("gateway", database=f"postgres://egard:hush-hush@127.0.0.1:{port}/brand")
    assert f"The database at 127.0.0.1:{port}/brand cannot be used" in line
    assert "hush-hush" not in line


async def test_a_database_that_turns_us_away_is_named(database_server: EmbeddedDatabase) -> None:
    """A wrong password ends with the server's own words, not with the password."""
    wrong = database_server.url.replace("egard:", "egard:hush-hush", 1)
    line = await serve("gateway", database=wrong)
    assert "cannot be used: password authentication failed" in line
    assert "hush-hush" not in line


async def test_a_database_behind_the_software_is_told_the_command(database_url: str) -> None:
    """Where a migration is missing, nothing starts half: the message says what to run."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("delete from schema_migrations where version = '20261122000003'")
    finally:
        await connection.close()
    line = await serve("gateway", database=database_url)
    assert "lacks 1 of our migrations" in line
    assert "`egard migrate`" in line


async def test_a_database_without_a_schema_is_told_the_command(bare_database: str) -> None:
    """An empty database ends with the command that makes the schema."""
    assert "run `egard migrate`" in await serve("gateway", database=bare_database)


async def test_a_projector_that_would_not_know_the_erased_does_not_start(
    broker: str, database_url: str
) -> None:
    """With another key than they were erased under, it ends before it takes a partition from others."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "insert into erasures (asked_at, rows, key_id) values (now(), 1, 'of another key')"
        )
    finally:
        await connection.close()
    line = await serve("projector", kafka=broker, database=database_url)
    assert "EGARD_ERASURE_KEY" in line
    assert "set it to what it was before" in line


async def test_a_broker_that_is_down_is_named(database_url: str) -> None:
    """Where no broker answers, the line says where it looked."""
    port = free_port()
    line = await serve("all", kafka=f"127.0.0.1:{port}", database=database_url)
    assert f"Kafka at 127.0.0.1:{port} cannot be reached" in line


async def test_a_port_that_is_taken_is_named() -> None:
    """Where somebody else listens, the line says on which port."""
    port = free_port()
    taken = listen("127.0.0.1", port)
    taken.listen()
    try:
        assert f"Port {port} of 127.0.0.1 cannot be used" in await serve("gateway", port=port)
    finally:
        taken.close()


# --------------------------------------------------------------------------------------- migrate


@pytest_asyncio.fixture
async def bare_database(database_server: EmbeddedDatabase) -> AsyncIterator[str]:
    """A database with nothing in it."""
    admin = await asyncpg.connect(database_server.url)
    try:
        await admin.execute("create database bare")
        yield database_server.url.replace("/egard?", "/bare?")
        await admin.execute("drop database bare with (force)")
    finally:
        await admin.close()


async def test_migrate_makes_the_schema_once(bare_database: str, tmp_path: Path) -> None:
    """The first `egard migrate` says what it applied; the second finds nothing to do, and changes nothing."""
    said = []
    for name in ("first", "second"):
        code, complaints = await egard(
            "migrate", output=tmp_path / name, environment={"EGARD_DATABASE": bare_database}
        )
        assert (code, complaints) == (0, "")
        said.append((tmp_path / name).read_text())
        connection = await asyncpg.connect(bare_database)
        assert await connection.fetchval("select count(*) from journal") == 0
        await connection.execute("insert into outbox (topic, key, value) values ('here', '', '')")
        await connection.close()
    assert "applied 2026" in said[0]
    assert said[1] == "The schema is up to date.\n"
    connection = await asyncpg.connect(bare_database)
    assert await connection.fetchval("select count(*) from outbox") == 2
    await connection.close()


async def test_migrate_without_a_setting_names_it() -> None:
    """`egard migrate` needs the database and nothing else."""
    code, said = await egard("migrate", environment={"EGARD_DATABASE": ""})
    assert code == 1
    assert "EGARD_DATABASE is not set" in one_line(said)


# ---------------------------------------------------------------------------------------- the end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a request to end"])
async def test_serve_ends_in_good_order(
    broker: str,
    database_url: str,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """Asked to end, `egard serve all` lets those who watch go, and is gone with code 0 within seconds."""
    serving = Serving("all", kafka=broker, database=database_url, log=tmp_path / "log")
    async with (
        serving,
        httpx.AsyncClient(base_url=serving.url) as agent,
        agent.stream("GET", "/v1/prompts/stream") as stream,
    ):
        messages = stream.aiter_lines()
        assert (await anext(messages)).startswith("retry:")
        os.kill(serving.pid, number)
        assert await serving.ended(within=8) == 0
        assert not [line async for line in messages if line.startswith("event:")]
    assert "Traceback" not in serving.said()
    assert "ERROR" not in serving.said()


async def test_a_topic_that_is_missing_is_named_with_the_command(database_url: str, tmp_path: Path) -> None:
    """After an upgrade that brings a topic, a service that starts without it says what to run."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS])
        place = {"kafka": broker.address, "database": database_url}
        async with Serving("clock", **place, log=tmp_path / "log") as serving:
            said = serving.said()
    assert f"Kafka has no {MACHINE}: run `egard topics`." in said


async def test_a_projector_that_is_ended_while_it_waits_for_topics_never_says_that_it_serves(
    database_url: str, tmp_path: Path
) -> None:
    """The last thing that it says is what it waited for."""
    async with EmbeddedBroker() as bare:
        serving = Serving("projector", kafka=bare.address, database=database_url, log=tmp_path / "log")
        await serving.start(ready=False)
        try:

            async def warned() -> bool:
                return "run `egard topics`" in serving.said()

            await until(warned, within=20)
            os.kill(serving.pid, signal.SIGINT)
            assert await serving.ended(within=10) == 0
            assert "Serving" not in serving.said()
        finally:
            await serving.stop()


@pytest.mark.parametrize("silent", ["kafka", "database"])
async def test_serve_ends_while_it_still_waits_for_an_answer(
    database_url: str, tmp_path: Path, silent: str
) -> None:
    """Ctrl-C ends it too while a broker or a database that took its call says nothing."""
    calls: list[asyncio.StreamWriter] = []

    async def called() -> bool:
        return bool(calls)

    quiet = await asyncio.start_server(lambda _, writer: calls.append(writer), "127.0.0.1", 0)
    address = "{}:{}".format(*quiet.sockets[0].getsockname())
    places = {"kafka": KAFKA, "database": database_url}
    places[silent] = {"kafka": address, "database": f"postgres://egard@{address}/egard"}[silent]
    serving = Serving("all", **places, log=tmp_path / "log")
    await serving.start(ready=False)
    try:
        await until(called, within=20)
        os.kill(serving.pid, signal.SIGINT)
        assert await serving.ended(within=4) == 0
        assert serving.said() == ""
    finally:
        await serving.stop()
        quiet.close()
        for call in calls:
            call.close()
