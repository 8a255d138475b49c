"""The topic under the projector: made anew, made wider, trimmed by retention, with the broker's clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from events import RecognitionRemembered
from services.gateway import Gateway
from services.projector import Projector, topic_ids
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS
from services.runtime.service import Context
from tests.kafka.conftest import renew_topics
from tests.kafka.server import KafkaServer
from tests.kafka.straight import PARTITIONS, journalled, publish
from tests.stack import Stack, Teller, running, until


@pytest_asyncio.fixture
async def kafka(kafka_server: KafkaServer) -> KafkaServer:
    """Kafka with empty topics of the test's own."""
    await renew_topics(kafka_server.address)
    return kafka_server


@asynccontextmanager
async def projecting(
    kafka: KafkaServer, database: str, kind: type[Projector] = Projector
) -> AsyncIterator[Stack]:
    """A projector in this process."""
    async with running(kafka.address, database, services=(kind,)) as stack:
        yield stack


@asynccontextmanager
async def administering(kafka: KafkaServer) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connection of Kafka's operator."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def id_of_topic(kafka: KafkaServer) -> UUID | None:
    """What Kafka says the topic's id is."""
    async with AIOKafkaConsumer(INTERACTIONS, bootstrap_servers=kafka.address) as consumer:
        return await topic_ids.topic_id(consumer, list(consumer.assignment()))


async def stored_ids(pool: Pool) -> set[UUID | None]:
    """The ids that positions have."""
    return {row["topic_id"] for row in await pool.fetch("select topic_id from positions")}


# ------------------------------------------------------------------------------- it is another topic

ANEW = (
    r"The topic is not the one that was read: egard.interactions was deleted and made anew\. It has the id "
    r"(\S+) now, and partition \d was read up to offset 5 under the id (\S+)\."
)


async def test_a_topic_that_was_recreated_meanwhile_stops_the_projector_at_its_start(
    kafka: KafkaServer, database_url: str
) -> None:
    """The topic was deleted and made anew while nobody read: it says so and stops, and begins at no place."""
    teller = Teller("another-1")
    async with projecting(kafka, database_url) as stack:
        await publish(kafka.address, teller, 5 * PARTITIONS)
        await until(journalled(stack, 5 * PARTITIONS))
    await renew_topics(kafka.address)
    with pytest.raises(Fatal, match=ANEW):
        async with projecting(kafka, database_url):
            pass


async def test_a_topic_that_is_recreated_under_it_stops_the_projector(
    kafka: KafkaServer, database_url: str
) -> None:
    """The topic is deleted and made anew while it reads: within seconds it stops, and says so."""
    teller = Teller("another-2")

    async def recreate_under_it() -> None:
        async with projecting(kafka, database_url) as stack:
            await publish(kafka.address, teller, 5 * PARTITIONS)
            await until(journalled(stack, 5 * PARTITIONS))
            await renew_topics(kafka.address)
            await asyncio.wait([stack.context.failed], timeout=30)

    with pytest.raises(Fatal, match=ANEW):
        await recreate_under_it()


async def test_a_recreated_topic_that_holds_more_than_was_read_stops_the_projector(
    kafka: KafkaServer, database_url: str, pool: Pool
) -> None:
    """Made anew and grown past our position, it is another topic too: its id tells, nothing is skipped."""
    teller = Teller("another-3")
    before = await id_of_topic(kafka)
    async with projecting(kafka, database_url) as stack:
        await publish(kafka.address, teller, 5 * PARTITIONS)
        await until(journalled(stack, 5 * PARTITIONS))
    assert await stored_ids(pool) == {before}
    await renew_topics(kafka.address)
    await publish(kafka.address, teller, 6 * PARTITIONS)
    with pytest.raises(Fatal, match=ANEW) as stopped:
        async with projecting(kafka, database_url):
            pass
    assert str(before) in str(stopped.value)
    assert await pool.fetchval("select count(*) from journal") == 5 * PARTITIONS
    # What docs/operations.md says to do.
    await pool.execute("delete from positions where topic = 'egard.interactions'")
    async with projecting(kafka, database_url) as stack:
        await until(journalled(stack, 11 * PARTITIONS))
    assert await stored_ids(pool) == {await id_of_topic(kafka)}


async def test_an_id_that_was_unknown_is_taken_over(
    kafka: KafkaServer, database_url: str, pool: Pool
) -> None:
    """Positions from before ids were kept are those of the topic there is, if it is long enough for them."""
    teller = Teller("another-4")
    async with projecting(kafka, database_url) as stack:
        await publish(kafka.address, teller, 5 * PARTITIONS)
        await until(journalled(stack, 5 * PARTITIONS))
    await pool.execute("update positions set topic_id = null")
    async with projecting(kafka, database_url):
        assert await stored_ids(pool) == {await id_of_topic(kafka)}
    await pool.execute("update positions set topic_id = null")
    await renew_topics(kafka.address)
    with pytest.raises(
        Fatal, match=r"not the one that was read: .+ ends at offset 0, and 5 was already read"
    ):
        async with projecting(kafka, database_url):
            pass
    assert await stored_ids(pool) == {None}


