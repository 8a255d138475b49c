"""The projector's consumer: a look at Kafka ends with records, and not before."""

import asyncio
import math
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import ConsumerStoppedError

from services.embedded import EmbeddedBroker
from services.projector import consumer as consumers
from services.projector.consumer import Consumer
from tests.stack import until

TOPIC = "looked.at"


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """A broker with one topic."""
    async with EmbeddedBroker() as broker:
        await broker.touch([TOPIC])
        yield broker


@pytest_asyncio.fixture
async def producer(broker: EmbeddedBroker) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that has published the first record."""
    async with AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
        await producer.send_and_wait(TOPIC, b"first", partition=0)
        yield producer


@pytest_asyncio.fixture
async def consumer(
    broker: EmbeddedBroker, producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Consumer]:
    """A consumer that has read the first record, and whose looks are short."""
    monkeypatch.setattr(consumers, "_LOOK_MS", 5)
    consumer = Consumer(bootstrap_servers=broker.address, standing=dict, enable_auto_commit=False)
    await consumer.start()
    place = TopicPartition(TOPIC, 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    assert [one.value for one in (await consumer.getmany())[place]] == [b"first"]
    yield consumer
    await consumer.stop()


async def test_a_look_that_found_nothing_goes_on_until_there_is_something(
    consumer: Consumer, producer: AIOKafkaProducer
) -> None:
    """Whoever was handed nothing would sleep; so nobody is, and the next record is handed out as it comes."""
    looking = asyncio.create_task(consumer.getmany(timeout_ms=1))
    done, _ = await asyncio.wait({looking}, timeout=0.2)
    assert not done
    await producer.send_and_wait(TOPIC, b"second", partition=0)
    found = await asyncio.wait_for(looking, 20)
    assert [one.value for records in found.values() for one in records] == [b"second"]


@pytest.mark.parametrize("apart", [False, True], ids=["together", "one by one"])
async def test_what_is_handed_out_is_noted(
    consumer: Consumer, producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    """Whoever sees that the position has moved on sees as well up to where records are on their way."""
    place = TopicPartition(TOPIC, 0)
    assert consumer.handed_out == {place: 1}
    monkeypatch.setattr(consumer, "_apart_until", math.inf if apart else 0.0)
    await producer.send_and_wait(TOPIC, b"second", partition=0)

    async def found() -> bool:
        return bool(await consumer.getmany())

    await until(found)
    assert consumer.handed_out == {place: 2}


async def test_a_look_ends_when_the_consumer_is_stopped(consumer: Consumer) -> None:
    """Whoever waits for records hears that none will come."""
    looking = asyncio.create_task(consumer.getmany(timeout_ms=1))
    await asyncio.sleep(0)
    await consumer.stop()
    with pytest.raises(ConsumerStoppedError):
        await asyncio.wait_for(looking, 20)
