"""The one guard: it stands before every route of every service, and lets in who may come in."""

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

from services.runtime.access.holder import Holder
from services.runtime.access.keys import SCOPES, Scope
from services.runtime.headers import header

Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]

CHALLENGES = ('Bearer realm="egard"', 'Basic realm="egard", charset="UTF-8"')
"""What a caller without a key is told to bring: one header line each, for browsers that read no list."""

_LOOK_EVERY_S = 1.0
"""Seconds between two looks whether the key of a long answer still lives."""

_NO_KEY = (
    "This needs a key that is alive: send it as `Authorization: Bearer <key>`, or by Basic as the password, "
    "with any user name."
)


class Denied(HTTPException):
    """An answer that lets nobody in; `more` says what would be accepted."""

    def __init__(self, status_code: int, detail: str, headers: dict[str, str] | None = None, **more: Any):
        super().__init__(status_code=status_code, detail=detail, headers=headers)
        self.more = more


class TooFast(Denied):
    """The key has published more than its rate; `Retry-After` says when it may again."""

    def __init__(self, seconds: int, rate: float) -> None:
        super().__init__(
            429,
            f"This key may publish {rate:g} events a second. Nothing of this request was taken; repeat it "
            f"whole after {seconds} s.",
            {"Retry-After": str(seconds)},
            events_per_second=rate,
        )


def no_key() -> Denied:
    """The one answer to who has no key, and to who has one that is unknown, expired or revoked."""
    return Denied(401, _NO_KEY, accepted=["Bearer", "Basic"])


def guard(
    admit: Callable[[Connection], Awaitable[Holder]],
) -> Callable[[Connection, BaseRouteHandler], Awaitable[None]]:
    """A guard that has callers admitted, and looks whether their key has the scope of the route."""

    async def check(connection: Connection, handler: BaseRouteHandler) -> None:
        scope = handler.opt.get("scope")
        if scope == "public":
            return
        if scope not in SCOPES:
            raise Denied(403, "Nobody has said who may use this route.")
        holder = await admit(connection)
        if not holder.may(scope):
            raise Denied(403, f"This needs a key with the scope `{scope}`, which yours lacks.", scope=scope)
        connection.scope["auth"] = holder

    return check


def credentials(connection: Connection) -> str | None:
    """The key that a request carries, by Bearer or Basic; None where it carries none.

    Raises `Denied` where a browser would act by Basic on behalf of another site.
    """
    headers = connection.scope["headers"]
    scheme, _, value = header(headers, b"authorization").partition(" ")
    match scheme.lower():
        case "bearer":
            return value.strip() or None
        case "basic":
            # A browser adds a password by itself, whichever site asks; and it says which one does.
            site = header(headers, b"sec-fetch-site") or "none"
            reads = connection.scope.get("method") in ("GET", "HEAD")
            if not reads and site not in ("same-origin", "none"):
                raise Denied(403, "From another site nobody acts with a password that the browser has kept.")
            return _password(value)
        case _:
            return None


def _password(value: str) -> str | None:
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def check_scopes(app: Litestar) -> None:
    """Raises `ValueError` where a route does not say who may use it: such an application is not served."""
    for route in app.routes:
        handlers = route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]
        for handler in handlers:
            if isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}:
                # The framework's own: it tells the methods of a path and nothing else.
                handler.opt.setdefault("scope", "public")
            if handler.opt.get("scope") not in ("public", *SCOPES):
                raise ValueError(f"{route.path} does not say which scope it needs.")


def allows(asked: Mapping[str, Any], scope: Scope) -> bool:
    """Whether who was admitted to a route, as its ASGI scope tells, may also do this."""
    holder: Holder | None = asked.get("auth")
    return holder is not None and holder.may(scope)


def charge(asked: Mapping[str, Any], count: int) -> None:
    """Counts events against the rate of the key that publishes them, as the route's ASGI scope tells.

    Raises `TooFast` where the rate is used up.
    """
    holder: Holder | None = asked.get("auth")
    if holder is None or holder.bucket is None:
        return
    seconds = holder.bucket.take(count)
    if seconds:
        raise TooFast(seconds, holder.bucket.rate)


async def while_admitted(connection: Connection, chunks: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """The chunks of an answer that goes on for long, until the key that asked for it ends."""
    holder: Holder | None = connection.scope.get("auth")
    coming: asyncio.Future[bytes] | None = None
    try:
        while holder is not None and holder.lives():
            coming = coming or asyncio.ensure_future(anext(chunks))
            await asyncio.wait({coming}, timeout=_LOOK_EVERY_S)
            if coming.done() and holder.lives():
                yield coming.result()
                coming = None
    except StopAsyncIteration:
        return
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        await chunks.aclose()
