"""The simulator as a process: plays a world against the real gateway and desk, as a brand's systems would."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from events import Event, OutreachMade, Refused, decode
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS
from services.runtime.service import Context, Service
from services.simulator.world import World

log = logging.getLogger("egard.simulator")

_BATCH = 500
_STEP = 0.5
"""Seconds of life between two looks at the world."""

_COLLEAGUE = "camille"
"""A simulated agent, who takes some prompts and leaves the rest to whoever watches."""


class Player(Service):
    """Backfills a world's past, then plays it live; customers react to what agents do."""

    name = "simulator"

    def __init__(self, context: Context, world: World, url: str) -> None:
        """`url` is where gateway and desk answer."""
        super().__init__(context)
        self._world = world
        self._http = httpx.AsyncClient(base_url=url, timeout=30)
        self.published = 0

    async def stop(self) -> None:
        """Stops playing."""
        await super().stop()
        await self._http.aclose()

    async def backfill(self, until: datetime, told: Callable[[datetime], None]) -> None:
        """Publishes everything up to an instant; `told` hears how far it is."""
        events = self._world.advance(until)
        while batch := list(islice(events, _BATCH)):
            await self._publish(batch)
            told(batch[-1].time)

    def play(self) -> None:
        """From now on lives in real time, and listens to what agents do."""
        self.spawn(self._live())
        self.spawn(self._listen())
        self.spawn(self._lend_a_hand())

    def hang_up(self) -> None:
        """The simulated brand falls silent: the gateway is about to close."""
        for task in self._tasks:
            task.cancel()

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(_STEP)
            await self._publish(list(self._world.advance(datetime.now(UTC))))

    async def _publish(self, batch: Iterable[Event]) -> None:
        bodies = [event.body for event in batch]
        if not bodies:
            return
        content = b"[" + b",".join(bodies) + b"]"
        while True:
            answer = await self._http.post(
                "/v1/events", content=content, headers={"Content-Type": "application/cloudevents-batch+json"}
            )
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            await asyncio.sleep(float(answer.headers.get("Retry-After", 1)) / 4)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise Fatal(
                f"The gateway refused the simulator's events: {answer.status_code} {answer.text[:300]}"
            )
        self.published += len(bodies)

    async def _listen(self) -> None:
        """Customers notice what agents did, wherever it was said."""
        consumer: Any = AIOKafkaConsumer(
            INTERACTIONS, bootstrap_servers=self.context.settings.kafka, auto_offset_reset="latest"
        )
        await consumer.start()
        try:
            async for record in consumer:
                if record.value is not None and b"egard.outreach.made" in record.value:
                    self._notice(record.value)
        except KafkaError as error:
            log.warning("Customers no longer react: %s", error)
        finally:
            await consumer.stop()

    def _notice(self, body: bytes) -> None:
        try:
            event = decode(body, arrived=datetime.now(UTC))
        except Refused:
            return
        if isinstance(event.data, OutreachMade):
            at = max(event.time, self._world.now) + timedelta(seconds=1)
            self._world.notice_outreach(event.subject, event.data.prompt_id, at)

    async def _lend_a_hand(self) -> None:
        """A colleague takes every other prompt that has waited for a while."""
        while True:
            await asyncio.sleep(12)
            answer = await self._http.get("/v1/prompts", params={"state": "open"})
            waiting = answer.json()["prompts"]
            if len(waiting) < 4:
                continue
            prompt = waiting[-1]["id"]
            claimed = await self._http.post(f"/v1/prompts/{prompt}/claim", json={"agent_id": _COLLEAGUE})
            if claimed.status_code != httpx.codes.OK:
                continue
            await asyncio.sleep(6)
            await self._http.post(
                f"/v1/prompts/{prompt}/done", json={"agent_id": _COLLEAGUE, "minutes": 6, "note": "Called."}
            )
