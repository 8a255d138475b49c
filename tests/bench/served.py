"""The services at work, from outside: events go in over HTTP, and prompts come by the desk's live stream."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
import msgspec

from tests.bench.keys import create_key
from tests.bench.load import Publisher, request
from tests.bench.tellings import Due, paced
from tests.processes import Serving

_CONNECTIONS = 8
_STRUCTURED = "application/cloudevents+json"
_WITHIN = 20.0
"""Seconds after the last event for the last prompt to be seen."""

_STAGES = """
select
    prompt.customer,
    event.arrived as appended,
    pg_xact_commit_timestamp(event.xmin) as folded,
    prompt.prompted_at as decided,
    pg_xact_commit_timestamp(prompt.xmin) as prompted
from unnest($1::text[], $2::bytea[]) as due (customer, identity)
join journal as event using (customer, identity)
join prompts as prompt on prompt.customer = due.customer and prompt.trigger = 'retold'
"""

STAGES = ("gateway and Kafka", "projector", "outreach takes it", "outreach decides", "desk")
"""What lies between sending, Kafka's append, the fold's commit, the decision, its commit, and the browser."""


class Way(NamedTuple):
    """What one prompt took, in seconds."""

    whole: float
    stages: tuple[float, ...]


class Served:
    """The services at work, from outside: where to publish, what the desk shows, what the database has."""

    def __init__(
        self, gateway: Serving, desk: httpx.AsyncClient, key: str, connection: asyncpg.Connection
    ) -> None:
        self._gateway = gateway
        self._desk = desk
        self._key = key
        self._connection = connection
        self._seen: dict[str, float] = {}

    async def watch(self) -> None:
        """Notes when each customer's prompt came by the live stream; until cancelled."""
        async with self._desk.stream("GET", "/v1/prompts/stream", timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    self._seen.setdefault(_decode(line.removeprefix("data: ")).customer, time.time())

    async def prompt(self, due: Sequence[Due]) -> list[Way]:
        """Publishes events, each in a request of its own, and follows those that prompt to the desk."""
        publisher = Publisher(self._gateway.port)
        await publisher.open(_CONNECTIONS)
        try:
            sent = await paced(due, lambda one: publisher.send(request(one.body, _STRUCTURED, self._key)))
        finally:
            publisher.close()
        published = {one.customer: at for one, (at, _) in zip(due, sent, strict=True) if one.prompts}
        await self._until_seen(published)
        await self._check_list(published)
        rows = await self._connection.fetch(
            _STAGES, list(published), [one.identity for one in due if one.prompts]
        )
        return [self._way(published[row["customer"]], row) for row in rows]

    async def _until_seen(self, customers: Iterable[str]) -> None:
        end = time.monotonic() + _WITHIN
        while missing := [name for name in customers if name not in self._seen]:
            assert time.monotonic() < end, f"the stream did not show {len(missing)} of the prompts"
            await asyncio.sleep(0.1)

    async def _check_list(self, customers: Iterable[str]) -> None:
        """What the stream has shown stands in the list as well."""
        answer = await self._desk.get("/v1/prompts", params={"limit": 1000})
        listed = {one.customer for one in _decode_list(answer.raise_for_status().content).prompts}
        assert listed.issuperset(customers), "the list lacks prompts that the stream has shown"

    def _way(self, sent: float, row: Any) -> Way:
        seen = self._seen[row["customer"]]
        between = [row[name].timestamp() for name in ("appended", "folded", "decided", "prompted")]
        points = [sent, *between, seen]
        return Way(seen - sent, tuple(after - before for before, after in pairwise(points)))


class _Prompt(msgspec.Struct):
    customer: str


class _List(msgspec.Struct):
    prompts: list[_Prompt]


_decode = msgspec.json.Decoder(_Prompt).decode
_decode_list = msgspec.json.Decoder(_List).decode


@asynccontextmanager
async def serving(brokers: str, database: str, processes: Sequence[str], log: Path) -> AsyncIterator[Served]:
    """Services in processes, with the desk's stream open."""
    async with AsyncExitStack() as stack:
        running = {
            name: Serving(name, kafka=brokers, database=database, log=log, access="keys")
            for name in processes
        }
        for one in running.values():
            await stack.enter_async_context(one)
        for one in running.values():
            await one.ready()
        key = await create_key(database, "publish", "act")
        gateway, desk = (running.get(name) or running["all"] for name in ("gateway", "desk"))
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=desk.url, headers={"Authorization": f"Bearer {key}"})
        )
        connection = await asyncpg.connect(database)
        stack.push_async_callback(connection.close)
        served = Served(gateway, http, key, connection)
        watching = asyncio.create_task(served.watch())
        try:
            yield served
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
