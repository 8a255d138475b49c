"""The web side that every service shares: health, readiness, and errors as RFC 9457 problems."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import HTTPScope, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

from services.runtime.assets import serve_asset
from services.runtime.database import TRANSIENT

if TYPE_CHECKING:
    from services.runtime.service import Service

log = logging.getLogger("egard.web")

PROBLEM = "application/problem+json"


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> Response[Any]:
    """An answer that says what is wrong (RFC 9457)."""
    title = HTTPStatus(status).phrase
    return Response(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, **more},
        status_code=status,
        media_type=PROBLEM,
        headers=headers,
    )


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


def application(services: "Sequence[Service]") -> Litestar:
    """The web application of a process: the routes of its services, and whether they live and are ready."""

    @get("/healthz", media_type=MediaType.TEXT, sync_to_thread=False)
    def healthz() -> str:
        return "alive\n"

    @get("/readyz", media_type=MediaType.TEXT)
    async def readyz() -> Response[str]:
        reasons = [f"{one.name}: {why}" for one in services if (why := await one.unready()) is not None]
        return Response("\n".join(reasons or ["ready"]) + "\n", status_code=503 if reasons else 200)

    return _Application(
        route_handlers=[
            healthz,
            readyz,
            serve_asset,
            *(handler for one in services for handler in one.handlers()),
        ],
        exception_handlers={HTTPException: _refusal, Exception: _failure},
        compression_config=CompressionConfig(backend="gzip", exclude=["/stream$"]),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )


def _refusal(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return problem(error.status_code, error.detail, headers=dict(error.headers or {}))


def _failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    if isinstance(error, TRANSIENT):
        log.warning("%s %s waits for the database.", request.method, request.url.path)
        return problem(503, "The database is away; try again shortly.", headers={"Retry-After": "2"})
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, "Something went wrong here; it was logged.")
