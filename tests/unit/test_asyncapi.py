"""The contract of the topics: AsyncAPI of what is read and written, whose examples are true."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from events import TYPES, decode
from events.schemas import data_schema
from services.cli.contracts import asyncapi_document
from services.projector.records import Record, body_of
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module")
async def document() -> Any:
    """The document of all topics."""
    return await asyncapi_document()


def at(document: Any, reference: str) -> Any:
    """What a reference of a document points to."""
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value: Any) -> Iterator[str]:
    """All references of a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def fits(document: Any, schema: Any, value: Any) -> list[str]:
    """What keeps a value from fitting a schema of a document."""
    whole = {**schema, "components": document["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_every_topic_has_a_channel_and_an_operation(document: Any) -> None:
    """Events are received, readings, prompts and machine work are sent; every reference leads somewhere."""
    assert document["asyncapi"] == "3.0.0"
    assert {name: one["address"] for name, one in document["channels"].items()} == {
        topic: topic for topic in (INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE)
    }
    assert {
        (one["action"], at(document, one["channel"]["$ref"])["address"])
        for one in document["operations"].values()
    } == {("receive", INTERACTIONS), ("send", RELATIONSHIPS), ("send", PROMPTS), ("send", MACHINE)}
    for reference in references(document):
        at(document, reference)


def test_no_address_of_ours_is_told(document: Any) -> None:
    """Whoever reads the document learns the protocol, and not where the brokers are."""
    assert "localhost" not in json.dumps(document)
    assert document["servers"]["kafka"]["protocol"] == "kafka"


def test_every_type_is_there_in_both_modes(document: Any) -> None:
    """Events have a message for each type in structured and in binary mode, keyed by subject."""
    messages = document["channels"][INTERACTIONS]["messages"]
    assert messages.keys() == {*TYPES, *(f"{name}.binary" for name in TYPES), "other"}
    for trait in document["components"]["messageTraits"].values():
        assert "subject" in trait["bindings"]["kafka"]["key"]["description"]


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_payloads_are_those_of_the_language(document: Any, name: str) -> None:
    """What FastStream says of a type's data is what its JSON Schema says."""
    assert document["components"]["schemas"][name] == data_schema(name)


def test_the_examples_of_messages_are_true(document: Any) -> None:
    """Each message shows an example that fits payload and headers; the projector reads those of events."""
    for name, message in document["components"]["messages"].items():
        (example,) = message["examples"]
        assert fits(document, message["payload"], example["payload"]) == [], name
        if name in (RELATIONSHIPS, PROMPTS, MACHINE):
            continue
        (trait,) = (at(document, one["$ref"]) for one in message["traits"])
        headers = example.get("headers", {})
        assert fits(document, trait["headers"], headers) == [], name
        record = Record(
            0,
            b"anna",
            json.dumps(example["payload"]).encode(),
            [(key, value.encode()) for key, value in headers.items()],
            0,
        )
        event = decode(body_of(record), arrived=NOW)
        assert event.type == (example["payload"]["type"] if name == "other" else message["name"])


def test_no_text_carries_the_indentation_of_the_code(document: Any) -> None:
    """Whoever renders the document shows sentences, and not what would be a block of code."""
    assert "\n  " not in "".join(texts(document))


def texts(value: Any) -> Iterator[str]:
    """All summaries and descriptions of a document."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in ("summary", "description") and isinstance(part, str):
                yield part
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
