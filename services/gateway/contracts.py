"""The contracts that the gateway gives to publishers: the schemas of events, and what its route takes."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from events import TYPES
from events.examples import example
from events.refused import Reason
from events.schemas import data_schema, envelope_schema, event_schema, index, of_type, other_schema
from projections.triggers import Fact
from services.gateway import dry_answers
from services.gateway.modes import BATCH, SINGLE
from services.runtime.openapi import Document, answer, problems, schema_of

_PUBLIC = {"scope": "public"}
_CACHED = {"Cache-Control": "public, max-age=3600"}
_SCHEMA_TYPE = "application/schema+json"


class Accepted(msgspec.Struct, frozen=True):
    """How many events all in-sync replicas hold now."""

    accepted: int
    unknown_types: list[str] | msgspec.UnsetType = msgspec.UNSET
    """Types that look like the language's own and are not: kept, and never scored. Look for a slip."""


class RefusedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Why an event is not accepted (RFC 9457), and what would have been."""

    type: str
    title: str
    status: int
    detail: str
    reason: Reason
    pointer: str
    """A JSON pointer (RFC 6901) to the place; empty for the event as a whole."""
    accepted: str
    """What would have been right; empty where the detail says it all."""
    index: int
    """The event's place in the request, from 0."""
    id: str | msgspec.UnsetType = msgspec.UNSET
    source: str | msgspec.UnsetType = msgspec.UNSET


class PartlyAccepted(msgspec.Struct, frozen=True):
    """How many events were accepted, and why each of the others was not."""

    accepted: int
    refused: list[RefusedEvent]
    unknown_types: list[str] | msgspec.UnsetType = msgspec.UNSET
    """Types that look like the language's own and are not."""


# ------------------------------------------------------------------------------ the schemas of events


def _events() -> dict[str, Document]:
    """The components of the OpenAPI document: each event type, and what all have in common."""
    types = {name: _component(of_type(name, data_schema(name))) for name in TYPES}
    every = [{"$ref": f"#/components/schemas/{name}"} for name in (*sorted(TYPES), "OtherEvent")]
    return {
        "Envelope": envelope_schema(),
        **types,
        "OtherEvent": _component(other_schema()),
        "Event": {"description": "An event of any type, in structured mode.", "anyOf": every},
        "RefusedEvent": schema_of(RefusedEvent),
    }


def _component(own: Document) -> Document:
    return {"allOf": [{"$ref": "#/components/schemas/Envelope"}, own]}


_NAME = {
    "in": "path",
    "name": "name",
    "description": "An event type.",
    "schema": {"type": "string", "enum": sorted(TYPES)},
    "example": "egard.contact.attempted",
}


_SCHEMA = {
    "200": answer(
        "The JSON Schema (2020-12) of a whole event, in structured mode.",
        {"type": "object"},
        event_schema("egard.contact.attempted"),
        _SCHEMA_TYPE,
    )
}


def schema_handlers() -> Sequence[ControllerRouterHandler]:
    """`/schemas/`: the JSON Schema of each event type."""

    @get(
        "/schemas",
        sync_to_thread=False,
        opt={
            **_PUBLIC,
            "operation": {"example": {"egard.contact.attempted": index()["egard.contact.attempted"]}},
        },
    )
    def schemas() -> Response[dict[str, str]]:
        """Where the JSON Schema of each event type is found."""
        return Response(index(), headers=_CACHED)

    @get(
        "/schemas/{name:str}/v1.json",
        sync_to_thread=False,
        media_type=_SCHEMA_TYPE,
        opt={**_PUBLIC, "operation": {"parameters": [_NAME], "responses": {**_SCHEMA, **problems(404)}}},
    )
    def schema(name: FromPath[str]) -> Response[bytes]:
        """The JSON Schema (2020-12) of an event type: of a whole event, in structured mode."""
        if name not in TYPES:
            raise NotFoundException(f"The language has no type {name!r}; `/schemas/` lists those it has.")
        return Response(msgspec.json.encode(event_schema(name)), media_type=_SCHEMA_TYPE, headers=_CACHED)

    return [schemas, schema]


# ------------------------------------------------------------------------------------- publishing

_REFUSED = RefusedEvent(
    type="urn:egard:problem:data_invalid",
    title="Data invalid",
    status=422,
    detail="Object missing required field `channel`.",
    reason="data_invalid",
    pointer="/data",
    accepted="an object with `contact_id` (a string of 1 to 256 characters), `channel` (one of phone, email)",
    index=0,
    id="event-1",
    source="/my/shop",
)

