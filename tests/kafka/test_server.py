"""The harness itself: the other tests here rest on a broker that can be killed, frozen and brought back."""

import asyncio
import glob
import tempfile
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from services.embedded import EmbeddedError
from tests.kafka.server import KafkaServer, kafka_unavailable

pytestmark = pytest.mark.skipif(kafka_unavailable() is not None, reason=str(kafka_unavailable()))


@pytest_asyncio.fixture(scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    """A server with a topic `visits` of two partitions; it must be ours, for it is what is tested."""
    async with KafkaServer(tmp_path_factory.mktemp("kafka")) as server:
        assert server.pid
        admin = AIOKafkaAdminClient(bootstrap_servers=server.address)
        await admin.start()
        try:
            await admin.create_topics([NewTopic("visits", num_partitions=2, replication_factor=1)])
        finally:
            await admin.close()
        yield server


async def _publish(address: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        await producer.send_and_wait("visits", value)


async def _everything(address: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(
        "visits", bootstrap_servers=address, auto_offset_reset="earliest"
    ) as consumer:
        async with asyncio.timeout(20):
            return sorted([(await consumer.getone()).value for _ in range(count)])


async def test_a_killed_broker_comes_back_with_its_data(kafka: KafkaServer) -> None:
    """A record that was acknowledged before a kill is there after the restart, at the same address."""
    address, process = kafka.address, psutil.Process(kafka.pid)
    await _publish(address, b"before")
    await kafka.kill()
    assert not process.is_running()
    with pytest.raises(EmbeddedError, match="not running"):
        await kafka.freeze()
    await kafka.restart()
    assert kafka.address == address
    await _publish(address, b"now after")
    assert await _everything(address, 2) == [b"before", b"now after"]


async def test_a_frozen_broker_answers_when_it_thaws(kafka: KafkaServer) -> None:
    """A request to a frozen broker waits, and is served after the thaw."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.address) as producer:
        await producer.send_and_wait("visits", b"one")
        await kafka.freeze()
        try:
            waiting = asyncio.create_task(producer.send_and_wait("visits", b"two"))
            await asyncio.sleep(0.5)
            assert not waiting.done()
        finally:
            kafka.thaw()
        await asyncio.wait_for(waiting, 10)


async def test_topics_do_not_appear_by_themselves(kafka: KafkaServer) -> None:
    """Publishing to a topic that nobody created is refused, as in production."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, request_timeout_ms=1500) as producer:
        with pytest.raises(KafkaError):
            await producer.send_and_wait("unheard-of", b"?")


async def test_stopping_leaves_no_process_and_no_file_elsewhere(kafka: KafkaServer) -> None:
    """After a stop, frozen or not, the process is gone; what it wrote is in its folder."""
    server = psutil.Process(kafka.pid)
    guard = server.parent()
    await kafka.freeze()
    await kafka.stop()
    assert not server.is_running()
    assert not guard.is_running()
    assert {path.name for path in kafka.folder.iterdir()} == {"data", "tmp", "server.properties", "kafka.log"}
    assert not glob.glob(f"{tempfile.gettempdir()}/hsperfdata_*/{server.pid}")  # noqa: PTH207 (as ASYNC240 has it)
