"""The gateway as a process: `POST /v1/events`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka.errors import KafkaError
from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler
from opentelemetry.trace import SpanKind

from events import Refused
from services.gateway.headroom import Headroom
from services.gateway.intake import BATCH, SINGLE, Item, Recent, check, problem_of, split
from services.runtime import telemetry
from services.runtime.kafka import INTERACTIONS, Outgoing, Producer, headers
from services.runtime.service import Context, Service
from services.runtime.web import PROBLEM, problem

MAX_REQUEST_BYTES = 8 * 1024 * 1024
"""The longest request; a publisher with more sends several."""

MAX_UNDER_WAY = 64 * 1024 * 1024
"""Bytes of events that may wait for Kafka at once; beyond, publishers are asked to wait."""

PATIENCE = 1.8
"""Seconds until a publisher hears that Kafka does not answer."""


class Gateway(Service):
    """Checks events, publishes them, and answers once every in-sync replica holds them."""

    name = "gateway"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._producer = Producer(context.settings.kafka, client="egard-gateway", within=PATIENCE)
        self._recent = Recent()
        self._under_way = 0
        self._headroom = Headroom(context.pool, INTERACTIONS) if context.settings.embedded else None
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
        """`POST /v1/events`."""

        @post("/v1/events", request_max_body_size=MAX_REQUEST_BYTES)
        async def publish(request: Request[Any, Any, Any]) -> Response[Any]:
            return await self.publish(request)

        return [publish]

    async def publish(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Takes one event (structured mode) or many (batched mode)."""
        if request.query_params:
            name = next(iter(request.query_params))
            return problem(400, f"`{name}` is not a parameter of this route.")
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in (SINGLE, BATCH):
            return problem(
                415,
                f"The content type is {media_type or 'missing'!r}; {SINGLE} (one event) and {BATCH} (a JSON "
                "array of events) are accepted.",
                headers={"Accept": f"{SINGLE}, {BATCH}"},
            )
        body = await request.body()
        if self._under_way + len(body) > MAX_UNDER_WAY or (self._headroom and self._headroom.full):
            return problem(503, "Too much is under way; try again shortly.", headers={"Retry-After": "1"})
        self._under_way += len(body)
        try:
            return await self._take(body, media_type, request.headers.get("traceparent"))
        finally:
            self._under_way -= len(body)

    async def _take(self, body: bytes, media_type: str, parent: str | None) -> Response[Any]:
        try:
            bodies = split(body, media_type)
        except Refused as refusal:
            return Response(problem_of(refusal, 0, b""), status_code=400, media_type=PROBLEM)
        items, problems = check(bodies, datetime.now(UTC), self._recent)
        with telemetry.span("egard.events publish", parent=parent, kind=SpanKind.PRODUCER) as trace:
            try:
                await self._send(items, trace)
            except (TimeoutError, KafkaError):
                return problem(
                    503,
                    "Kafka did not confirm the events; repeat them whole, nothing is counted twice.",
                    headers={"Retry-After": "2"},
                )
        self.accepted += len(items)
        self.refused += len(problems)
        if not problems:
            return Response({"accepted": len(items)}, status_code=202)
        if media_type == SINGLE:
            one = problems[0]
            status = 400 if one["reason"] == "not_json" else one["status"]
            return Response({**one, "status": status}, status_code=status, media_type=PROBLEM)
        return Response({"accepted": len(items), "refused": problems}, status_code=207)

    async def _send(self, items: list[Item], trace: str | None) -> None:
        if not items:
            return
        carried = headers(trace)
        places = await self._producer.publish(
            Outgoing(INTERACTIONS, item.event.subject.encode(), item.event.body, carried) for item in items
        )
        for item in items:
            self._recent.add(item.event)
        if self._headroom is not None:
            self._headroom.note(places, (len(item.event.body) for item in items))
