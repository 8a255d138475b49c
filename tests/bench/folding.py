"""The projector at work, seen from outside: processes, the positions they store, and what they announce."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from services.projector.service import GROUP
from services.runtime.kafka import INTERACTIONS
from tests.bench import topics
from tests.bench.stream import Sent
from tests.processes import Serving

_LOOK = 0.02
"""Seconds between looks at the stored positions."""

_WITHIN = 240.0
"""Seconds for a run to end."""

_QUIET = 3.0
"""Seconds without an announcement after which no more are waited for."""

# Every position that the projector keeps of a partition, however many it keeps; announcements may be noted
# later than they are made, and are looked at on their own topic.
_POSITIONS = """
    select attname
    from pg_attribute
    where attrelid = 'positions'::regclass and attnum > 0 and not attisdropped
        and attname like '%\\_offset' and attname <> 'announced_offset'
"""


async def fold(brokers: str, database: str, some: Sequence[Sent], processes: int, log: Path) -> float:
    """The seconds in which so many projectors fold and announce events that came all at once.

    The topics must be empty and the database fresh. The processes wait for the events with their partitions
    in hand, so neither their start nor the group's forming is counted; the events are on the broker before,
    in a transaction whose commit is the start of reading. The end is the later of two: every stored position
    is at its end, and the last announcement was made.

    Raises `AssertionError` where an event is missing from the journal, the sums or the announcements.
    """
    filling = topics.Filling(brokers)
    announcements = topics.Announcements(brokers)
    connection = await asyncpg.connect(database)
    try:
        async with _projectors(brokers, database, processes, log):
            await filling.write(some)
            began = time.time()
            await filling.commit()
            await _until_positions(connection, filling.ends, log)
            ended = time.time()
            await _until_announced(connection, announcements, filling.ends)
        revisions, announced = await announcements.read()
        await _check(connection, some, revisions)
    finally:
        await connection.close()
        await announcements.close()
    return max(ended, announced) - began


@asynccontextmanager
async def _projectors(brokers: str, database: str, processes: int, log: Path) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        serving = [Serving("projector", kafka=brokers, database=database, log=log) for _ in range(processes)]
        for one in serving:
            await stack.enter_async_context(one)
        await asyncio.to_thread(_until_settled, brokers, processes)
        for one in serving:
            await one.ready()
        yield


def _until_settled(brokers: str, members: int) -> None:
    """Waits until each member of the projectors' group has its share of the partitions."""
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 3})
    for _ in range(300):
        group = admin.describe_consumer_groups([GROUP])[GROUP].result()
        shares = [len(member.assignment.topic_partitions) for member in group.members]
        if group.state == ConsumerGroupState.STABLE and len(shares) == members and all(shares):
            return
        time.sleep(0.1)
    raise AssertionError(f"the group did not settle: {shares}")


async def _until_positions(connection: asyncpg.Connection, ends: dict[int, int], log: Path) -> None:
    names = [row[0] for row in await connection.fetch(_POSITIONS)]
    least = f"least({', '.join(names)})"
    query = await connection.prepare(
        f"select kafka_partition, {least} as reached from positions where topic = $1"  # noqa: S608 - columns
    )
    try:
        async with asyncio.timeout(_WITHIN):
            while True:
                reached = {row["kafka_partition"]: row["reached"] for row in await query.fetch(INTERACTIONS)}
                if all(reached.get(partition, 0) >= end for partition, end in ends.items()):
                    return
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        said = await asyncio.to_thread(log.read_text)
        raise AssertionError(f"the projector did not reach the end: {said[-2000:]}") from None


async def _until_announced(
    connection: asyncpg.Connection, announcements: topics.Announcements, ends: dict[int, int]
) -> None:
    """Returns when the projector has noted that all is announced, or when it announces nothing any more.

    It may note that later than it announces, so the note alone would not do.
    """
    known, since = -1, time.monotonic()
    while time.monotonic() - since < _QUIET:
        if await _announced(connection, ends):
            return
        count = await announcements.count()
        if count != known:
            known, since = count, time.monotonic()
        await asyncio.sleep(0.2)


async def _announced(connection: asyncpg.Connection, ends: dict[int, int]) -> bool:
    rows = await connection.fetch(
        "select kafka_partition, announced_offset from positions where topic = $1", INTERACTIONS
    )
    reached = {row["kafka_partition"]: row["announced_offset"] for row in rows}
    return all(reached.get(partition, 0) >= end for partition, end in ends.items())


async def _check(connection: asyncpg.Connection, some: Sequence[Sent], revisions: dict[str, int]) -> None:
    new = len({(sent.customer, sent.identity) for sent in some})
    assert await connection.fetchval("select count(*) from journal") == new, "the journal is not whole"
    assert await connection.fetchval("select sum(events) from relationships") == new, "a fold is missing"
    kept = await connection.fetch("select customer, revision from relationships")
    assert dict(kept) == revisions, "announcements are missing"
