"""What the relay of the outbox says while Kafka does not take what it holds."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio

from services.embedded import EmbeddedBroker
from services.runtime import outbox
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS
from services.runtime.outbox import Entry, Relay
from services.runtime.producer import Outgoing, Place, Producer
from tests.stack import until

SOURCE = "/egard/desk"

TRIES = 3
"""Vain attempts of each relay, after which the test has seen enough."""


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """A broker that knows the topic of events alone."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        yield broker


class Refused(Producer):
    """A producer that nobody confirms anything to, and that takes a moment to find out."""

    tries = 0

    async def publish(self, _: Iterable[Outgoing]) -> list[Place]:
        """Waits a little, and gives up."""
        await asyncio.sleep(0.3)
        self.tries += 1
        raise TimeoutError


async def test_two_relays_say_once_that_kafka_is_away_and_not_that_it_is_back(
    broker: EmbeddedBroker, database_url: str, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    """A relay that finds another at work knows nothing of Kafka: neither says that the outbox goes on."""
    caplog.set_level(logging.INFO, "egard.outbox")
    async with pool.acquire() as connection, connection.transaction():
        await outbox.put(
            connection, [Entry(MACHINE, "ann", b"{}", None), Entry(INTERACTIONS, "ann", b"{}", None)], SOURCE
        )
    producers = [Refused(broker.address, client="test") for _ in range(2)]
    relays = [asyncio.create_task(Relay(pool, database_url, one, SOURCE).run()) for one in producers]
    try:

        async def tried() -> bool:
            return sum(one.tries for one in producers) >= 2 * TRIES

        await until(tried)
    finally:
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)
    said = [one.getMessage() for one in caplog.records if one.name == "egard.outbox"]
    waits = f"The outbox waits for Kafka: It does not confirm what is for {INTERACTIONS}, {MACHINE}"
    assert said
    assert all(one.startswith(waits) for one in said)
    assert len(said) <= len(relays)


async def test_a_producer_says_which_topics_are_missing(broker: EmbeddedBroker) -> None:
    """Of the topics it is asked about, it names those that the brokers do not have, and makes none."""
    producer = Producer(broker.address, client="test")
    await producer.start()
    try:
        assert await producer.lacks([INTERACTIONS, PROMPTS]) == [PROMPTS]
        assert await producer.lacks([INTERACTIONS, PROMPTS]) == [PROMPTS]
    finally:
        await producer.stop()
