"""Kafka: topics, the producer that every service publishes with, and what its errors mean."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from services.runtime.errors import Fatal

log = logging.getLogger("egard.kafka")

INTERACTIONS = "egard.interactions"
RELATIONSHIPS = "egard.relationships"
PROMPTS = "egard.prompts"

STRUCTURED = b"application/cloudevents+json; charset=UTF-8"

DAY_MS = 86_400_000

GOODBYE = 3.0
"""Seconds that Kafka has to answer when we take our leave."""


class Outgoing(msgspec.Struct, frozen=True):
    """A record to be published."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


def headers(traceparent: str | None) -> list[tuple[str, bytes]]:
    """The headers of a structured-mode event."""
    found = [("content-type", STRUCTURED)]
    if traceparent:
        found.append(("traceparent", traceparent.encode("ascii", "ignore")))
    return found


class Producer:
    """Publishes records and returns once all in-sync replicas hold them."""

    def __init__(self, brokers: str, *, client: str, within: float = 30.0) -> None:
        """`within` is how long, in seconds, a record may take before it counts as not published."""
        self._brokers = brokers
        self._client = client
        self._within = within
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connects. Raises `Fatal` where no broker answers."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._brokers,
            client_id=self._client,
            acks="all",
            linger_ms=0,
            max_batch_size=256 * 1024,
            request_timeout_ms=int(self._within * 1000),
            metadata_max_age_ms=30_000,
        )
        try:
            await producer.start()
        except BaseException as error:
            await producer.stop()
            if isinstance(error, KafkaError):
                raise Fatal(f"Kafka at {self._brokers} cannot be reached: {error}.") from None
            raise
        self._producer = producer

    async def publish(self, records: Iterable[Outgoing]) -> list[tuple[int, int]]:
        """Publishes records; returns the place (partition, offset) of each, in order.

        Raises `KafkaError` or `asyncio.TimeoutError` if any was not acknowledged; those before and after it
        may have been.
        """
        producer = self._producer
        if producer is None:
            raise RuntimeError("the producer was not started")
        async with asyncio.timeout(self._within):
            pending = [
                await producer.send(one.topic, one.value, key=one.key, headers=list(one.headers))
                for one in records
            ]
            done: list[Any] = await asyncio.gather(*pending)
        return [(one.partition, one.offset) for one in done]

    async def stop(self) -> None:
        """Sends what is under way and disconnects; does not wait long for a Kafka that does not answer."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            with suppress(TimeoutError):
                await asyncio.wait_for(producer.stop(), GOODBYE)


async def create_topics(brokers: str, *, partitions: int, replication: int) -> list[str]:
    """Creates the topics that are missing and returns their names. Raises `Fatal`.

    Retention plus segment time of the events stays under 30 days: the journal is the record, Kafka the
    transport. `LogAppendTime` makes the broker's clock, not the publisher's, say when an event arrived.
    """
    safe = {"min.insync.replicas": str(max(1, replication - 1))}
    wanted = [
        NewTopic(
            INTERACTIONS,
            partitions,
            replication,
            topic_configs={
                **safe,
                "message.timestamp.type": "LogAppendTime",
                "retention.ms": str(23 * DAY_MS),
                "segment.ms": str(6 * DAY_MS),
            },
        ),
        NewTopic(RELATIONSHIPS, partitions, replication, topic_configs={**safe, "cleanup.policy": "compact"}),
        NewTopic(
            PROMPTS,
            partitions,
            replication,
            topic_configs={**safe, "retention.ms": str(23 * DAY_MS), "segment.ms": str(6 * DAY_MS)},
        ),
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, client_id="egard-topics")
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in existing]
        if missing:
            answer = await admin.create_topics(missing)
            for name, code, *_ in answer.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise Fatal(f"Kafka would not create the topic {name}: {for_code(code).__name__}.")
        return [topic.name for topic in missing]
    except KafkaError as error:
        raise Fatal(f"Kafka at {brokers} cannot be used: {error}.") from None
    finally:
        await admin.close()
