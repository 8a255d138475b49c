"""Members of the projectors' group: they come and go, and one freezes in the middle of a batch."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError

from services.gateway import Gateway
from services.projector import Projector
from services.projector.announcer import Announcer
from services.projector.consumer import Consumer
from services.projector.service import GROUP
from services.runtime.kafka import INTERACTIONS
from services.runtime.service import Context
from tests.flow import flowing
from tests.kafka.place import Place
from tests.kafka.straight import PARTITIONS, journalled, publish
from tests.stack import Teller, running, until


def known(members: list[Projector]) -> type[Projector]:
    """Projectors that can be looked into, once they are made."""

    class Known(Projector):
        """A projector in a list."""

        def __init__(self, context: Context) -> None:
            super().__init__(context)
            members.append(self)

    return Known


def shared(members: Sequence[Projector], *sizes: int) -> Callable[[], Awaitable[bool]]:
    """Whether the first of some members own so many partitions each, and all together."""

    async def look() -> bool:
        shares = [list(one.partitions.owned) for one in members[: len(sizes)]]
        together = sorted(partition for share in shares for partition in share)
        return [len(share) for share in shares] == list(sizes) and together == list(range(PARTITIONS))

    return look


async def test_two_projectors_share_the_partitions_and_one_takes_over(place: Place) -> None:
    """A second member takes half of the partitions; when it leaves, the first has all; all is folded once."""
    members: list[Projector] = []
    kind = known(members)
    async with running(place.kafka, place.database, services=(Gateway, kind)) as stack:
        await until(shared(members, 4))
        async with flowing(stack) as flow:
            async with running(place.kafka, place.database, services=(kind,)):
                await until(shared(members, 2, 2), within=20)
                await flow.more()
                await flow.settled()
            await until(shared(members, 4), within=20)
            await flow.more()
        await flow.settled()
    assert all(one.partitions.applied.accepted for one in members)
    await place.verified()


async def test_what_kafka_has_as_committed_decides_nothing(place: Place) -> None:
    """Offsets are committed for tools that show lag: forged ones make it neither read again nor pass over."""
    teller = Teller("committed")
    async with running(place.kafka, place.database, services=(Projector,)) as stack:
        await publish(place.kafka, teller, 4 * PARTITIONS)
        await until(journalled(stack, 4 * PARTITIONS))
    await publish(place.kafka, teller, 4 * PARTITIONS)
    # Ahead of us in some partitions, behind in the others.
    forged = {TopicPartition(INTERACTIONS, number): 6 - 4 * (number % 2) for number in range(PARTITIONS)}
    async with AIOKafkaConsumer(bootstrap_servers=place.kafka, group_id=GROUP) as consumer:
        consumer.assign(list(forged))
        await consumer.commit(forged)
    members: list[Projector] = []
    async with running(place.kafka, place.database, services=(known(members),)) as stack:
        await until(journalled(stack, 8 * PARTITIONS))
    [member] = members
    assert (member.partitions.applied.accepted, member.partitions.applied.repeated) == (4 * PARTITIONS, 0)


async def test_what_was_committed_and_not_announced_is_announced_by_the_next(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A projector that ends between commit and announcement leaves it to its successor, which says it all."""

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    teller = Teller("announced")
    await publish(place.kafka, teller, 3 * PARTITIONS)
    with monkeypatch.context() as patched:
        patched.setattr(Announcer, "announce", dies)
        async with running(place.kafka, place.database, services=(Projector,)) as stack:
            await until(journalled(stack, 3 * PARTITIONS))
    assert not await place.announced()
    async with running(place.kafka, place.database, services=(Projector,)):
        await until(place.announced)


_WAITING = "select pid from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'"
_IDLE = "select 1 from pg_stat_activity where pid = $1 and state = 'idle in transaction'"
_ANY = "select 1 from pg_stat_activity where pid = $1"


async def test_a_projector_that_freezes_in_a_transaction_blocks_no_successor(place: Place) -> None:
    """Its transaction is ended, another applies the batch, and once it thaws it writes nothing of it."""
    teller = Teller("frozen")
    watch = await asyncpg.connect(place.database)
    name = place.database.rpartition("/")[2]
    async with place.serving("projector") as frozen:
        await publish(place.kafka, teller, PARTITIONS)
        await until(lambda: watch.fetchval("select count(*) = $1 from journal", PARTITIONS))
        # A batch moves the position, which locks its row, and then writes the journal.
        holder = await asyncpg.connect(place.database)
        async with holder.transaction():
            await holder.execute("lock table journal in access exclusive mode")
            await publish(place.kafka, teller, 1)
            session = await until(lambda: watch.fetchval(_WAITING, name))
            frozen.freeze()
        await until(lambda: watch.fetchval(_IDLE, session))
        await publish(place.kafka, teller, 2 * PARTITIONS)
        async with running(place.kafka, place.database, services=(Projector,)) as stack:
            await until(journalled(stack, 3 * PARTITIONS + 1), within=30)
            assert not await watch.fetchval(_ANY, session)
            frozen.thaw()
            await publish(place.kafka, teller, PARTITIONS)
            await until(journalled(stack, 4 * PARTITIONS + 1), within=30)
            [row] = await stack.fetch("select sum(events)::int as events from relationships")
            assert row["events"] == 4 * PARTITIONS + 1
    await place.verified()
    assert "Traceback" not in frozen.said()
    for connection in (holder, watch):
        await connection.close()


_SESSION = 6.0
"""Seconds after which Kafka gives a member up: the least that it lets anybody ask for."""


async def test_a_commit_that_comes_too_late_is_told_to_whoever_waits_and_to_nobody_else(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """Kafka refuses what thawed members commit: one that waits is told, one that ends leaves no traceback."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    def member(name: str) -> Consumer:
        return Consumer(
            INTERACTIONS,
            standing=dict,
            bootstrap_servers=place.kafka,
            group_id=f"egard.{name}",
            session_timeout_ms=int(_SESSION * 1000),
            heartbeat_interval_ms=1000,
            enable_auto_commit=False,
        )

    def commits(one: Consumer) -> asyncio.Task[None]:
        offsets: dict[Any, int] = dict.fromkeys(one.assignment(), 0)
        assert len(offsets) == PARTITIONS
        return asyncio.create_task(one.commit(offsets))

    async def refused() -> bool:
        return caplog.text.count("OffsetCommit failed for group egard.ending") == PARTITIONS

    async with member("waiting") as waiting, member("ending") as ending:
        await asyncio.gather(commits(waiting), commits(ending))
        time.sleep(_SESSION + 1)  # noqa: ASYNC251 - the process is frozen, with all that it has
        waits, ends = commits(waiting), commits(ending)
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the requests are under way
        ends.cancel()
        with pytest.raises(CommitFailedError):
            await waits
        with pytest.raises(asyncio.CancelledError):
            await ends
        await until(refused)
    del waits, ends
    gc.collect()
    assert complaints == []
