"""The embedded broker: a Kafka in this process, for the demo and most tests."""

import asyncio
import sys

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.embedded import PARTITION_BYTES, PARTITIONS, EmbeddedBroker, EmbeddedError
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS, create_topics


async def test_it_carries_a_record_from_producer_to_group() -> None:
    """What one client publishes, a member of a consumer group reads: key, value and headers."""
    async with (
        EmbeddedBroker() as broker,
        AIOKafkaProducer(bootstrap_servers=broker.address) as producer,
    ):
        await broker.touch(["visits"])
        await producer.send_and_wait("visits", b"hello", key=b"c1", headers=[("ce_id", b"1")])
        async with AIOKafkaConsumer(
            "visits", bootstrap_servers=broker.address, group_id="readers", auto_offset_reset="earliest"
        ) as consumer:
            record = await asyncio.wait_for(consumer.getone(), 10)
    assert (record.key, record.value, record.headers) == (b"c1", b"hello", (("ce_id", b"1"),))


async def test_touched_topics_exist_with_four_partitions() -> None:
    """A touched topic exists for every client; touching it again changes nothing."""
    async with EmbeddedBroker() as broker:
        await broker.touch(["one", "two"])
        await broker.touch(["two"])
        async with AIOKafkaConsumer(bootstrap_servers=broker.address) as consumer:
            assert await consumer.topics() == {"one", "two"}
        async with AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
            assert await producer.partitions_for("two") == set(range(PARTITIONS))


async def test_whoever_would_create_topics_on_it_is_told_that_it_makes_them_itself() -> None:
    """It has no controller to ask: `egard topics` ends with a sentence; topics that are there are fine."""
    async with EmbeddedBroker() as broker:
        with pytest.raises(Fatal, match=f"Kafka at {broker.address} has no controller"):
            await create_topics(broker.address, partitions=1, replication=1)
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        assert not (await create_topics(broker.address)).created


async def test_it_drops_the_oldest_records_over_its_cap() -> None:
    """A partition keeps no more than its cap, read or not: the limit that bulk publishers must heed."""
    one = TopicPartition("visits", 0)
    async with (
        EmbeddedBroker() as broker,
        AIOKafkaProducer(bootstrap_servers=broker.address) as producer,
        AIOKafkaConsumer(bootstrap_servers=broker.address) as consumer,
    ):
        await broker.touch(["visits"])
        body = b"x" * 500_000
        for _ in range(PARTITION_BYTES // len(body) + 2):
            await producer.send_and_wait("visits", body, partition=0)
        consumer.assign([one])
        kept = (await consumer.end_offsets([one]))[one] - (await consumer.beginning_offsets([one]))[one]
    assert kept == PARTITION_BYTES // len(body)


async def test_only_this_machine_reaches_it_and_only_while_it_runs() -> None:
    """It listens on 127.0.0.1, and not at all after a stop."""
    async with EmbeddedBroker() as broker:
        host, _, port = broker.address.rpartition(":")
        assert host == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))


async def test_it_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither its start nor a client that vanishes makes librdkafka write to the terminal."""
    async with EmbeddedBroker() as broker:
        host, _, port = broker.address.rpartition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"\0\0\0\2hi")
        await writer.drain()
        writer.close()
        await broker.touch(["visits"])
    assert capfd.readouterr() == ("", "")


async def test_what_cannot_be_done_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Misuse and a missing package each give an error that says so; a needless stop is harmless."""
    broker = EmbeddedBroker()
    with pytest.raises(EmbeddedError, match="not running"):
        _ = broker.address
    await broker.stop()
    async with broker:
        with pytest.raises(EmbeddedError, match="running already"):
            await broker.start()
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(EmbeddedError, match="confluent-kafka"):
        await EmbeddedBroker().start()
