"""The producer that every service publishes with: places, order, and what is left of calls that fail."""

import asyncio
import gc
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from services.embedded import PARTITIONS, EmbeddedBroker
from services.runtime.producer import Outgoing, Place, Producer

TOPIC = "visits"
ELSEWHERE = "elsewhere"
BATCH_BYTES = 256 * 1024
"""What a batch holds, unless a single record is larger."""


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """A Kafka with one topic."""
    async with EmbeddedBroker() as broker:
        await broker.touch([TOPIC])
        yield broker


@pytest_asyncio.fixture
async def producer(broker: EmbeddedBroker) -> AsyncIterator[Producer]:
    """A producer whose calls give up after ten seconds."""
    producer = Producer(broker.address, client="test", within=10)
    await producer.start()
    yield producer
    await producer.stop()


def record(key: str | None, value: bytes) -> Outgoing:
    """A record of a customer."""
    return Outgoing(TOPIC, None if key is None else key.encode(), value, [("n", b"1")])


async def stored(broker: EmbeddedBroker) -> dict[Place, ConsumerRecord]:
    """All that the topic holds, by place."""
    places = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    found: dict[Place, ConsumerRecord] = {}
    async with AIOKafkaConsumer(bootstrap_servers=broker.address) as consumer:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning()
        while len(found) < sum(ends.values()):
            for some in (await consumer.getmany(timeout_ms=1000)).values():
                found |= {(one.partition, one.offset): one for one in some}
    return found


def working() -> set[asyncio.Task[object]]:
    """The tasks there are, but for the one that asks."""
    return asyncio.all_tasks() - {asyncio.current_task()}


def lanes() -> list[str]:
    """The lanes that are at work."""
    names = (task.get_name() for task in working())
    return sorted(name for name in names if name.startswith((TOPIC, ELSEWHERE)))


# ------------------------------------------------------------------------------- what was published


async def test_every_record_stands_where_its_call_was_told(
    broker: EmbeddedBroker, producer: Producer
) -> None:
    """Calls at the same time, over all partitions: each learns the places of its own records, in order."""
    calls = [[record(f"c{n % 7}", b"%d-%d" % (call, n)) for n in range(40)] for call in range(25)]
    told = await asyncio.gather(*(producer.publish(iter(records)) for records in calls))
    found = await stored(broker)
    assert len(found) == 25 * 40
    for records, places in zip(calls, told, strict=True):
        assert [found[place].value for place in places] == [one.value for one in records]
        assert [found[place].key for place in places] == [one.key for one in records]
    assert {one.headers for one in found.values()} == {(("n", b"1"),)}


async def test_records_of_a_key_keep_their_order(broker: EmbeddedBroker, producer: Producer) -> None:
    """What calls publish one after another for a customer is stored so, whoever comes between."""
    calls = [
        asyncio.create_task(
            producer.publish([record(f"c{n % 5}", b"%d" % n) for n in range(start, start + 3)])
        )
        for start in range(0, 300, 3)
    ]
    await asyncio.gather(*calls)
    of_key: dict[bytes, list[int]] = defaultdict(list)
    for _, one in sorted((await stored(broker)).items()):
        of_key[one.key].append(int(one.value))
    assert of_key == {b"c%d" % key: list(range(key, 300, 5)) for key in range(5)}


async def test_a_full_batch_continues_in_the_next(broker: EmbeddedBroker, producer: Producer) -> None:
    """More than a batch holds, and a record larger than one, are all stored, in one row."""
    sizes = [60_000] * 10 + [BATCH_BYTES + 50_000] + [1000] * 10
    records = [record("c1", b"%03d" % n + b"x" * size) for n, size in enumerate(sizes)]
    places = await producer.publish(records)
    assert [offset for _, offset in places] == list(range(len(records)))
    found = await stored(broker)
    assert [found[place].value for place in places] == [one.value for one in records]


async def test_records_without_a_key_or_a_value_are_stored(
    broker: EmbeddedBroker, producer: Producer
) -> None:
    """Without a key any partition will do; a record without a value is a tombstone."""
    places = await producer.publish([record(None, b"anywhere"), Outgoing(TOPIC, b"c1", None)])
    found = await stored(broker)
    assert [(found[place].key, found[place].value) for place in places] == [
        (None, b"anywhere"),
        (b"c1", None),
    ]


async def test_a_key_goes_where_kafka_s_own_clients_put_it(producer: Producer) -> None:
    """Whoever publishes, the records of a key are in one partition: the one that Java clients choose."""
    draw = random.Random(7)
    keys = [draw.randbytes(draw.randint(1, 300)) for _ in range(500)]
    every = list(range(PARTITIONS))
    places = await producer.publish(Outgoing(TOPIC, key, b"") for key in keys)
    assert [partition for partition, _ in places] == [DefaultPartitioner()(key, every, every) for key in keys]


async def test_first_calls_at_the_same_time_share_their_lanes(producer: Producer) -> None:
    """However many calls come first, a topic gets one lane per partition."""
    await asyncio.gather(*(producer.publish([record(f"c{n}", b"")]) for n in range(50)))
    assert lanes() == [f"{TOPIC} {number}" for number in range(PARTITIONS)]


