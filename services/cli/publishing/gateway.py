"""Publishing to a gateway, over HTTP."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from services.cli.publishing.lines import Line, enveloped
from services.cli.publishing.patience import TryAgain
from services.cli.publishing.target import Rejected, Verdict
from services.runtime.errors import Fatal

_BATCH = {"Content-Type": "application/cloudevents-batch+json"}
_TIMEOUT_S = 30.0
_TAKEN = frozenset({202, 207})
_NOT_NOW = frozenset({408, 425, 429})
_SPOILED = frozenset({400, 413, 422})
"""Answers that one event may have earned for the whole batch."""
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class _Problem(msgspec.Struct):
    title: str = ""
    detail: str = ""
    reason: str = ""
    index: int = -1


class _Answer(msgspec.Struct):
    accepted: int
    refused: list[_Problem] = []


class Gateway:
    """A gateway by the address that `/v1/events` follows."""

    def __init__(self, base: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` carries the requests: by default, the network. Raises `Fatal` for a wrong address."""
        self.name = base.rstrip("/")
        try:
            url = httpx.URL(self.name)
        except httpx.InvalidURL as error:
            raise Fatal(f"{base!r} is not an address: {error}.") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise Fatal(f"{base!r} is neither the http address of a gateway nor the word kafka.")
        self._url = f"{self.name}/v1/events"
        # A proxy for the outside world does not know the way to this machine.
        self._client = httpx.AsyncClient(
            timeout=_TIMEOUT_S, transport=transport, trust_env=url.host not in _LOCAL
        )
        self._was_reached = False

    def check(self, number: int, body: bytes) -> Line:
        """Any JSON object that concerns somebody: the gateway itself says what is wrong with an event."""
        return enveloped(number, body)

    async def start(self) -> None:
        """Nothing to do: the first batch connects."""

    async def stop(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def publish(self, batch: list[Line]) -> Verdict:
        """Publishes a batch; one that is refused whole is taken apart until the culprit is found."""
        response = await self._post(batch)
        if response.status_code in _TAKEN:
            return self._verdict(batch, response)
        problem = _problem(response)
        if response.status_code in _SPOILED and len(batch) > 1:
            middle = len(batch) // 2
            first, second = await self.publish(batch[:middle]), await self.publish(batch[middle:])
            return Verdict(first.accepted + second.accepted, first.rejected + second.rejected)
        if response.status_code in _SPOILED:
            reason = problem.reason or f"http_{response.status_code}"
            return Verdict(0, [Rejected(batch[0], reason, problem.detail or problem.title)])
        sentence = f"{self.name} answers {response.status_code}: {problem.detail or problem.title}"
        if response.status_code in _NOT_NOW or response.status_code >= 500:
            raise TryAgain(sentence, _retry_after(response))
        raise Fatal(sentence)

    async def _post(self, batch: list[Line]) -> httpx.Response:
        body = b"[" + b",".join([line.body for line in batch]) + b"]"
        try:
            response = await self._client.post(self._url, content=body, headers=_BATCH)
        except httpx.RequestError as error:
            sentence = f"{self.name} cannot be reached ({error or type(error).__name__})."
            if self._was_reached:
                raise TryAgain(sentence) from None
            raise Fatal(sentence) from None
        self._was_reached = True
        return response

    def _verdict(self, batch: list[Line], response: httpx.Response) -> Verdict:
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
            rejected = [
                Rejected(batch[one.index], one.reason or one.title, one.detail) for one in answer.refused
            ]
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError):
            raise Fatal(f"{self.name} does not answer as a gateway does; is the address right?") from None
        return Verdict(answer.accepted, rejected)


def _problem(response: httpx.Response) -> _Problem:
    try:
        return msgspec.json.decode(response.content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Problem(title=response.reason_phrase)


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds that the other side asks to wait: it may name their number, or an instant (RFC 9110)."""
    value = response.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        instant = parsedate_to_datetime(value)
    except ValueError:
        return None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return max(0.0, (instant - datetime.now(UTC)).total_seconds())
