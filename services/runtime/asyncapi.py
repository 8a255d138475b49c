"""The contract of the topics: AsyncAPI 3, from the FastStream broker that reads them.

FastStream tells channels, operations and payloads; what CloudEvents add to a payload (an envelope or headers,
by content mode) and the key of a record are put around that here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any, Union

import msgspec
from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from events import TYPES
from events.examples import example
from events.schemas import envelope_schema, of_type, other_schema
from projections.triggers import Fact
from services.runtime.kafka import INTERACTIONS, JSON, MACHINE, PROMPTS, RELATIONSHIPS, STRUCTURED
from services.runtime.published import Announcement, MachineWork, PublishedPrompt

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

Document = dict[str, Any]

_REQUIRED = ("specversion", "id", "source", "type", "subject", "time")
_AT = datetime(2026, 3, 4, 18, tzinfo=UTC)
_SAID = Fact(
    "promise_overdue",
    {"what": "call back about the parcel", "due": "2026-03-04T17:00:00Z"},
    "/my/shop",
    "event-1",
    datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)
_EXAMPLES: dict[str, Any] = {
    RELATIONSHIPS: Announcement(
        customer="anna",
        revision=12,
        taken_at=_AT,
        strategy="3f0c1b5a9d27",
        health=61.2,
        recognition=64.0,
        responsiveness=58.4,
        confidence=0.41,
        trend=-1.5,
        band="steady",
    ),
    PROMPTS: PublishedPrompt(
        prompt_id="promise_overdue-4f1c",
        customer="anna",
        trigger="promise_overdue",
        cause_at=datetime(2026, 3, 4, 17, tzinfo=UTC),
        priority=80,
        minutes=10,
        why=_SAID,
        facts=[],
    ),
    MACHINE: MachineWork(
        prompt_id="disrupted-77b0",
        customer="anna",
        trigger="disrupted",
        cause_at=_AT,
        priority=65,
        chosen="nobody_there",
        why=Fact(
            "disrupted",
            {"what": "no line in the quarter"},
            "/my/network",
            "event-9",
            datetime(2026, 3, 4, 14, tzinfo=UTC),
        ),
        facts=[],
        channel="email",
        language="fr",
        person_by=datetime(2026, 3, 5, 8, 30, tzinfo=UTC),
    ),
}


class _Holds:
    """Says to FastStream what records hold, where the handler takes them undecoded."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def __get_pydantic_core_schema__(self, _source: object, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        return handler.generate_schema(self._kind)


Interactions = Annotated[Sequence[ConsumerRecord], _Holds(Union[tuple(TYPES.values())])]  # noqa: UP007
"""Records of `egard.interactions`: the data of one event each, of any type."""


def declare(broker: KafkaBroker) -> None:
    """Tells a broker of the topics that we publish for others, for the document's sake."""
    broker.publisher(
        RELATIONSHIPS,
        title=RELATIONSHIPS,
        schema=Announcement,
        description="Compacted: the latest reading of each customer, announced after the commit it rests on.",
    )
    broker.publisher(
        PROMPTS,
        title=PROMPTS,
        schema=PublishedPrompt,
        description="Each prompt that was given to the agents.",
    )
    broker.publisher(
        MACHINE,
        title=MACHINE,
        schema=MachineWork,
        description="Each prompt that is for a machine to see to.",
    )


def document(broker: KafkaBroker) -> Document:
    """The AsyncAPI document of a broker's topics; it names no server's address."""
    about = AsyncAPI(
        broker,
        title="Égard",
        version=version("egard"),
        description="Events come in as CloudEvents; readings and prompts go out for others to read.",
        schema_version="3.0.0",
    )
    told: Document = about.to_specification().to_jsonable()
    found: Document = {**told, "servers": {"kafka": _SERVER}, "channels": {}, "operations": {}}
    messages: Document = {}
    schemas: Document = {"Envelope": envelope_schema()}
    # FastStream keeps publishers in a set: a document that is compared needs an order.
    for name in sorted(told["operations"]):
        operation = told["operations"][name]
        channel = told["channels"][_last(operation["channel"])]
        topic, payload = channel["address"], _payload(channel, told["components"])
        if topic == INTERACTIONS:
            of_types = {_BY_TITLE[one["title"]]: one for one in payload["anyOf"]}
            schemas |= of_types
            mine = _events(of_types)
        else:
            mine = {topic: _plain(topic, payload)}
        messages |= mine
        found["channels"][topic] = {
            **channel,
            "servers": [_reference("servers", "kafka")],
            "messages": {name: _reference("components", "messages", name) for name in mine},
        }
        found["operations"][f"{operation['action']}.{topic}"] = {
            **operation,
            "channel": _reference("channels", topic),
            "messages": [_reference("channels", topic, "messages", name) for name in mine],
        }
    traits = {"structured": _STRUCTURED_MODE, "binary": _binary_mode()}
    found["components"] = {"messages": messages, "messageTraits": traits, "schemas": schemas}
    return found


