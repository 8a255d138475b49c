"""A rebuild beside working services: nothing of theirs fails, and readers hear of what changed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer

from events import PromiseBroken, PromiseMade, RecognitionRemembered
from projections.strategy import Strategy
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.projector.announcer import Announcer
from services.projector.renewed import Renewed
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from services.runtime.producer import Outgoing, Producer
from tests.conftest import fresh_database
from tests.integration.identity.told import NOW, Journal, assert_verified, told
from tests.integration.rebuilding.anew import rebuild
from tests.stack import Stack, Teller, running, until


@pytest_asyncio.fixture
async def stack(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """Every service, on the embedded broker."""
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            async with running(broker.address, url, embedded=True) as stack:
                yield stack


async def test_services_work_through_one_switch_after_another(stack: Stack, strategy: Strategy) -> None:
    """Events go on coming in, pages go on being answered, and everything is counted once.

    So many customers come at once that the projector's sessions use their staging tables before and after.
    """
    url = stack.context.settings.database
    tellers = [Teller(f"live-{number}") for number in range(400)]
    sent, over = 0, False

    async def publish() -> None:
        nonlocal sent
        while not over:
            some = [teller.tell(RecognitionRemembered(what="x")) for teller in tellers]
            assert (await stack.post(some)).json() == {"accepted": len(some)}
            sent += len(some)
            await asyncio.sleep(0.05)

    async def read() -> None:
        while not over:
            answer = await stack.http.get("/v1/relationships")
            assert answer.status_code in (200, 503)
            await stack.http.get("/v1/customers/live-1/relationship")

    async with asyncio.TaskGroup() as group:
        group.create_task(publish())
        group.create_task(read())
        for _ in range(3):
            reached = sent + 2_000
            await until(lambda reached=reached: _reached(sent, reached))  # type: ignore[misc]
            await rebuild(url, strategy)
        over = True
    await until(lambda: _counted(stack, sent))
    assert not stack.context.failed.done()
    await assert_verified(url)
    assert await stack.fetch("select from dead_letters") == []


async def _reached(sent: int, wanted: int) -> bool:
    return sent >= wanted


async def _counted(stack: Stack, sent: int) -> bool:
    [row] = await stack.fetch("select sum(events) as events from relationships where customer like 'live-%'")
    return bool(row["events"] == sent)


async def test_readers_hear_of_what_a_rebuild_changed_under_a_higher_revision(
    stack: Stack, sterner: Strategy
) -> None:
    """The projector announces whoever reads otherwise once more, and nobody else; each is then done with."""
    broken, other = Teller("broken"), Teller("other")
    await stack.post(
        [
            broken.tell(PromiseMade(promise_id="p", what="call", due=NOW), ago=9),
            broken.tell(PromiseBroken(promise_id="p"), ago=5),
            other.tell(RecognitionRemembered(what="x")),
        ]
    )
    await until(lambda: _there(stack, 2))
    [before] = await stack.fetch("select * from relationships where customer = 'broken'")
    consumer = AIOKafkaConsumer(
        RELATIONSHIPS, bootstrap_servers=stack.context.settings.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        await rebuild(stack.context.settings.database, sterner)
        await until(lambda: _announced(stack))
        heard = await _heard(consumer)
    finally:
        await consumer.stop()
    [after] = await stack.fetch("select * from relationships where customer = 'broken'")
    assert after["changed_at"] > before["changed_at"]
    last = {one["customer"]: one for one in heard}
    assert last["broken"]["revision"] == before["revision"] + 1 == after["revision"]
    assert last["broken"]["health"] == after["health"] < before["health"]
    assert [one["customer"] for one in heard].count("other") == 1


async def _there(stack: Stack, count: int) -> bool:
    return len(await stack.fetch("select from relationships")) == count


async def _announced(stack: Stack) -> bool:
    return await stack.fetch("select from unannounced") == []


async def _heard(consumer: AIOKafkaConsumer) -> list[dict[str, object]]:
    found = []
    while records := await consumer.getmany(timeout_ms=1000):
        found += [msgspec.json.decode(one.value) for some in records.values() for one in some]
    return found


class Heard(Producer):
    """Keeps what would be published."""

    def __init__(self) -> None:
        super().__init__("nowhere:9092", client="test")
        self.heard: list[Outgoing] = []

    async def publish(self, records: Any) -> Any:
        """Notes records."""
        self.heard += list(records)


class Away(Producer):
    """A process that dies while it announces."""

    async def publish(self, records: Any) -> Any:
        """Dies."""
        raise SystemExit(records)


async def test_what_was_not_announced_before_a_crash_is_announced_after_it(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """It stays in the table until Kafka has it; who is gone is announced to be gone."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    await pool.execute("insert into unannounced values ('anna'), ('nobody')")
    dying = Renewed(pool, Announcer(pool, Away("nowhere:9092", client="test")), strategy)
    with pytest.raises(SystemExit):
        await dying.announce_some()
    producer = Heard()
    renewed = Renewed(pool, Announcer(pool, producer), strategy)
    assert await renewed.announce_some() == 2
    assert [(one.key, one.value is None) for one in producer.heard] == [(b"anna", False), (b"nobody", True)]
    assert await renewed.announce_some() == 0
