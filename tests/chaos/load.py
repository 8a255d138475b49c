"""The load: publishers that send the plan over HTTP and straight to Kafka, and repeat what fails."""

import asyncio
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import httpx
import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from events import Event
from services.runtime.kafka import INTERACTIONS, headers
from tests.chaos.plan import Batch, Way, batches
from tests.chaos.record import Record

_PUBLISHERS: dict[Way, int] = {"http": 6, "kafka": 4}
_OTHER: dict[Way, Way] = {"http": "kafka", "kafka": "http"}

_PATIENCE = 4.0
"""Seconds that a publisher waits for an answer."""
_PAUSE = 0.3
"""Seconds until it tries again."""
_LATER = 5.0
"""Seconds until what is sent twice is sent again."""

_BATCHED = {"Content-Type": "application/cloudevents-batch+json"}


class _Problem(msgspec.Struct):
    index: int
    detail: str = ""


class _Answer(msgspec.Struct):
    accepted: int
    refused: list[_Problem] = []


class Publisher(Protocol):
    """Sends events."""

    async def send(self, events: Sequence[Event], *, foreign: bool) -> list[Event]:
        """Sends events once, and returns those of which it is certain that they are kept."""


class OverHttp:
    """A backend that posts batches to the gateway."""

    def __init__(self, http: httpx.AsyncClient, record: Record) -> None:
        self._http = http
        self._record = record

    async def send(self, events: Sequence[Event], *, foreign: bool) -> list[Event]:  # noqa: ARG002
        """Posts events as one batch. No event of ours deserves to be refused."""
        content = b"[" + b",".join(event.body for event in events) + b"]"
        try:
            answer = await self._http.post("/v1/events", content=content, headers=_BATCHED)
        except httpx.TransportError:
            return []
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return []
        if answer.status_code not in (httpx.codes.ACCEPTED, httpx.codes.MULTI_STATUS):
            self._record.wrong.append(f"the gateway answered {answer.status_code}: {answer.text[:300]}")
            return []
        found = msgspec.json.decode(answer.content, type=_Answer)
        for problem in found.refused:
            self._record.wrong.append(f"the gateway refused {events[problem.index].id}: {problem.detail}")
        refused = {problem.index for problem in found.refused}
        return [event for place, event in enumerate(events) if place not in refused]


class ToKafka:
    """A backend that writes to the topic by itself, and waits until every in-sync replica has it."""

    def __init__(self, producer: AIOKafkaProducer, partitions: int) -> None:
        self._producer = producer
        self._partitions = partitions

    async def send(self, events: Sequence[Event], *, foreign: bool) -> list[Event]:
        """Publishes events, each as a record of its own."""
        kept = await asyncio.gather(*(self._one(event, foreign) for event in events))
        return [event for event, is_kept in zip(events, kept, strict=True) if is_kept]

    async def _one(self, event: Event, foreign: bool) -> bool:
        key = event.subject.encode()
        partition = zlib.crc32(key) % self._partitions if foreign else None
        try:
            await self._producer.send_and_wait(
                INTERACTIONS, event.body, key=key, partition=partition, headers=headers(None)
            )
        except KafkaError:
            return False
        return True


class Load:
    """Publishers at work. After an outage they catch up: what is planned is sent, only later."""

    def __init__(self, record: Record, *, seed: int, rate: float) -> None:
        self._record = record
        self._seed = seed
        self._rate = rate
        self._queues: dict[Way, asyncio.Queue[Batch | None]] = {way: asyncio.Queue() for way in _PUBLISHERS}

    async def run(self, seconds: float, *, gateway: str, kafka: str, partitions: int) -> None:
        """Publishes for so long, and then until all that was begun is acknowledged or given up."""
        producer = AIOKafkaProducer(
            bootstrap_servers=kafka,
            acks="all",
            linger_ms=2,
            request_timeout_ms=int(_PATIENCE * 1000),
            metadata_max_age_ms=5_000,
        )
        await producer.start()
        try:
            async with (
                httpx.AsyncClient(base_url=gateway, timeout=_PATIENCE) as http,
                asyncio.TaskGroup() as group,
            ):
                ways: dict[Way, Publisher] = {
                    "http": OverHttp(http, self._record),
                    "kafka": ToKafka(producer, partitions),
                }
                for way, publisher in ways.items():
                    for _ in range(_PUBLISHERS[way]):
                        group.create_task(self._work(way, publisher))
                group.create_task(self._hand_out(seconds))
        finally:
            await producer.stop()

    async def _hand_out(self, seconds: float) -> None:
        """Gives each batch to the publishers when its time has come; at the end sends them home."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for batch in batches(self._seed, datetime.now(UTC), self._rate):
            if batch.at >= seconds:
                break
            await asyncio.sleep(max(0.0, began + batch.at - loop.time()))
            self._queues[batch.way].put_nowait(batch)
        for way, count in _PUBLISHERS.items():
            queue = self._queues[way]
            # What nobody has begun is never sent.
            while not queue.empty():
                queue.get_nowait()
            for _ in range(count):
                queue.put_nowait(None)

    async def _work(self, way: Way, publisher: Publisher) -> None:
        loop = asyncio.get_running_loop()
        while (batch := await self._queues[way].get()) is not None:
            await self._publish(publisher, batch)
            if batch.again:
                again = msgspec.structs.replace(batch, again=False)
                loop.call_later(_LATER, self._queues[_OTHER[way]].put_nowait, again)

    async def _publish(self, publisher: Publisher, batch: Batch) -> None:
        """Sends a batch until all of it is acknowledged; what has to be sent again is sent whole."""
        left = list(batch.events)
        while True:
            self._record.sends(left)
            kept = await publisher.send(left, foreign=batch.foreign)
            self._record.acknowledges(kept)
            names = {event.id for event in kept}
            left = [event for event in left if event.id not in names]
            if not left or batch.gives_up:
                return
            await asyncio.sleep(_PAUSE)
