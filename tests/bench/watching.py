"""A publisher and an agent: events go in, each in a request of its own, and prompts come by a live stream."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Self

import httpx
import msgspec

from tests.bench.load import Publisher, request
from tests.bench.tellings import Due, paced

_CONNECTIONS = 8
_STRUCTURED = "application/cloudevents+json"
_WITHIN = 20.0
"""Seconds after the last event for the last prompt to be seen."""


class _Prompt(msgspec.Struct):
    customer: str


_decode = msgspec.json.Decoder(_Prompt).decode


class Agent:
    """Somebody whose browser follows the prompts."""

    def __init__(self, desk: httpx.AsyncClient) -> None:
        self.desk = desk
        self._seen: dict[str, float] = {}

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str, key: str) -> AsyncIterator[Self]:
        """An agent at a desk, watching."""
        async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}) as http:
            agent = cls(http)
            watching = asyncio.create_task(agent._watch())
            try:
                yield agent
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)

    async def seen(self, customers: Iterable[str]) -> dict[str, float]:
        """When the prompt for each of some customers came (Unix epoch, seconds); waits for the last."""
        wanted = set(customers)
        end = time.monotonic() + _WITHIN
        while missing := wanted - self._seen.keys():
            assert time.monotonic() < end, f"the stream did not show {len(missing)} of the prompts"
            await asyncio.sleep(0.1)
        return {name: self._seen[name] for name in wanted}

    async def _watch(self) -> None:
        async with self.desk.stream("GET", "/v1/prompts/stream", timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    self._seen.setdefault(_decode(line.removeprefix("data: ")).customer, time.time())


async def published(port: int, key: str, due: Sequence[Due]) -> dict[str, float]:
    """Publishes events at their times; returns when those that prompt were sent (Unix epoch, seconds)."""
    publisher = Publisher(port)
    await publisher.open(_CONNECTIONS)
    try:
        sent = await paced(due, lambda one: publisher.send(request(one.body, _STRUCTURED, key)))
    finally:
        publisher.close()
    return {one.customer: at for one, (at, _) in zip(due, sent, strict=True) if one.prompts}