# ------------------------------------------------------------------------------ what was not published


async def test_a_record_that_cannot_be_written_harms_no_other_call(
    broker: EmbeddedBroker, producer: Producer
) -> None:
    """A value that is no bytes fails its own call at once; those before and after it are stored."""
    wrong = Outgoing(TOPIC, b"c1", 7)  # type: ignore[arg-type]
    outcomes = await asyncio.gather(
        producer.publish([record("c1", b"before")]),
        producer.publish([record("c1", b"beside"), wrong, record("c1", b"beside")]),
        producer.publish([record("c1", b"after")]),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], TypeError)
    await producer.publish([record("c1", b"later")])
    values = [one.value for _, one in sorted((await stored(broker)).items())]
    assert [value for value in values if value != b"beside"] == [b"before", b"after", b"later"]


async def test_a_cancelled_call_harms_no_other(broker: EmbeddedBroker, producer: Producer) -> None:
    """Callers leave while their records wait or are under way; those of others arrive, at the places told."""
    await producer.publish([record("c1", b"first")])
    calls = [asyncio.create_task(producer.publish([record("c1", b"%d" % n)] * 3)) for n in range(40)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    found = await stored(broker)
    for number, places in enumerate(outcomes):
        if number % 2:
            assert not isinstance(places, BaseException)
            assert [found[place].value for place in places] == [b"%d" % number] * 3
        else:
            assert isinstance(places, asyncio.CancelledError)


async def test_a_call_that_gave_up_leaves_nothing_behind(broker: EmbeddedBroker) -> None:
    """While Kafka is away calls end in time, and hold on to none of their records."""
    producer = Producer(broker.address, client="test", within=0.5)
    await producer.start()
    try:
        await producer.publish([record("c1", b"it works")])
        tasks = working()
        bodies = [b"%d" % n * 1000 for n in range(20)]
        before = [sys.getrefcount(body) for body in bodies]
        await broker.stop()
        calls = []
        for body in bodies:
            calls.append(asyncio.create_task(producer.publish([record("c1", body)])))
            await asyncio.sleep(0.02)
        outcomes = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 10)
        assert all(isinstance(one, KafkaError | TimeoutError) for one in outcomes)
        del calls, outcomes, body
        # The one batch under way ends a little later than its callers.
        for _ in range(200):
            if not (left := working() - tasks):
                break
            await asyncio.sleep(0.05)
        assert not left
        gc.collect()  # errors and their tracebacks refer to each other
        held = [sys.getrefcount(one) for one in bodies]
        # Of the last error aiokafka keeps the traceback, and the watch knows the last call that it ended.
        assert sum(held) - sum(before) <= 2
    finally:
        await producer.stop()


async def test_a_call_gives_up_in_time_whatever_others_wait_for(broker: EmbeddedBroker) -> None:
    """A call that has less time left than one queued before it ends at its own time."""
    producer = Producer(broker.address, client="test", within=2)
    await producer.start()
    try:
        await producer.publish([record("c1", b"")])
        await broker.stop()
        late = asyncio.create_task(producer.publish([record("c1", b"late")]))
        await asyncio.sleep(0)
        early = asyncio.create_task(producer.publish([record("c1", b"early")]))
        await asyncio.sleep(0)
        first, second = producer._under_way
        first.until, second.until = first.until + 100, 0.0
        done, _ = await asyncio.wait({early, late}, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert done == {early}
        assert isinstance(early.exception(), TimeoutError)
    finally:
        await producer.stop()
        await asyncio.gather(late, return_exceptions=True)


async def test_once_stopped_it_publishes_nothing_and_keeps_nobody_waiting(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it starts and after it stops calls end at once, and those under way when it does: as Kafka's."""
    monkeypatch.setattr("services.runtime.producer.GOODBYE", 0.2)
    producer = Producer(broker.address, client="test", within=600)
    with pytest.raises(KafkaError):
        await producer.publish([record("c1", b"too early")])
    await producer.start()
    await producer.publish([record("c1", b"in time")])
    await broker.stop()
    under_way = asyncio.create_task(producer.publish([record("c1", b"under way")]))
    await asyncio.sleep(0)
    await producer.stop()
    with pytest.raises(KafkaError):
        await asyncio.wait_for(under_way, 5)
    with pytest.raises(KafkaError):
        await producer.publish([record("c1", b"too late")])


async def test_a_call_that_waits_for_its_topic_ends_after_a_stop(broker: EmbeddedBroker) -> None:
    """A topic that nobody knows is waited for; where the producer stops meanwhile, no lane is left."""
    producer = Producer(broker.address, client="test", within=1)
    await producer.start()
    waits = asyncio.create_task(producer.publish([Outgoing(ELSEWHERE, b"c1", b"")]))
    await asyncio.sleep(0)
    await producer.stop()
    with pytest.raises((KafkaError, TimeoutError)):
        await asyncio.wait_for(waits, 5)
    assert lanes() == []
