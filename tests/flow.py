"""Events that keep flowing over HTTP while something is killed, from a publisher who does as it is told."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import httpx

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactRetold,
    Data,
    Event,
    PromiseKept,
    PromiseMade,
    RecognitionRemembered,
    make,
)
from tests.stack import Stack, until

SOURCE = "/flow"


class TurnedAway(NamedTuple):
    """An answer that says: later."""

    status: int
    retry_after: str | None
    took: float
    """Seconds until the publisher knew."""


class Flow:
    """Publishes small batches, one after the other; each again, whole, until it is acknowledged."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._numbers = itertools.count()
        self.acknowledged: list[str] = []
        self.turned_away: list[TurnedAway] = []

    async def run(self) -> None:
        """Publishes until cancelled."""
        while True:
            events = list(self._batch())
            while not await self._acknowledged(events):  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(0.2)
            self.acknowledged += [event.id for event in events]
            await asyncio.sleep(0.02)

    async def _acknowledged(self, events: list[Event]) -> bool:
        began = time.monotonic()
        answer = await self._stack.post(events)
        if answer.status_code == httpx.codes.ACCEPTED:
            return True
        self.turned_away.append(
            TurnedAway(answer.status_code, answer.headers.get("retry-after"), time.monotonic() - began)
        )
        return False

    def _batch(self) -> list[Event]:
        number = next(self._numbers)
        customer, matter = f"flow-{number % 7}", f"matter-{number // 2}"
        data: list[Data] = [
            ContactAttempted(contact_id=matter, channel="phone"),
            ContactMissed(contact_id=matter, cause="rang_out")
            if number % 2
            else ContactAnswered(contact_id=matter, by="human"),
            PromiseKept(promise_id=matter)
            if number % 3
            else PromiseMade(promise_id=matter, what="call", due=datetime.now(UTC) + timedelta(hours=1)),
            ContactRetold(contact_id=matter, reason="the bill")
            if number % 5 == 0
            else RecognitionRemembered(what="x"),
        ]
        return [
            make(
                one,
                subject=customer,
                source=SOURCE,
                id=f"{number}-{place}",
                time=datetime.now(UTC) - timedelta(seconds=10 - place),
            )
            for place, one in enumerate(data)
        ]

    async def more(self, count: int = 20, *, within: float = 30.0) -> None:
        """Waits until so many more events were acknowledged."""
        wanted = len(self.acknowledged) + count
        await until(lambda: self._reached(wanted), within=within)

    async def _reached(self, count: int) -> bool:
        return len(self.acknowledged) >= count

    async def settled(self, *, within: float = 30.0) -> None:
        """Waits until all that was acknowledged is in the journal, and sees that it is there once."""
        await until(self._journalled, within=within)
        found = await self._stack.journal(SOURCE)
        assert len(found) == len(set(found))

    async def _journalled(self) -> bool:
        return set(self.acknowledged) <= set(await self._stack.journal(SOURCE))


@asynccontextmanager
async def flowing(stack: Stack) -> AsyncIterator[Flow]:
    """A flow that ends with the block, after its last batch was acknowledged or given up."""
    flow = Flow(stack)
    task = asyncio.create_task(flow.run())
    try:
        await flow.more()
        yield flow
        if task.done():
            await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