_AT = datetime(2026, 3, 4, 18, tzinfo=UTC)
_BEFORE = dry_answers.Taken(
    health=60.0,
    recognition=60.0,
    responsiveness=60.0,
    confidence=0.1,
    trend=0.0,
    band="unknown",
    known=False,
)
_DRY = dry_answers.Answer(
    dry_run=True,
    accepted=1,
    refused=[],
    events=[
        dry_answers.Tried(
            index=0, customer="anna", type="egard.contact.retold", source="/my/shop", id="event-1", new=True
        )
    ],
    customers=[
        dry_answers.Customer(
            customer="anna",
            taken_at=_AT,
            strategy="3f0c1b5a9d27",
            before=_BEFORE,
            after=msgspec.structs.replace(
                _BEFORE, health=55.5, recognition=52.0, confidence=0.2, known=True, band="drifting"
            ),
            change=dry_answers.Moved(
                health=-4.5, recognition=-8.0, responsiveness=0.0, confidence=0.1, trend=0.0, band="drifting"
            ),
            prompts=[
                dry_answers.Prompting(
                    trigger="retold",
                    outcome="prompt",
                    reason=None,
                    deliver_at=None,
                    prompt_id="retold-4f1c",
                    episode="the parcel:3",
                    at=_AT,
                    priority=50,
                    minutes=10,
                    why=Fact("retold", {"reason": "the parcel", "tellings": 3}, "/my/shop", "event-1", _AT),
                    facts=[],
                )
            ],
            deadlines=[],
            no_longer_owed=[],
        )
    ],
)

_BINARY = {
    "specversion": "The version of CloudEvents, which is 1.0.",
    "id": "With `source` the event's identity.",
    "source": "The system that publishes, as a URI-reference.",
    "type": "What happened.",
    "subject": "Whom it is about.",
    "time": "When it happened: RFC 3339 with an offset.",
}


def _headers() -> list[Document]:
    # Their schemas say no more: in structured mode these headers are nobody's business, whatever they hold.
    found = example("egard.contact.attempted")
    return [
        {
            "in": "header",
            "name": f"ce-{name}",
            "description": f"In binary mode, and required there. {text} Extensions have such headers too.",
            "required": False,
            "schema": {"type": "string"},
            "example": found[name],
        }
        for name, text in _BINARY.items()
    ]


def _bodies() -> dict[str, Document]:
    one, other = example("egard.contact.attempted"), example("egard.promise.made")
    every = {name: {"summary": TYPES[name].__doc__, "value": example(name)} for name in sorted(TYPES)}
    return {
        SINGLE: {"schema": {"$ref": "#/components/schemas/Event"}, "examples": every},
        BATCH: {
            "schema": {"type": "array", "items": {"description": "An event, as `Event` describes."}},
            "examples": {"two": {"summary": "Two events.", "value": [one, {**other, "id": "event-2"}]}},
        },
        "application/json": {
            "schema": {"description": "The data of the event whose attributes the `ce-` headers are."},
            "examples": {"attempted": {"summary": "A contact was attempted.", "value": one["data"]}},
        },
    }


PUBLISH: Document = {
    "summary": "Takes events: one (structured or binary mode) or many (batched).",
    "description": (
        "Each event is checked by itself, and those that pass are published. Repeating a request is safe: "
        "the same `source` and `id` count once. With 503 or no answer, repeat the request whole. A batch may "
        "hold 8 MiB, an event 32 KiB. Where events are counted against a rate, all of the request are."
    ),
    "parameters": [
        {
            "in": "query",
            "name": "dry_run",
            "description": (
                "`true` tries the events out: the answer says what they would change, and nothing is "
                "published. The key then also needs the scope `read`."
            ),
            "required": False,
            "schema": {"type": "boolean", "default": False},
        },
        *_headers(),
    ],
    "requestBody": {"required": True, "content": _bodies()},
    "responses": {
        "200": answer("What the events would change (`dry_run=true`).", schema_of(dry_answers.Answer), _DRY),
        "202": answer("All in-sync replicas hold the events.", schema_of(Accepted), Accepted(1)),
        "207": answer(
            "Some events of the batch are refused, each for a reason of its own; the others are accepted.",
            schema_of(PartlyAccepted),
            PartlyAccepted(1, [_REFUSED]),
        ),
        **problems(400, 401, 403, 408, 413, 415, 429, 503),
        **problems(
            422, schema={"$ref": "#/components/schemas/RefusedEvent"}, example=msgspec.to_builtins(_REFUSED)
        ),
    },
}
"""The OpenAPI operation of `POST /v1/events`."""

COMPONENTS = _events()
"""The schemas that it refers to."""


@post("/v1/events", opt={"scope": "publish", "operation": PUBLISH, "components": COMPONENTS})
async def publish() -> Response[None]:
    """What OpenAPI says of the route that takes events, which itself is plain ASGI. It is never called."""
    raise NotImplementedError