_BY_TITLE = {kind.__name__: name for name, kind in TYPES.items()}
"""Event types by the name of their class, which is the title of their data's schema."""

_SERVER: Document = {
    "host": "{brokers}",
    "protocol": "kafka",
    "description": "Whoever runs this installation knows the brokers.",
    "variables": {"brokers": {"description": "host:port, what `EGARD_KAFKA` holds."}},
}


def _reference(*path: str) -> Document:
    return {"$ref": f"#/{'/'.join(path)}"}


def _last(reference: Document) -> str:
    found: str = reference["$ref"].rpartition("/")[2]
    return found


def _payload(channel: Document, components: Document) -> Document:
    (message,) = channel["messages"].values()
    found: Document = components["schemas"][_last(components["messages"][_last(message)]["payload"])]
    return found


# ------------------------------------------------------------------------------------- the messages


def _plain(topic: str, payload: Document) -> Document:
    kind = type(_EXAMPLES[topic])
    return {
        "name": kind.__name__,
        "title": kind.__name__,
        "summary": (kind.__doc__ or "").partition("\n")[0],
        "contentType": JSON.decode(),
        "payload": payload,
        "bindings": _key("The customer's id."),
        "examples": [{"name": "example", "payload": _jsonable(_EXAMPLES[topic])}],
    }


def _jsonable(value: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _events(of_types: Document) -> Document:
    """A message for each event type in each content mode, and one for types that are not of the language."""
    found: Document = {}
    for name in of_types:
        data = _reference("components", "schemas", name)
        event = example(name)
        found[name] = _message(name, "structured", _whole(of_type(name, data)), {"payload": event})
        told = {f"ce_{key}": event[key] for key in _REQUIRED}
        binary = {"headers": {**told, "content-type": "application/json"}, "payload": event["data"]}
        found[f"{name}.binary"] = _message(name, "binary", data, binary)
    other = other_schema()
    found["other"] = _message(other["title"], "structured", _whole(other), {"payload": other["examples"][0]})
    return found


def _message(name: str, mode: str, payload: Document, shown: Document) -> Document:
    return {
        "name": name,
        "title": f"{name} ({mode} mode)",
        "summary": TYPES[name].__doc__ if name in TYPES else other_schema()["description"],
        "traits": [_reference("components", "messageTraits", mode)],
        "payload": payload,
        "examples": [{"name": "example", **shown}],
    }


def _whole(own: Document) -> Document:
    return {"allOf": [_reference("components", "schemas", "Envelope"), own]}


# ------------------------------------------------------------------------------------ the two modes


def _key(description: str) -> Document:
    return {"kafka": {"key": {"type": "string", "description": description}, "bindingVersion": "0.5.0"}}


_BY_SUBJECT = _key("The event's `subject`; events of one customer then keep their order on the way.")
_TRACE: Document = {"traceparent": {"type": "string", "description": "W3C Trace Context; may be absent."}}

_STRUCTURED_MODE: Document = {
    "contentType": STRUCTURED.decode(),
    "headers": {
        "type": "object",
        "properties": {
            "content-type": {
                "type": "string",
                "description": "application/cloudevents+json; without it, the value is read so, too.",
            },
            **_TRACE,
        },
    },
    "bindings": _BY_SUBJECT,
}


def _binary_mode() -> Document:
    attributes = envelope_schema()["properties"]
    return {
        "contentType": JSON.decode(),
        "headers": {
            "type": "object",
            "description": "Attributes as UTF-8 text. Extension attributes have such headers too.",
            "required": [f"ce_{name}" for name in _REQUIRED],
            "properties": {
                "content-type": {"type": "string", "description": "application/json, or a dialect of it."},
                **{f"ce_{name}": attributes[name] for name in _REQUIRED},
                **_TRACE,
            },
        },
        "bindings": _BY_SUBJECT,
    }
