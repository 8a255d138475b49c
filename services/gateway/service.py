"""The gateway as a process: `POST /v1/events`, and the schemas of what it takes."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qsl

from aiokafka.errors import KafkaError
from litestar.exceptions import ClientException, HTTPException, MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler
from litestar.types import ControllerRouterHandler, Receive, Scope, Send
from opentelemetry.trace import SpanKind

from events import Refused
from services.gateway import answers, contracts
from services.gateway.answers import Answer
from services.gateway.dry_run import dry_run
from services.gateway.headroom import Headroom
from services.gateway.intake import Intake, Item, Recent, problem_of
from services.gateway.modes import Mode, TooMany, Unsupported, mode_of, split
from services.gateway.room import Disconnected, Room
from services.runtime import access, telemetry
from services.runtime.database import sentence
from services.runtime.headers import header
from services.runtime.kafka import INTERACTIONS, headers
from services.runtime.producer import Outgoing, Producer
from services.runtime.service import Context, Service
from services.runtime.web import Unavailable

log = logging.getLogger("egard.gateway")

PATIENCE = 1.8
"""Seconds until a publisher hears that Kafka does not answer."""

_SLICE = 500
"""Events checked at a stretch: between slices, others have their turn."""


class Gateway(Service):
    """Checks events, publishes them, and answers once every in-sync replica holds them."""

    name = "gateway"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._producer = Producer(context.settings.kafka, client="egard-gateway", within=PATIENCE)
        self._recent = Recent()
        self._room = Room()
        self._headroom = Headroom(context.pool, INTERACTIONS) if context.settings.embedded else None
        self._confirmed = True
        self.accepted = 0
        self.refused = 0

    async def start(self) -> None:
        """Connects. Raises `Fatal` where Kafka cannot be reached."""
        await self._producer.start()
        if self._headroom is not None:
            self.spawn(self._headroom.follow())

    async def stop(self) -> None:
        """Publishes what is under way and disconnects."""
        await super().stop()
        await self._producer.stop()

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """`POST /v1/events`, and `/schemas`."""

        # Plain ASGI: building a request and a response costs more than checking an event and publishing it.
        @_Route("/v1/events", copy_scope=False, opt={"scope": "publish", "described_by": contracts.publish})
        async def publish(scope: Scope, receive: Receive, send: Send) -> None:
            await self.publish(scope, receive, send)

        return [publish, *contracts.schema_handlers()]

    async def publish(self, scope: Any, receive: Receive, send: Send) -> None:
        """Takes one event (structured or binary mode) or many (batched mode), and answers.

        Raises `HTTPException` where there is nothing of a publisher's to answer about.
        """
        if scope["method"] != "POST":
            raise MethodNotAllowedException(headers={"Allow": "POST"})
        tries = _is_dry_run(scope["query_string"])
        try:
            mode = mode_of(scope["headers"])
        except Unsupported as error:
            raise HTTPException(str(error), status_code=415, headers=error.headers) from None
        answer = await self._answer(scope, receive, mode, tries=tries)
        # Whoever does not read what they are answered keeps the answer here, and nothing else of the request.
        if answer is not None:
            await answer.send(send)

    async def _answer(self, scope: Any, receive: Receive, mode: Mode, *, tries: bool) -> Answer | None:
        """What a publisher is to be told; None where nobody is there to be answered."""
        with self._room.held(header(scope["headers"], b"content-length")) as hold:
            try:
                body = await hold.read(receive)
            except Disconnected:
                return None
            try:
                bodies = split(body, mode, scope["headers"])
            except TooMany as error:
                raise HTTPException(str(error), status_code=413) from None
            except Refused as refusal:
                return answers.refused(problem_of(refusal, 0, b""))
            access.charge(scope, len(bodies))
            intake = await self._checked(bodies)
            return await (self._try(intake, mode, scope) if tries else self._take(intake, mode, scope))

    async def _take(self, intake: Intake, mode: Mode, scope: Any) -> Answer:
        if self._headroom is not None and self._headroom.full:
            raise Unavailable("The embedded broker is full; try again shortly.")
        if intake.items:
            try:
                await self._send(intake.items, header(scope["headers"], b"traceparent"))
            except (TimeoutError, KafkaError) as error:
                self._confirms(sentence(error))
                raise Unavailable(
                    "Kafka did not confirm the events; repeat them whole, nothing is counted twice.", 2
                ) from None
            self._confirms(None)
        self.accepted += len(intake.items)
        self.refused += len(intake.problems)
        if not intake.problems:
            return answers.accepted(len(intake.items), intake.unknown)
        if mode is not Mode.BATCHED:
            return answers.refused(intake.problems[0])
        return answers.partly(len(intake.items), intake.problems, intake.unknown)

    async def _try(self, intake: Intake, mode: Mode, scope: Any) -> Answer:
        if not access.allows(scope, "read"):
            raise access.Denied(
                403, "A dry run also needs a key with the scope `read`, which yours lacks.", scope="read"
            )
        if intake.problems and mode is not Mode.BATCHED:
            return answers.refused(intake.problems[0])
        context = self.context
        found = await dry_run(
            context.pool, context.strategy, intake.items, intake.problems, datetime.now(UTC)
        )
        return answers.tried(found)

    def _confirms(self, not_why: str | None) -> None:
        """Says once that Kafka does not confirm, and once that it does again."""
        if not_why is not None and self._confirmed:
            log.warning("Kafka does not confirm events; publishers are asked to repeat them: %s", not_why)
        if not_why is None and not self._confirmed:
            log.info("Kafka confirms events again.")
        self._confirmed = not_why is None

    async def _checked(self, bodies: list[bytes]) -> Intake:
        intake = Intake(datetime.now(UTC), self._recent)
        for some in range(0, len(bodies), _SLICE):
            if some:
                await asyncio.sleep(0)
            intake.take(bodies[some : some + _SLICE])
        return intake

    async def _send(self, items: list[Item], parent: str) -> None:
        with telemetry.span("egard.events publish", parent=parent or None, kind=SpanKind.PRODUCER) as trace:
            carried = headers(trace)
            places = await self._producer.publish(
                [
                    Outgoing(INTERACTIONS, item.event.subject.encode(), item.event.body, carried)
                    for item in items
                ]
            )
        for item in items:
            self._recent.add(item)
        if self._headroom is not None:
            self._headroom.note(places, (len(item.event.body) for item in items))


class _Route(ASGIRouteHandler):
    """The route that takes events. Litestar gives its guards a copy of the handler, for every request."""

    def __copy__(self) -> Self:
        """Our guard changes nothing of it, so it may have the handler itself."""
        return self


def _is_dry_run(query: bytes) -> bool:
    if not query:
        return False
    said = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    for name, value in said:
        if name != "dry_run":
            raise ClientException(f"`{name[:64]}` is not a parameter of this route.")
        if value not in ("true", "false"):
            raise ClientException(f"`dry_run` is true or false, not {value[:64]!r}.")
    if len(said) > 1:
        raise ClientException("`dry_run` is said more than once.")
    return said == [("dry_run", "true")]
