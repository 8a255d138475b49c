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


def accepted(count: int, unknown: set[str]) -> Answer:
    """All in-sync replicas hold the events; `unknown` are types that look like ours and are not."""
    if not unknown:
        return Answer(202, b'{"accepted":%d}' % count)
    return Answer(202, msgspec.json.encode({"accepted": count, "unknown_types": sorted(unknown)}))


def partly(count: int, problems: list[dict[str, Any]], unknown: set[str]) -> Answer:
    """Some events of a batch are refused, each for a reason of its own."""
    found: dict[str, Any] = {"accepted": count, "refused": problems}
    if unknown:
        found["unknown_types"] = sorted(unknown)
    return Answer(207, msgspec.json.encode(found))


def tried(found: dict[str, Any]) -> Answer:
    """What a dry run found."""
    return Answer(200, msgspec.json.encode(found))


def refused(problem: dict[str, Any]) -> Answer:
    """The whole request is refused: the problem itself."""
    status = 400 if problem["reason"] == "not_json" else problem["status"]
    return Answer(status, msgspec.json.encode({**problem, "status": status}), PROBLEM)
