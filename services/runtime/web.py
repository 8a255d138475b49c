"""The web side that every service shares: health, readiness, and errors as RFC 9457 problems."""

import logging
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import (
    ControllerRouterHandler,
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)

from services.runtime import parameters
from services.runtime.access import CHALLENGES, CLOSED, Access, Denied, check_scopes, guard
from services.runtime.assets import serve_asset
from services.runtime.database import TRANSIENT
from services.runtime.openapi import PROBLEM_TYPE, answer
from services.runtime.openapi import route as openapi_of

if TYPE_CHECKING:
    from services.runtime.service import Service

log = logging.getLogger("egard.web")

PROBLEM = PROBLEM_TYPE

PUBLIC = {"scope": "public"}
"""The `opt` of a route that asks nobody for a key."""


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> Response[Any]:
    """An answer that says what is wrong (RFC 9457)."""
    title = HTTPStatus(status).phrase
    return Response(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, **more},
        status_code=status,
        media_type=PROBLEM,
        headers=headers,
    )


class Unavailable(HTTPException):
    """What a request needs is away or full for now; the answer is 503, and says when to try again."""

    def __init__(self, detail: str, seconds: int = 1) -> None:
        super().__init__(detail, status_code=503, headers={"Retry-After": str(seconds)})


# An encoded slash is part of a name. It passes the router as a character that no name of the language holds.
_SLASH = "\0"


def name_in(segment: str) -> str:
    """The name that a path parameter stands for, percent-decoded, slashes and all."""
    return segment.replace(_SLASH, "/")


class _Application(Litestar):
    """Routes by the slashes that were sent as slashes: servers decode a path before anybody has split it."""

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        if scope["type"] == ScopeType.HTTP:
            _keep_names_whole(cast("HTTPScope", scope))
        await super().__call__(scope, receive, send)


def _keep_names_whole(scope: HTTPScope) -> None:
    sent = scope["raw_path"].partition(b"?")[0]
    if b"%2F" in sent.upper():
        segments = sent.decode("ascii", "replace").split("/")
        scope["path"] = "/".join(unquote(segment).replace("/", _SLASH) for segment in segments)


_READYZ = {
    "responses": {
        "503": answer(
            "Not all of them have; which, and why.",
            {"type": "string"},
            "projector: it has not taken over its partitions yet\n",
            "text/plain",
        )
    }
}


def routes(services: "Sequence[Service]") -> list[ControllerRouterHandler]:
    """The routes of a process: those of its services, and whether they live and are ready."""

    @get("/healthz", media_type=MediaType.TEXT, sync_to_thread=False, opt=PUBLIC)
    def healthz() -> str:
        """Whether the process lives."""
        return "alive\n"

    @get("/readyz", media_type=MediaType.TEXT, opt={**PUBLIC, "operation": _READYZ})
    async def readyz() -> Response[str]:
        """Whether all services of the process have started, and may be sent work."""
        reasons = [f"{one.name}: {why}" for one in services if (why := await one.unready()) is not None]
        return Response("\n".join(reasons or ["ready"]) + "\n", status_code=503 if reasons else 200)

    return [healthz, readyz, serve_asset, *(handler for one in services for handler in one.handlers())]


def application(services: "Sequence[Service]", access: Access = CLOSED) -> Litestar:
    """The web application of a process: its routes, and `/openapi.json`, which describes them.

    `access` decides who may use them; without it, only what is public answers. Raises `ValueError` where a
    route does not say which scope it needs.
    """
    handlers = routes(services)

    async def look(request: Request[Any, Any, Any]) -> None:
        parameters.check(request, has)

    app = _Application(
        route_handlers=[*handlers, openapi_of(handlers)],
        exception_handlers={HTTPException: _refusal, Exception: _failure},
        compression_config=CompressionConfig(backend="gzip", exclude=["/stream$", "^/v1/events$"]),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
        guards=[guard(access.admit)],
        before_request=look,
        before_send=[_seal],
    )
    check_scopes(app)
    has = parameters.known(app)
    return app


async def _seal(message: Message, scope: Scope) -> None:
    """What needs a key is kept by no cache; who lacks one is told, line by line, how to bring it."""
    if message["type"] != "http.response.start":
        return
    headers = [*message["headers"]]
    if message["status"] == HTTPStatus.UNAUTHORIZED:
        headers += [(b"www-authenticate", challenge.encode()) for challenge in CHALLENGES]
    handler = scope.get("route_handler")
    if handler is not None and handler.opt.get("scope") != "public":
        said = {name for name, _ in headers}
        headers += [header for header in _PRIVATE if header[0] not in said]
    message["headers"] = headers


_PRIVATE = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


def _refusal(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    more = error.more if isinstance(error, Denied) else {}
    detail = _wrong(error) if isinstance(error, ValidationException) else error.detail
    return problem(error.status_code, detail, headers=dict(error.headers or {}), **more)


def _wrong(error: ValidationException) -> str:
    """Which parameters are not as they should be, and why."""
    wrong = [one for one in error.extra or () if isinstance(one, dict) and "key" in one]
    return " ".join(f"`{one['key']}`: {one['message']}." for one in wrong) or error.detail


def _failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    if isinstance(error, TRANSIENT):
        _say_that_the_database_is_away()
        return problem(503, "The database is away; try again shortly.", headers={"Retry-After": "2"})
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, "Something went wrong here; it was logged.")


_SAY_EVERY_S = 10.0
_said_at = float("-inf")


def _say_that_the_database_is_away() -> None:
    """Now and then, whatever the number of requests: a line for each would bury the others."""
    global _said_at
    if time.monotonic() - _said_at > _SAY_EVERY_S:
        _said_at = time.monotonic()
        log.warning("Requests are turned away: the database is away.")
