"""Publishing to a gateway, over HTTP."""

import ipaddress
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from services.cli.publishing.lines import Line, enveloped
from services.cli.publishing.patience import TryAgain
from services.cli.publishing.target import NotTaken, Rejected, Verdict, explained
from services.runtime.errors import Fatal

_BATCH = {"Content-Type": "application/cloudevents-batch+json"}
_ROUTE = "/v1/events"
_TIMEOUT_S = 30.0
_TAKEN = frozenset({202, 207})
_NOT_NOW = frozenset({408, 425, 429})
_SPOILED = frozenset({400, 413, 422})
"""Answers that one event may have earned for the whole batch."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)
_KEY = re.compile(r"[\x21-\x7e]+")
_MAKE_ONE = "`egard keys create --scope publish` makes one"


class _Problem(msgspec.Struct):
    title: str = ""
    detail: str = ""
    reason: str = ""
    accepted: str = ""
    index: int = -1


class _Answer(msgspec.Struct):
    accepted: int
    refused: list[_Problem] = []
    unknown_types: list[str] = []


class Gateway:
    """A gateway by its address, with or without the route of events at its end."""

    def __init__(
        self,
        base: str,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        key: str | None = None,
        insecure: bool = False,
    ) -> None:
        """`key` goes with every request; over plain http only to this machine, unless `insecure` says so.

        `transport` carries the requests: by default, the network. Raises `Fatal` for a wrong address, and for
        a key that is none or would cross a network in the clear.
        """
        self.name = base.rstrip("/").removesuffix(_ROUTE).rstrip("/")
        try:
            url = httpx.URL(self.name)
        except httpx.InvalidURL as error:
            raise Fatal(f"{base!r} is not an address: {error}.") from None
        if url.userinfo:
            raise Fatal("The address holds a user or a password; a key belongs in EGARD_KEY instead.")
        if url.scheme not in ("http", "https") or not url.host:
            raise Fatal(f"{base!r} is neither the http address of a gateway nor the word kafka.")
        self._url = f"{self.name}{_ROUTE}"
        self._has_key = key is not None
        # A proxy for the outside world does not know the way to this machine.
        self._client = httpx.AsyncClient(
            headers={} if key is None else _authorization(key, url, insecure),
            timeout=_TIMEOUT_S,
            transport=transport,
            trust_env=not _is_local(url.host),
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
            first = await self.publish(batch[:middle])
            try:
                second = await self.publish(batch[middle:])
            except NotTaken as error:
                if first.accepted:
                    raise Fatal(str(error)) from None  # something of the batch was taken
                raise
            return Verdict(
                first.accepted + second.accepted,
                first.rejected + second.rejected,
                first.unknown | second.unknown,
            )
        if response.status_code in _SPOILED:
            reason = problem.reason or f"http_{response.status_code}"
            return Verdict(0, [Rejected(batch[0], reason, _detail(problem))])
        sentence = f"{self.name} answers {response.status_code}: {problem.detail or problem.title}"
        if response.status_code in _NOT_NOW or response.status_code >= 500:
            raise TryAgain(sentence, _retry_after(response))
        raise NotTaken(f"{sentence.rstrip('.')}.{self._advice(response.status_code)}")

    def _advice(self, status: int) -> str:
        """What to do about an answer that concerns keys."""
        if status == httpx.codes.FORBIDDEN and self._has_key:
            return f" The key in EGARD_KEY may not publish: {_MAKE_ONE} that may."
        if status == httpx.codes.UNAUTHORIZED and self._has_key:
            return f" The key in EGARD_KEY is not known there, or no longer: {_MAKE_ONE}."
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return f" It wants a key: set EGARD_KEY; {_MAKE_ONE}."
        return ""

    async def _post(self, batch: list[Line]) -> httpx.Response:
        body = b"[" + b",".join([line.body for line in batch]) + b"]"
        try:
            response = await self._client.post(self._url, content=body, headers=_BATCH)
        except httpx.RequestError as error:
            sentence = f"{self.name} cannot be reached ({_why(error)})."
            if self._was_reached:
                raise TryAgain(sentence) from None
            advice = f"{sentence} --to says where the gateway is."
            raise (NotTaken if isinstance(error, _UNSENT) else Fatal)(advice) from None
        self._was_reached = True
        return response

    def _verdict(self, batch: list[Line], response: httpx.Response) -> Verdict:
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._no_gateway() from None
        # Nobody else says of each line what became of it; none is settled by guessing.
        places = {one.index for one in answer.refused}
        is_whole = answer.accepted + len(places) == len(batch) and len(places) == len(answer.refused)
        if not is_whole or not places.issubset(range(len(batch))):
            raise self._no_gateway()
        rejected = [
            Rejected(batch[one.index], one.reason or one.title, _detail(one)) for one in answer.refused
        ]
        return Verdict(answer.accepted, rejected, frozenset(answer.unknown_types))

    def _no_gateway(self) -> Fatal:
        return Fatal(f"{self.name} does not answer as a gateway does; is the address right?")


def _authorization(key: str, url: httpx.URL, insecure: bool) -> dict[str, str]:
    if not _KEY.fullmatch(key):
        raise Fatal("EGARD_KEY holds something that is not a key: spaces, line ends or letters beyond ASCII.")
    if url.scheme == "http" and not insecure and not _is_local(url.host):
        raise Fatal(
            f"The key in EGARD_KEY would cross the network to {url.host} in the clear: use an https address, "
            "or --insecure where you know that nobody listens."
        )
    return {"Authorization": f"Bearer {key}"}


def _is_local(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {_TIMEOUT_S:.0f} s"
    return str(error) or type(error).__name__


def _detail(problem: _Problem) -> str:
    return explained(problem.detail or problem.title, problem.accepted)


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
    except (ValueError, OverflowError):
        return None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return max(0.0, (instant - datetime.now(UTC)).total_seconds())
