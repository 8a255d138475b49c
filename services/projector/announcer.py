"""Announcements: each customer's latest reading, on a compacted topic, after the commit that it rests on."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from aiokafka.errors import KafkaError

from projections.reading import Reading
from services.projector.engine import Told
from services.projector.sql import QUERIES
from services.runtime.database import Pool, persist, sentence
from services.runtime.kafka import RELATIONSHIPS, headers
from services.runtime.producer import Outgoing, Producer
from services.runtime.published import Announcement
from services.runtime.rows import Taken

log = logging.getLogger("egard.projector")

_HEADERS = headers(None, RELATIONSHIPS)
_SLICE = 2_500
"""Readings that are put into bytes before Kafka has those ahead of them."""

_encode = msgspec.json.Encoder().encode


class Announcer:
    """Publishes readings. Only projectors announce; what a crash left out is announced again."""

    def __init__(self, pool: Pool, producer: Producer) -> None:
        self._pool = pool
        self._producer = producer

    async def announce(self, told: Sequence[Told], gone: Iterable[str] = ()) -> None:
        """Publishes readings, until Kafka has them all.

        What was announced of those who are `gone` is taken back: a record with no value makes a compacted
        topic forget them.
        """
        for first in range(0, len(told), _SLICE):
            await self._publish([self._record(one) for one in told[first : first + _SLICE]])
        await self._publish([Outgoing(RELATIONSHIPS, name.encode(), None) for name in gone])

    async def _publish(self, records: Sequence[Outgoing]) -> None:
        """Publishes records again and again."""
        waiting = False
        while records:
            try:
                await self._producer.publish(records)
            except (TimeoutError, KafkaError) as error:
                if not waiting:
                    log.warning("Announcements wait for Kafka: %s", sentence(error))
                    waiting = True
                await asyncio.sleep(1)
            else:
                return

    async def catch_up(self, partition: int, since: int, until: int) -> None:
        """Announces whoever was touched between two offsets of a partition."""
        if since >= until:
            return
        rows = await persist(
            "The projector", lambda: self._pool.fetch(QUERIES["unannounced"], partition, since, until)
        )
        await self.announce(
            [told(row) for row in rows if row["customer"] is not None],
            [row["name"] for row in rows if row["customer"] is None],
        )

    def _record(self, one: Told) -> Outgoing:
        reading = one.taken.reading
        value = Announcement(
            customer=one.customer,
            revision=one.revision,
            taken_at=one.taken.at,
            strategy=one.strategy,
            health=reading.health,
            recognition=reading.recognition,
            responsiveness=reading.responsiveness,
            confidence=reading.confidence,
            trend=reading.trend,
            band=reading.band,
            canonical=one.taken.canonical,
        )
        return Outgoing(RELATIONSHIPS, one.customer.encode(), _encode(value), _HEADERS)


def told(row: Mapping[str, Any]) -> Told:
    """What is announced of a row of `relationships`."""
    reading = Reading(**{name: row[name] for name in Reading.__struct_fields__})
    taken = Taken(row["taken_at"], reading, row["canonical"])
    return Told(row["customer"], row["revision"], taken, row["strategy"])
