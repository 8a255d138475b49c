"""A broker with empty topics, a database of its own, and services as processes between them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.kafka import INTERACTIONS, RELATIONSHIPS
from services.runtime.published import Announcement
from tests.kafka.straight import everything_on
from tests.processes import Serving, egard


class Place:
    """A broker with empty topics and an empty database."""

    def __init__(self, kafka: str, database: str, folder: Path, *, partitions: int) -> None:
        self.environment = {"EGARD_KAFKA": kafka, "EGARD_DATABASE": database}
        self.kafka = kafka
        self.database = database
        self.folder = folder
        self._places: Sequence[Any] = [TopicPartition(INTERACTIONS, number) for number in range(partitions)]

    def serving(self, *names: str, log: str = "serve.log") -> Serving:
        """A process of services here."""
        return Serving(*names, kafka=self.kafka, database=self.database, log=self.folder / log)

    async def row(self, query: str) -> tuple[object, ...]:
        """A row of the database."""
        connection = await asyncpg.connect(self.database)
        try:
            return tuple(await connection.fetchrow(query))
        finally:
            await connection.close()

    async def journal_size(self) -> int:
        """How many events the journal holds."""
        (count,) = await self.row("select count(*) from journal")
        assert isinstance(count, int)
        return count

    async def published(self) -> int:
        """How many records the topic of events was given, repetitions included."""
        async with AIOKafkaConsumer(bootstrap_servers=self.kafka) as consumer:
            ends: dict[Any, int] = await consumer.end_offsets(self._places)
        return sum(ends.values())

    async def settled(self, within: float) -> None:
        """Waits until the projector has passed everything that was published, repetitions included."""
        published = await self.published()
        async with asyncio.timeout(within):
            while True:
                (passed,) = await self.row("select coalesce(sum(next_offset), 0)::bigint from positions")
                if passed == published:
                    return
                await asyncio.sleep(0.2)

    async def announced(self) -> bool:
        """Whether the last reading of every customer is on `egard.relationships`, and none is newer."""
        last: dict[str, int] = {}
        for record in await everything_on(self.kafka, RELATIONSHIPS):
            one = msgspec.json.decode(record.value, type=Announcement)
            last[one.customer] = max(one.revision, last.get(one.customer, 0))
        connection = await asyncpg.connect(self.database)
        try:
            rows = await connection.fetch("select customer, revision from relationships")
        finally:
            await connection.close()
        return last == {row["customer"]: row["revision"] for row in rows}

    async def verified(self) -> None:
        """Sees that `egard verify` finds every fold equal to its refold."""
        code, said = await egard("verify", environment=self.environment)
        assert code == 0, said