async def test_a_broker_that_tells_no_ids_is_read_all_the_same(
    kafka: KafkaServer,
    database_url: str,
    pool: Pool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A broker too old for the question is read, with one warning; a position keeps the id that it has."""
    monkeypatch.setattr(topic_ids._MetadataRequest, "API_VERSION", 99)
    topic_ids._say_once.cache_clear()
    teller = Teller("old-broker")
    async with projecting(kafka, database_url) as stack:
        await publish(kafka.address, teller, PARTITIONS)
        await until(journalled(stack, PARTITIONS))
        assert await stored_ids(pool) == {None}
        known = UUID(int=7)
        await pool.execute("update positions set topic_id = $1", known)
    async with projecting(kafka, database_url):
        assert await stored_ids(pool) == {known}
    assert len([one for one in caplog.records if "too old to tell topics' ids" in one.getMessage()]) == 1


# -------------------------------------------------------------------------------- it becomes wider


async def test_partitions_that_were_added_are_read(kafka: KafkaServer, database_url: str) -> None:
    """The topic gets another partition under a working projector: within seconds it is read as well."""
    teller = Teller("wider")
    async with projecting(kafka, database_url) as stack:
        await publish(kafka.address, teller, PARTITIONS)
        await until(journalled(stack, PARTITIONS))
        async with administering(kafka) as admin:
            await admin.create_partitions({INTERACTIONS: NewPartitions(PARTITIONS + 1)})
        async with AIOKafkaProducer(bootstrap_servers=kafka.address) as producer:
            body = teller.tell(RecognitionRemembered(what="x")).body
            await producer.send_and_wait(INTERACTIONS, body, partition=PARTITIONS)
        await until(journalled(stack, PARTITIONS + 1), within=20)
        [row] = await stack.fetch("select events from relationships where customer = 'wider'")
        assert row["events"] == PARTITIONS + 1


async def test_a_topic_made_anew_with_fewer_partitions_is_published_to(
    kafka: KafkaServer, database_url: str
) -> None:
    """Under a working gateway partitions go away: publishers hear at most "later", and soon all is taken."""
    tellers = [Teller(f"narrower-{number}") for number in range(40)]

    async def post(stack: Stack) -> set[int]:
        answers = await asyncio.gather(
            *(stack.post([teller.tell(RecognitionRemembered(what="x"))]) for teller in tellers)
        )
        return {answer.status_code for answer in answers}

    async with running(kafka.address, database_url, services=(Gateway,)) as stack:
        assert await post(stack) == {202}
        await renew_topics(kafka.address, PARTITIONS // 2)
        heard: list[set[int]] = []

        async def taken() -> bool:
            heard.append(await post(stack))
            return heard[-1] == {202}

        await until(taken, within=40)
        assert set.union(*heard) <= {202, 503}


# ------------------------------------------------------------------------------ what it keeps, and says


class Passing(Projector):
    """The projector of somebody who said `--accept-gap`."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, accept_gap=True)


async def test_retention_that_passes_our_position_stops_the_projector(
    kafka: KafkaServer, database_url: str, pool: Pool
) -> None:
    """Kafka deletes what was never read: it says which events, and stops; accepted, it reads what follows."""
    teller = Teller("kept-1")
    async with projecting(kafka, database_url) as stack:
        await publish(kafka.address, teller, 2 * PARTITIONS)
        await until(journalled(stack, 2 * PARTITIONS))
    await publish(kafka.address, teller, 3 * PARTITIONS)
    await retain(kafka, 1)
    await until(lambda: begins_at(kafka, 5))
    await retain(kafka, 3_600_000)
    with pytest.raises(Fatal, match=r"begins at offset 5, but offsets 2 to 4 \(3 records\) were never read"):
        async with projecting(kafka, database_url):
            pass
    assert await pool.fetchval("select count(*) from journal") == 2 * PARTITIONS
    await publish(kafka.address, teller, PARTITIONS)
    async with projecting(kafka, database_url, Passing) as stack:
        await until(journalled(stack, 3 * PARTITIONS))


async def retain(kafka: KafkaServer, milliseconds: int) -> None:
    """Sets how long the topic keeps its records."""
    change = ConfigResource(ConfigResourceType.TOPIC, INTERACTIONS, {"retention.ms": str(milliseconds)})
    async with administering(kafka) as admin:
        await admin.alter_configs([change])


async def begins_at(kafka: KafkaServer, offset: int) -> bool:
    """Whether every partition begins at an offset."""
    return set((await begins(kafka)).values()) == {offset}


async def begins(kafka: KafkaServer) -> dict[int, int]:
    """Where each partition begins."""
    async with AIOKafkaConsumer(INTERACTIONS, bootstrap_servers=kafka.address) as consumer:
        found = await consumer.beginning_offsets(list(consumer.assignment()))
    return {place.partition: offset for place, offset in found.items()}


async def test_the_broker_s_clock_says_when_an_event_arrived(
    kafka: KafkaServer, database_url: str, pool: Pool
) -> None:
    """`egard topics` sets `LogAppendTime`: a publisher's own timestamp, years off, changes nothing."""
    teller = Teller("clock")
    began = datetime.now(UTC).replace(microsecond=0)
    async with AIOKafkaProducer(bootstrap_servers=kafka.address) as producer:
        for year in (1999, 2099):
            wrong = int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000)
            body = teller.tell(RecognitionRemembered(what="x")).body
            await producer.send_and_wait(INTERACTIONS, body, timestamp_ms=wrong)
    ended = datetime.now(UTC)
    # What is read later arrived then all the same.
    async with projecting(kafka, database_url) as stack:
        await until(journalled(stack, 2))
    for row in await pool.fetch("select arrived from journal"):
        assert began <= row["arrived"] <= ended
