"""What publishers are answered, as bytes: most answers are one small count, and come by the thousand."""

from typing import Any

import msgspec
from litestar.types import Send

from services.runtime.web import PROBLEM

_JSON = "application/json"


class Answer(msgspec.Struct, frozen=True):
    """A status, a body, and what else the headers say."""

    status: int
    body: bytes
    media_type: str = _JSON
    headers: tuple[tuple[str, str], ...] = ()

    async def send(self, send: Send) -> None:
        """Answers a request."""
        headers = [
            (b"content-type", self.media_type.encode()),
            (b"content-length", b"%d" % len(self.body)),
            *((name.encode(), value.encode()) for name, value in self.headers),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def accepted(count: int) -> Answer:
    """All in-sync replicas hold the events."""
    return Answer(202, b'{"accepted":%d}' % count)


def partly(count: int, problems: list[dict[str, Any]]) -> Answer:
    """Some events of a batch are refused, each for a reason of its own."""
    return Answer(207, msgspec.json.encode({"accepted": count, "refused": problems}))


def tried(found: dict[str, Any]) -> Answer:
    """What a dry run found."""
    return Answer(200, msgspec.json.encode(found))


def refused(problem: dict[str, Any]) -> Answer:
    """The whole request is refused: the problem itself."""
    status = 400 if problem["reason"] == "not_json" else problem["status"]
    return Answer(status, msgspec.json.encode({**problem, "status": status}), PROBLEM)
