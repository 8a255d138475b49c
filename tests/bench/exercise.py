"""The same work for every service, whatever there is in the database: what its memory is measured after."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx

from events import PromiseMade, encode
from tests.bench.load import drive, request
from tests.bench.stream import SOURCE
from tests.processes import Serving

PROMISES = 2_000
"""Promises that fall due: the clock finds each, outreach prompts for it, and the desk shows it."""

_CLAIMS = 200
_PAGES = 50
_CUSTOMERS = 300
_RENEWED = 10_000
_WITHIN = 180.0
_BATCH = "application/cloudevents-batch+json"

_STREAM = "/v1/prompts/stream"

_AGE = """
update relationships
set taken_at = taken_at - interval '1 day'
where customer in (select customer from relationships order by customer limit $1)
"""
_AGED = "select count(*) from relationships where taken_at < now() - interval '21 hours'"


class Exercise:
    """Has every service do its work."""

    def __init__(self, processes: Mapping[str, Serving], connection: asyncpg.Connection, key: str) -> None:
        self._processes = processes
        self._connection = connection
        self._key = key
        self._rounds = 0

    async def age(self) -> None:
        """Makes some readings so old that a clock which begins its round takes them anew."""
        await self._connection.execute(_AGE, _RENEWED)

    async def run(self) -> None:
        """A round of work. Raises `AssertionError` where something of it does not come about."""
        self._rounds += 1
        watching = asyncio.create_task(self._watch())
        try:
            await self._promise()
            async with self._http("desk") as desk, self._http("insight") as insight:
                await self._until_listed(desk)
                await self._act(desk)
                await self._read(insight)
            await self._until_renewed()
            assert not watching.done(), "the desk ended the stream"
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    def _http(self, name: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self._key}"}
        return httpx.AsyncClient(base_url=self._processes[name].url, headers=headers, timeout=30)

    async def _watch(self) -> None:
        async with (
            self._http("desk") as desk,
            desk.stream("GET", "/v1/prompts/stream", timeout=None) as found,
        ):
            async for _ in found.aiter_raw():
                pass

    async def _promise(self) -> None:
        now = datetime.now(UTC)
        bodies = [
            encode(
                PromiseMade(promise_id=f"due-{number}", what="call back", due=now + timedelta(seconds=2)),
                subject=f"promised-{self._rounds}-{number:05}",
                source=SOURCE,
                id=f"due-{number}",
                time=now,
            )
            for number in range(PROMISES)
        ]
        await publish(self._processes["gateway"], bodies, self._key)

    async def _until_listed(self, desk: httpx.AsyncClient) -> None:
        """Until outreach has prompted for each promise of the round."""
        wanted = f"promised-{self._rounds}-%"
        async with asyncio.timeout(_WITHIN):
            while (
                await self._connection.fetchval("select count(*) from prompts where customer like $1", wanted)
                < PROMISES
            ):
                await _listed(desk)
                await asyncio.sleep(0.5)

    async def _act(self, desk: httpx.AsyncClient) -> None:
        for prompt in (await _listed(desk))[:_CLAIMS]:
            path = f"/v1/prompts/{prompt['id']}"
            for action in ("claim", "done"):
                (await desk.post(f"{path}/{action}", json={"agent_id": "lea"})).raise_for_status()

    async def _read(self, insight: httpx.AsyncClient) -> None:
        """Pages of relationships, and all that is told of some customers."""
        names: list[str] = []
        page: str | None = "/v1/relationships?limit=1000"
        for _ in range(_PAGES):
            if page is None:
                break
            answer = (await insight.get(page)).raise_for_status()
            names += [one["customer"] for one in answer.json()["relationships"][:_CUSTOMERS]]
            page = answer.links.get("next", {}).get("url")
        for name in names[:: max(1, len(names) // _CUSTOMERS)]:
            for what in ("relationship", "explanation", "timeline", "promises", "curve"):
                (await insight.get(f"/v1/customers/{name}/{what}")).raise_for_status()

    async def _until_renewed(self) -> None:
        """Until the clock has taken the readings again that are too old."""
        async with asyncio.timeout(_WITHIN):
            while await self._connection.fetchval(_AGED):  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(1)


async def _listed(desk: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = (await desk.get("/v1/prompts", params={"limit": 1000})).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["prompts"]
    return found


async def publish(gateway: Serving, bodies: list[bytes], key: str) -> None:
    """Publishes events over HTTP, a hundred in a request."""
    batches = [b"[%b]" % b",".join(bodies[place : place + 100]) for place in range(0, len(bodies), 100)]
    await drive(gateway.port, [request(body, _BATCH, key) for body in batches], connections=4)
