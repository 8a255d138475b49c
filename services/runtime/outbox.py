"""The outbox: what was decided in a transaction is published after it, at least once and in order."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError

from events import Data, encode
from services.runtime.database import TRANSIENT, Connection, Pool, Wakeup, end_if_cancelled, reason, sentence
from services.runtime.kafka import INTERACTIONS, headers
from services.runtime.producer import Outgoing, Producer
from services.runtime.queries import Queries

log = logging.getLogger("egard.outbox")

_CHANNEL = "egard_outbox"
_BATCH = 500
_PATIENCE = 5.0
"""Seconds that Kafka has to confirm a batch."""

_QUERIES = Queries(Path(__file__).with_name("outbox.sql"))


class Entry(NamedTuple):
    """A record to be published."""

    topic: str
    key: str
    value: bytes
    traceparent: str | None


async def put_event(
    connection: Connection,
    data: Data,
    *,
    subject: str,
    source: str,
    id: str,  # noqa: A002 - the attribute's own name
    time: datetime,
    traceparent: str | None,
    and_then: Sequence[Entry] = (),
) -> None:
    """Stores an event to be published, and records that come after it, within the caller's transaction.

    Id and time must follow from what is decided, not from when: then a repetition is the same event.
    """
    said = event_entry(data, subject=subject, source=source, id=id, time=time, traceparent=traceparent)
    await put(connection, [said, *and_then], source)


def event_entry(
    data: Data,
    *,
    subject: str,
    source: str,
    id: str,  # noqa: A002 - the attribute's own name
    time: datetime,
    traceparent: str | None,
) -> Entry:
    """An event, as a record to be published."""
    body = encode(data, subject=subject, source=source, id=id, time=time)
    return Entry(INTERACTIONS, subject, body, traceparent)


async def put(connection: Connection, entries: Sequence[Entry], source: str) -> None:
    """Stores records to be published, in order, within the caller's transaction."""
    await connection.execute(
        _QUERIES["put"],
        [one.topic for one in entries],
        [one.key.encode() for one in entries],
        [one.value for one in entries],
        [one.traceparent for one in entries],
        source,
    )


class KafkaAway(Exception):  # noqa: N818 - it passes by itself
    """Kafka did not confirm what the outbox holds; it is published again."""


class Relay:
    """Publishes what stands in the outbox. Any number may run; one works at a time.

    It is woken for the events of one source, and looks for all others now and then.
    """

    def __init__(self, pool: Pool, url: str, producer: Producer, source: str) -> None:
        self._pool = pool
        self._producer = producer
        self._wakeup = Wakeup(url, _CHANNEL, said=source)

    async def run(self) -> None:
        """Publishes until cancelled; waits while database or Kafka are away."""
        waiting: str | None = None
        try:
            while True:
                try:
                    sent = await self.publish_some()
                except (*TRANSIENT, KafkaAway) as error:
                    end_if_cancelled(error)
                    what = "Kafka" if isinstance(error, KafkaAway) else "the database"
                    if waiting != what:
                        log.warning("The outbox waits for %s: %s", what, reason(error))
                        waiting = what
                    await asyncio.sleep(1)
                    continue
                # While another relay is at work, whether Kafka takes anything again is for it to find out.
                if waiting is not None and sent is not None:
                    log.info("The outbox goes on.")
                    waiting = None
                if sent is None or sent < _BATCH:
                    await self._wakeup.wait()
        finally:
            await self._wakeup.close()

    async def publish_some(self) -> int | None:
        """Publishes up to a batch and returns how many; a crash in between repeats them.

        None where another relay is at work.

        Raises `KafkaAway`, and what the database raises.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_QUERIES["try_to_relay"]):
                return None
            rows = await connection.fetch(_QUERIES["take"], _BATCH)
            if rows:
                await self._send(rows)
                await connection.execute(_QUERIES["delete"], [row["id"] for row in rows])
        return len(rows)

    async def _send(self, rows: Sequence[Any]) -> None:
        try:
            # The transaction is open meanwhile, and the database ends those that are idle for long.
            async with asyncio.timeout(_PATIENCE):
                await self._producer.publish(
                    Outgoing(topic, row["key"], row["value"], headers(row["traceparent"], topic))
                    for row in rows
                    for topic in [row["topic"]]
                )
        except (TimeoutError, KafkaError) as error:
            topics = ", ".join(sorted({row["topic"] for row in rows}))
            raise KafkaAway(
                f"It does not confirm what is for {topics} ({sentence(error).rstrip('.')})."
            ) from None
