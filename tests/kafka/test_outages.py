"""What only Apache Kafka can do to us: die and come back, forget a topic, share partitions, leave holes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from events import RecognitionRemembered
from services.projector import Projector
from services.runtime.kafka import INTERACTIONS
from tests.flow import flowing
from tests.kafka.conftest import renew_topics
from tests.kafka.server import KafkaServer
from tests.kafka.straight import journalled
from tests.processes import Serving, egard
from tests.stack import Stack, Teller, running, until


@pytest_asyncio.fixture
async def kafka(kafka_server: KafkaServer) -> KafkaServer:
    """Kafka with empty topics of the test's own."""
    await renew_topics(kafka_server.address)
    return kafka_server


# ----------------------------------------------------------------------------------- Kafka goes away


async def killed(kafka: KafkaServer) -> None:
    """Kafka is gone."""
    await kafka.kill()


async def frozen(kafka: KafkaServer) -> None:
    """Kafka stands still, its connections open."""
    await kafka.freeze()


async def back(kafka: KafkaServer, end: Callable[[KafkaServer], Awaitable[None]]) -> None:
    """Kafka is there again."""
    if end is frozen:
        kafka.thaw()
    else:
        await kafka.start()


async def test_serve_ends_in_seconds_while_kafka_is_away(
    kafka: KafkaServer, database_url: str, tmp_path: Path
) -> None:
    """Asked to end while Kafka does not answer, a process does not wait for it."""
    serving = Serving("all", kafka=kafka.address, database=database_url, log=tmp_path / "log")
    async with serving:
        await kafka.freeze()
        try:
            await asyncio.sleep(1)
            began = time.monotonic()
            await serving.stop()
            assert time.monotonic() - began < 10
            assert await serving.ended() == 0
        finally:
            kafka.thaw()
    assert "Traceback" not in serving.said()


@pytest.mark.parametrize("end", [killed, frozen])
async def test_the_gateway_says_later_while_kafka_is_away_and_nothing_is_lost(
    kafka: KafkaServer,
    database_url: str,
    end: Callable[[KafkaServer], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Publishers hear 503 within three seconds; when Kafka is back all goes on, all is journalled once."""
    # Kafka waits ten seconds for a member that could not take its leave, as in the test before.
    monkeypatch.setattr("services.projector.service.GROUP", f"egard.projector.{end.__name__}")
    async with running(kafka.address, database_url) as stack, flowing(stack) as flow:
        await end(kafka)
        try:

            async def heard() -> bool:
                return len(flow.turned_away) >= 2

            await until(heard, within=10)
            assert (await stack.http.get("/healthz")).status_code == httpx.codes.OK
        finally:
            await back(kafka, end)
        await flow.more(within=40)
        await flow.settled()
        # What outreach decided meanwhile was kept, and is published now.
        await until(published(stack), within=20)
    assert {one.status for one in flow.turned_away} == {503}
    assert all(one.retry_after for one in flow.turned_away)
    assert max(one.took for one in flow.turned_away) < 3
    code, said = await egard("verify", environment={"EGARD_DATABASE": database_url})
    assert code == 0, said


def published(stack: Stack) -> Callable[[], Awaitable[bool]]:
    """Whether every prompt has its event in the journal."""

    async def look() -> bool:
        [row] = await stack.fetch(
            "select count(*) as prompts, "
            "(select count(*) from journal where type = 'egard.outreach.prompted') as events from prompts"
        )
        return bool(row["prompts"] and row["prompts"] == row["events"])

    return look


# ------------------------------------------------------------------------------------- transactions


@pytest_asyncio.fixture
async def transactional(kafka: KafkaServer) -> AsyncIterator[AIOKafkaProducer]:
    """A producer of transactions."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, transactional_id="books") as producer:
        yield producer


class Aborted(Exception):  # noqa: N818 - it is meant
    """The transaction is given up."""


async def test_aborted_records_are_not_folded_and_holes_are_passed(
    kafka: KafkaServer, transactional: AIOKafkaProducer, database_url: str
) -> None:
    """Markers and aborted records leave holes in the offsets: they are no gap, at a start or in between."""
    teller = Teller("books")

    async def send(names: Iterable[str]) -> None:
        for name in names:
            body = teller.tell(RecognitionRemembered(what="x"), id=name).body
            await transactional.send_and_wait(INTERACTIONS, body, partition=0)

    async def kept(names: str) -> None:
        async with transactional.transaction():
            await send(names)

    async def given_up(names: str) -> None:
        with suppress(Aborted):
            async with transactional.transaction():
                await send(names)
                raise Aborted

    async with running(kafka.address, database_url, services=(Projector,)) as stack:
        await kept("abc")
        await given_up("def")
        await kept("g")
        await until(journalled(stack, 4))
        await transactional.begin_transaction()
        await send("hi")
        await asyncio.sleep(0.5)
        assert await stack.journal() == list("abcg")
        await transactional.commit_transaction()
        await until(journalled(stack, 6))
        await given_up("jk")
    # What follows is only an aborted transaction and its marker.
    async with running(kafka.address, database_url, services=(Projector,)) as stack:
        await given_up("lm")
        await kept("n")
        await until(journalled(stack, 7))
        assert await stack.journal() == list("abcghin")
        assert not await stack.fetch("select 1 from dead_letters")
        [row] = await stack.fetch("select next_offset from positions where kafka_partition = 0")
    place = TopicPartition(INTERACTIONS, 0)
    async with AIOKafkaConsumer(bootstrap_servers=kafka.address) as consumer:
        ends = await consumer.end_offsets([place])
    # Only the last transaction's marker is left.
    assert row["next_offset"] == ends[place] - 1
