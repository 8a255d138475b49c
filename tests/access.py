"""Keys to try doors with, and a service to try them on."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from services.runtime import access
from services.runtime.access import Access, Keyed, NewKey, new_key
from services.runtime.database import Pool
from services.runtime.service import Service
from services.runtime.web import application


async def keep(
    pool: Pool, *scopes: str, expires_in: float | None = None, rate: float | None = None
) -> NewKey:
    """A new key that the database knows."""
    key = new_key()
    ends = None if expires_in is None else datetime.now(UTC) + timedelta(seconds=expires_in)
    await pool.execute(
        "insert into api_keys (prefix, hash, name, scopes, expires_at, events_per_second) "
        "values ($1, $2, 'test', $3, $4, $5)",
        *(key.prefix, key.hash, list(scopes), ends, rate),
    )
    return key


async def revoke(pool: Pool, key: NewKey) -> None:
    """Ends a key."""
    await pool.execute("update api_keys set revoked_at = now() where prefix = $1", key.prefix)


def bearer(key: NewKey | str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key if isinstance(key, str) else key.text}"}


def basic(key: NewKey | str, user: str = "anybody") -> dict[str, str]:
    """The header by which a browser carries a key."""
    text = key if isinstance(key, str) else key.text
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{text}".encode()).decode()}


class Probe(Service):
    """A service with a route of each kind, to ask the guard by."""

    name = "probe"

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """One route to read, one to act, one to publish at a rate."""

        @get("/read", opt={"scope": "read"})
        async def read(request: Request[Any, Any, Any]) -> dict[str, Any]:
            return {"prefix": request.auth.prefix, "publish": access.allows(request.scope, "publish")}

        @post("/act", opt={"scope": "act"}, status_code=200)
        async def act() -> None:
            return None

        @post("/publish/{count:int}", opt={"scope": "publish"}, status_code=200)
        async def publish(request: Request[Any, Any, Any], count: FromPath[int]) -> None:
            access.charge(request.scope, count)

        return [read, act, publish]


def probe() -> Probe:
    """A service that needs nothing."""
    nothing: Any = None
    return Probe(nothing)


@asynccontextmanager
async def asking(admission: Access) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the probe, as it admits."""
    # The same ASGI, in other words: httpx and Litestar type it differently.
    app: Any = application([probe()], admission)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://egard") as client:
        yield client


@asynccontextmanager
async def following(database: str) -> AsyncIterator[Keyed]:
    """Access by the keys of a database; what ends its work by itself fails the test."""
    ended: list[BaseException] = []
    keyed = Keyed(database)
    try:
        await keyed.start(ended.append)
        yield keyed
    finally:
        await keyed.stop()
    assert not ended
