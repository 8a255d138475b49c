"""Égard's services in this process, on any broker and a database of their own, as a test drives them."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from events import Data, Event, make
from services.clock import Clock
from services.desk import Desk
from services.embedded.ports import free_port
from services.gateway import Gateway
from services.insight import Insight
from services.outreach import Outreach
from services.projector import Projector
from services.runtime.kafka import INTERACTIONS, headers
from services.runtime.producer import Outgoing
from services.runtime.service import Context, Service, listen, run
from services.runtime.settings import Admission, Settings, strategy_file

EVERYTHING: tuple[type[Service], ...] = (Gateway, Projector, Clock, Outreach, Desk, Insight)

_T = TypeVar("_T")


class Stack:
    """A running stack: publish to it, ask it, look into its database."""

    def __init__(self, context: Context, http: httpx.AsyncClient) -> None:
        self.context = context
        self.http = http

    async def post(self, events: Sequence[Event], **more: Any) -> httpx.Response:
        """Publishes events over HTTP in batched mode."""
        content = b"[" + b",".join(event.body for event in events) + b"]"
        return await self.post_raw(content, **more)

    async def post_raw(self, content: bytes, **more: Any) -> httpx.Response:
        """Publishes bytes over HTTP as a batch."""
        kind = {"Content-Type": "application/cloudevents-batch+json"}
        return await self.http.post(
            "/v1/events", content=content, headers=kind | more.pop("headers", {}), **more
        )

    async def produce(
        self, *values: bytes | None, key: str = "anyone", traceparent: str | None = None
    ) -> None:
        """Publishes values straight to Kafka."""
        await self.context.producer.publish(
            Outgoing(INTERACTIONS, key.encode(), value, headers(traceparent)) for value in values
        )

    async def fetch(self, query: str, *arguments: object) -> list[Any]:
        """Rows of the database."""
        rows: list[Any] = await self.context.pool.fetch(query, *arguments)
        return rows

    async def journal(self, source: str | None = None) -> list[str]:
        """The ids of the journal's events, in order of arrival; of one source where one is named."""
        rows = await self.fetch("select body from journal order by kafka_offset, kafka_partition")
        found = [msgspec.json.decode(row["body"]) for row in rows]
        return [one["id"] for one in found if source is None or one["source"] == source]

    async def get(self, path: str, **more: Any) -> Any:
        """The JSON of a route; it must answer 200."""
        answer = await self.http.get(path, **more)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    async def prompts(self) -> list[dict[str, Any]]:
        """The prompts on the desk."""
        found: list[dict[str, Any]] = (await self.get("/v1/prompts"))["prompts"]
        return found


async def until(look: Callable[[], Awaitable[_T]], *, within: float = 15.0) -> _T:
    """Waits until a look finds something, and returns it; fails after a while."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        found = await look()
        if found:
            return found
        if loop.time() > end:
            raise AssertionError(f"still {found!r} after {within} s")
        await asyncio.sleep(0.05)


@asynccontextmanager
async def running(
    kafka: str,
    database: str,
    *,
    services: Sequence[type[Service]] = EVERYTHING,
    embedded: bool = False,
    access: Admission = "open",
    strategy: Path | None = None,
) -> AsyncIterator[Stack]:
    """Services on a broker and a migrated database; what stops them by itself is raised here."""
    settings = Settings(
        kafka=kafka,
        database=database,
        strategy=strategy or strategy_file(os.environ),
        port=free_port(),
        access=access,
        embedded=embedded,
    )
    context = await Context.open(settings)
    stop = asyncio.Event()
    listener = listen(settings.host, settings.port)
    task = asyncio.create_task(run(context, [kind(context) for kind in services], listener, stop))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", timeout=20) as http:
            await until(lambda: _ready(http, task))
            yield Stack(context, http)
    finally:
        stop.set()
        try:
            await task
        finally:
            await context.close()


async def _ready(http: httpx.AsyncClient, task: "asyncio.Task[None]") -> bool:
    if task.done():
        await task
    with suppress(httpx.TransportError):
        return (await http.get("/readyz")).status_code == httpx.codes.OK
    return False


class Teller:
    """Makes events of one customer, in order, with ids of their own."""

    def __init__(self, customer: str, *, source: str = "/test") -> None:
        self.customer = customer
        self.source = source
        self._count = 0

    def tell(self, data: Data, *, ago: float = 0.0, id: str | None = None) -> Event:  # noqa: A002
        """An event that happened some seconds ago."""
        self._count += 1
        return make(
            data,
            subject=self.customer,
            source=self.source,
            id=id or f"{self.customer}-{self._count}",
            time=datetime.now(UTC) - timedelta(seconds=ago),
        )
