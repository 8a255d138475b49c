"""The examples for publishers straight to Kafka, run as they stand."""

import os
import shlex
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.embedded import EmbeddedDatabase
from services.projector import Projector
from tests.conftest import fresh_database
from tests.examples import EXAMPLES, run_example
from tests.kafka.server import KafkaServer, tool
from tests.stack import Stack, running, until

EXPECTED = {
    "kafka_aiokafka.py": ("/website", {"form-310/attempted", "form-310/answered"}),
    "kafka_librdkafka.py": ("/service-desk", {"complaint-9/raised", "complaint-9/settled"}),
    "kafka_console.sh": ("/store", {"visit-4/greeted", "visit-5/met"}),
}


@pytest_asyncio.fixture(scope="module")
async def stack(kafka: KafkaServer, database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """A projector on Apache Kafka: nothing else stands between these publishers and the journal."""
    async for url in fresh_database(database_server):
        async with running(kafka.address, url, services=[Projector]) as stack:
            yield stack


@pytest_asyncio.fixture
async def path(tmp_path: Path) -> str:
    """A search path on which Kafka's console producer stands under its usual name."""
    if shutil.which("java") is None or shutil.which("mvn") is None:
        pytest.skip("Kafka's console producer needs Java 17, and Maven to fetch it.")
    command = shlex.join(await tool("org.apache.kafka.tools.ConsoleProducer"))
    script = tmp_path / "kafka-console-producer.sh"
    script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    script.chmod(0o755)
    return f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


def test_every_kafka_example_is_run_here() -> None:
    """An example that nobody runs would rot."""
    assert {path.name for path in EXAMPLES.glob("kafka_*")} == set(EXPECTED)


@pytest.mark.parametrize("name", ["kafka_aiokafka.py", "kafka_librdkafka.py"])
async def test_what_a_client_in_python_publishes_is_in_the_journal_once(
    stack: Stack, kafka: KafkaServer, name: str
) -> None:
    """Copied and run, and run again, it brings in exactly its events, in whatever mode and partition."""
    await publish_twice(stack, name, EGARD_KAFKA=kafka.address)


async def test_what_the_console_producer_publishes_is_in_the_journal_once(
    stack: Stack, kafka: KafkaServer, path: str
) -> None:
    """Lines of headers, key and value become events of their customers."""
    await publish_twice(stack, "kafka_console.sh", EGARD_KAFKA=kafka.address, PATH=path)


async def publish_twice(stack: Stack, name: str, **environment: str) -> None:
    """Runs an example twice; its events must be in the journal once, and nothing may be refused."""
    source, ids = EXPECTED[name]
    for _ in range(2):
        await run_example(name, **environment)

    async def journalled() -> bool:
        return len(await stack.journal(source)) >= len(ids)

    await until(journalled)
    assert sorted(await stack.journal(source)) == sorted(ids)
    assert not await stack.fetch("select 1 from dead_letters")
