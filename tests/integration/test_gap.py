"""A gap: events that the broker deleted before the projector read them.

The embedded broker keeps 5 MB of a partition, so a gap is easily made: publish more while nobody reads.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from events import FrictionMet
from services.embedded import PARTITION_BYTES, EmbeddedBroker
from services.projector import Projector
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS
from services.runtime.service import Context
from tests.processes import Serving
from tests.stack import Stack, Teller, running, until

PARTITION = 2
FILLING = b"x" * 30_000
"""What makes an event large, in an attribute that nobody reads."""

FLOOD = 4 * PARTITION_BYTES // len(FILLING)
"""How many of these are 20 MB."""

SENTENCE = re.compile(
    rf"Events were lost: {re.escape(INTERACTIONS)} partition (\d+) begins at offset (\d+), but "
    r"offsets (\d+) to (\d+) \((\d+) records\) were never read;.+--accept-gap.+"
)


class Passing(Projector):
    """The projector of somebody who said `--accept-gap`."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, accept_gap=True)


class Gap(NamedTuple):
    """What the sentence says."""

    partition: int
    begin: int
    first: int
    last: int
    records: int


def said(sentence: str) -> Gap:
    """The gap that a sentence names."""
    found = SENTENCE.search(sentence)
    assert found, sentence
    return Gap(*map(int, found.groups()))


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """A broker with our topic."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        yield broker


async def flood(broker: EmbeddedBroker, teller: Teller, count: int) -> None:
    """Publishes large events to one partition."""
    async with AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
        for _ in range(count):
            body = teller.tell(FrictionMet(what="lost")).body
            large = body[:-1] + b',"filling":"' + FILLING + b'"}'
            await producer.send(INTERACTIONS, large, partition=PARTITION)
        await producer.flush()


@asynccontextmanager
async def projecting(
    broker: EmbeddedBroker, database: str, kind: type[Projector] = Projector
) -> AsyncIterator[Stack]:
    """A projector in this process."""
    async with running(broker.address, database, services=(kind,), embedded=True) as stack:
        yield stack


async def read(pool: Pool) -> list[int]:
    """The offsets of the partition that are in the journal."""
    rows = await pool.fetch(
        "select kafka_offset from journal where kafka_partition = $1 order by kafka_offset", PARTITION
    )
    return [row["kafka_offset"] for row in rows]


async def position(pool: Pool) -> int:
    """Where the projector stands in the partition."""
    found: int = await pool.fetchval(
        "select next_offset from positions where kafka_partition = $1", PARTITION
    )
    return found


async def begins(broker: EmbeddedBroker) -> int:
    """The offset at which the partition begins by now."""
    place = TopicPartition(INTERACTIONS, PARTITION)
    async with AIOKafkaConsumer(bootstrap_servers=broker.address) as consumer:
        begin: int = (await consumer.beginning_offsets([place]))[place]
    return begin


async def test_a_gap_at_the_start_stops_the_projector(
    broker: EmbeddedBroker, database_url: str, pool: Pool
) -> None:
    """It says which events were deleted before it came, and how many, and folds nothing after them."""
    await flood(broker, Teller("gap-1"), FLOOD)
    with pytest.raises(Fatal) as stopped:
        async with projecting(broker, database_url):
            pass
    begin = await begins(broker)
    assert FLOOD // 2 < begin < FLOOD
    assert said(str(stopped.value)) == Gap(PARTITION, begin, 0, begin - 1, begin)
    assert await read(pool) == []
    assert await position(pool) == 0


async def test_an_accepted_gap_is_passed(broker: EmbeddedBroker, database_url: str, pool: Pool) -> None:
    """Told that the gap is accepted, it goes on at the first event after it."""
    await flood(broker, Teller("gap-2"), FLOOD)
    async with projecting(broker, database_url, Passing):
        await until(lambda: _passed(pool, FLOOD))
    assert await read(pool) == list(range(await begins(broker), FLOOD))


async def test_a_gap_that_opens_while_it_stands_still_stops_the_process(
    broker: EmbeddedBroker,
    database_url: str,
    pool: Pool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Frozen while 20 MB pass by, `egard serve projector` ends with the sentence; accepted, it is passed."""
    teller = Teller("gap-3")
    log = tmp_path / "log"
    async with Serving("projector", kafka=broker.address, database=database_url, log=log) as projector:
        await flood(broker, teller, 10)
        await until(lambda: _passed(pool, 10))
        projector.freeze()
        await flood(broker, teller, FLOOD)
        projector.thaw()
        assert await projector.ended() == 1
        ending = projector.said().splitlines()[-1]
    assert ending.startswith("egard: ")
    gap = said(ending)
    # What was on its way before the freeze may still have come.
    assert await read(pool) == list(range(gap.first))
    assert await position(pool) == gap.first >= 10
    begin = await begins(broker)
    assert gap == Gap(PARTITION, begin, gap.first, begin - 1, begin - gap.first)
    # The embedded broker makes a second member of a group wait for nine seconds.
    monkeypatch.setattr("services.projector.service.GROUP", "another")
    async with projecting(broker, database_url, Passing):
        await until(lambda: _passed(pool, FLOOD + 10))
    assert await read(pool) == [*range(gap.first), *range(begin, FLOOD + 10)]


async def _passed(pool: Pool, offset: int) -> bool:
    return await position(pool) == offset
