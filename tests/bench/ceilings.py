"""What no engine can pass: reading alone, writing alone, and writing only what is new.

All run while the broker does, over one connection, with rows made beforehand: what is measured is Kafka's and
PostgreSQL's part, and the client's part in talking to them.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.kafka import INTERACTIONS
from tests.bench.stream import Sent
from tests.bench.topics import PARTITIONS

_COLUMNS = ("customer", "identity", "type", "time", "arrived", "kafka_partition", "kafka_offset", "body")
_NAMES = ", ".join(_COLUMNS)

_STAGE = f"create temporary table stage as select {_NAMES} from journal with no data"  # noqa: S608 - ours
_ACCEPT = f"""
    insert into journal ({_NAMES})
    select {_NAMES} from stage order by customer, identity
    on conflict (customer, identity) do nothing
    returning customer, identity
"""  # noqa: S608 - ours

_OTHER_INDEXES = """
    select indexrelid::regclass::text
    from pg_index
    where indrelid = 'journal'::regclass and not indisprimary
"""


class _Envelope(msgspec.Struct):
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: msgspec.Raw


async def consume(brokers: str, ends: dict[int, int]) -> float:
    """Reads a full topic with bare aiokafka and decodes each envelope; returns the seconds it took."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers,
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )
    await consumer.start()
    try:
        places = [TopicPartition(INTERACTIONS, partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        decode = msgspec.json.Decoder(_Envelope).decode
        left = dict(ends)
        began = time.perf_counter()
        while left:
            found = await consumer.getmany(timeout_ms=100, max_records=10_000)
            for place, records in found.items():
                for record in records:
                    decode(record.value)
                if records[-1].offset + 1 >= left.get(place.partition, 0):
                    left.pop(place.partition, None)
        return time.perf_counter() - began
    finally:
        await consumer.stop()


async def copy(url: str, some: Sequence[Sent]) -> float:
    """COPY into a table with the journal's key, all in one transaction; returns the seconds it took."""
    connection = await _connected(url)
    try:
        rows = _rows(some)
        began = time.perf_counter()
        await connection.copy_records_to_table("journal", records=rows, columns=_COLUMNS)
        return time.perf_counter() - began
    finally:
        await connection.close()


async def dedup(url: str, some: Sequence[Sent], batch: int) -> float:
    """The dedup ceiling: COPY into a staging table, then insert what is new and hear what that was.

    One transaction per batch of so many events; returns the seconds that all took.
    """
    connection = await _connected(url)
    try:
        await connection.execute(_STAGE)
        rows = _rows(some)
        accepted = 0
        began = time.perf_counter()
        for first in range(0, len(rows), batch):
            async with connection.transaction():
                await connection.copy_records_to_table(
                    "stage", records=rows[first : first + batch], columns=_COLUMNS
                )
                accepted += len(await connection.fetch(_ACCEPT))
                await connection.execute("truncate stage")
        seconds = time.perf_counter() - began
    finally:
        await connection.close()
    assert accepted == len({(sent.customer, sent.identity) for sent in some}), "the ceiling lost events"
    return seconds


async def _connected(url: str) -> asyncpg.Connection:
    """A connection to a fresh database whose journal has its key and no other index."""
    connection = await asyncpg.connect(url)
    for row in await connection.fetch(_OTHER_INDEXES):
        await connection.execute(f"drop index {row[0]}")
    return connection


def _rows(some: Sequence[Sent]) -> list[tuple[Any, ...]]:
    return [
        (
            sent.customer,
            sent.identity,
            sent.type,
            sent.time,
            sent.time,
            place % PARTITIONS,
            place // PARTITIONS,
            sent.body,
        )
        for place, sent in enumerate(some)
    ]
