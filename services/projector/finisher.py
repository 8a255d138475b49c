"""The second sweep: what was under way when a customer was erased may have left something behind.

Once every partition has passed the end that it had then, nothing published before the erasure is still to
come. What is left is swept, the announcements are taken back once more, and then the ids are forgotten.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.projector.announcer import Announcer
from services.projector.erasure import QUERIES, sweep
from services.projector.positions import Position
from services.projector.sql import QUERIES as PROJECTOR
from services.runtime.database import Pool, persist, sentence
from services.runtime.people import holding

log = logging.getLogger("egard.projector")

LOOK_EVERY = 1.0
"""Seconds between looks at erasures that are not over."""


class Finisher:
    """Finishes erasures. Every projector may: doing it twice changes nothing."""

    def __init__(
        self,
        *,
        pool: Pool,
        announcer: Announcer,
        topic: str,
        consumer: Callable[[], AIOKafkaConsumer],
        owned: Callable[[], Mapping[int, Position]],
        read: Callable[[], Awaitable[Mapping[int, int]]],
    ) -> None:
        self._pool = pool
        self._announcer = announcer
        self._topic = topic
        self._consumer = consumer
        self._owned = owned
        self._read = read

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await persist("The projector", self.look)
            except KafkaError as error:
                log.warning("An erasure is not over yet, Kafka does not answer: %s", sentence(error))

    async def look(self) -> None:
        """Takes every erasure as far as it can be taken now. Raises `KafkaError` where Kafka is away."""
        rows = await self._pool.fetch(QUERIES["under_way"])
        if not rows:
            return
        if any(row["unasked"] for row in rows):
            ends = await self._ends()
            for row in rows:
                await self._pool.execute(QUERIES["note_ends"], row["id"], ends)
        await self._say_how_far()
        for row in await self._pool.fetch(QUERIES["passed"], self._topic):
            await self._finish(row["id"])

    async def _ends(self) -> str:
        """The end of each partition of the topic, now: whatever was published before lies below."""
        consumer = self._consumer()
        numbers = consumer.partitions_for_topic(self._topic) or set()
        places: list[Any] = [TopicPartition(self._topic, number) for number in sorted(numbers)]
        ends = await consumer.end_offsets(places)
        return msgspec.json.encode({str(place.partition): end for place, end in ends.items()}).decode()

    async def _say_how_far(self) -> None:
        """Stores what was announced, which else waits for the next batch, and what was read beyond it."""
        read = await self._read()
        for partition, position in list(self._owned().items()):
            next_, until = position.next, read.get(partition, 0)
            await self._pool.execute(PROJECTOR["announced"], self._topic, partition, position.announced)
            if until > next_:
                await self._pool.execute(PROJECTOR["read"], self._topic, partition, next_, until)

    async def _finish(self, erasure: int) -> None:
        """Sweeps again. The ids go last: whoever dies before leaves them to the next."""
        async with holding(self._pool, alone=True) as connection:
            names = [row["customer"] for row in await connection.fetch(QUERIES["names"], erasure)]
            rows, forgotten = await sweep(connection, names)
            await connection.execute(QUERIES["swept_again"], erasure, rows)
        await self._announcer.announce([], [*names, *forgotten])
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(QUERIES["forget_names"], erasure)
            await connection.execute(QUERIES["finish"], erasure)
        log.info("Erasure %d is over.", erasure)
