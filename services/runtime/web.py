"""The web side that every service shares: health, readiness, and errors as RFC 9457 problems."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.exceptions import HTTPException

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


def application(services: "Sequence[Service]") -> Litestar:
    """The web application of a process: the routes of its services, and whether they live and are ready."""

    @get("/healthz", media_type=MediaType.TEXT, sync_to_thread=False)
    def healthz() -> str:
        return "alive\n"

    @get("/readyz", media_type=MediaType.TEXT)
    async def readyz() -> Response[str]:
        reasons = [f"{one.name}: {why}" for one in services if (why := await one.unready()) is not None]
        return Response("\n".join(reasons or ["ready"]) + "\n", status_code=503 if reasons else 200)

    return Litestar(
        route_handlers=[healthz, readyz, *(handler for one in services for handler in one.handlers())],
        exception_handlers={HTTPException: _refusal, Exception: _failure},
        compression_config=CompressionConfig(backend="gzip", exclude=["/stream$"]),
        openapi_config=None,
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
