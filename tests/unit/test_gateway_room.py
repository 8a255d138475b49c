"""What the gateway holds of a request, and for how long."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from services.gateway.service import Gateway
from services.runtime.service import Context


class _Body(bytes):
    """A body that says when it is gone."""

    gone = asyncio.Event()

    def __del__(self) -> None:
        self.gone.set()


async def test_who_does_not_read_the_answer_keeps_nothing_else_of_the_request_here() -> None:
    """A request's share of the room is given back before the answer goes out, and so is its memory."""
    settings = SimpleNamespace(kafka="127.0.0.1:1", embedded=False)
    gateway = Gateway(cast("Context", SimpleNamespace(settings=settings, pool=None)))
    scope = {
        "method": "POST",
        "query_string": b"",
        "headers": [(b"content-type", b"application/cloudevents+json")],
    }
    answering = asyncio.Event()

    async def receive() -> Any:
        return {"type": "http.request", "body": _Body(b"{}"), "more_body": False}

    async def send(_: Any) -> None:
        answering.set()
        await asyncio.Future()

    publishing = asyncio.create_task(gateway.publish(scope, receive, send))
    await answering.wait()
    assert _Body.gone.is_set()
    publishing.cancel()
