"""What a running stack answers and publishes is what its contracts say."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from jsonschema import Draft202012Validator

from events import ContactRetold, PromiseMade
from events.schemas import event_schema, index
from services.embedded import EmbeddedBroker
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.stack import Stack, Teller, running, until


@pytest_asyncio.fixture
async def stack(database_url: str) -> AsyncIterator[Stack]:
    """All services, and a customer who had to tell the same thing three times."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        async with running(broker.address, database_url, embedded=True) as stack:
            told = Teller("anna")
            story = [
                told.tell(
                    PromiseMade(promise_id="1", what="call back", due=datetime.now(UTC) + timedelta(days=2))
                ),
                *(told.tell(ContactRetold(contact_id=str(number), reason="the bill")) for number in range(2)),
            ]
            await stack.post(story)
            await until(stack.prompts)
            yield stack


def mistakes(document: Any, answer: httpx.Response, method: str, path: str) -> list[str]:
    """Where an answer is none that the document tells of."""
    told = document["paths"][path][method]["responses"].get(str(answer.status_code))
    if told is None:
        return [f"{method} {path}: {answer.status_code} is not told of"]
    media_type = answer.headers["content-type"].partition(";")[0]
    content = told["content"].get(media_type)
    if content is None:
        return [f"{method} {path}: {media_type} is not told of for {answer.status_code}"]
    value = answer.json() if media_type.endswith("json") else answer.text
    schema = {**content.get("schema", {}), "components": document["components"]}
    checked = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{method} {path}: {error.message}" for error in checked.iter_errors(value)]


async def test_what_is_answered_is_what_openapi_says(stack: Stack) -> None:
    """Each route of readers answers a found and a lost customer, and a wrong parameter, as documented."""
    document = await stack.get("/openapi.json")
    (prompt,) = await stack.prompts()
    found = []
    for path, item in document["paths"].items():
        if "get" not in item or path.endswith("/stream"):
            continue
        for customer in ("anna", "nobody"):
            for query in ({}, {"limit": "x", "at": "x", "days": "x", "state": "x"}):
                place = path.format(customer=customer, name="egard.promise.kept", prompt_id=prompt["id"])
                found += mistakes(document, await stack.http.get(place, params=query), "get", path)
    assert found == []


async def test_what_agents_are_answered_is_what_openapi_says(stack: Stack) -> None:
    """Each action on a prompt answers as documented: done, refused to a colleague, lost, and not readable."""
    document = await stack.get("/openapi.json")
    (prompt,) = await stack.prompts()
    found, statuses = [], []
    for action, body, name in (
        ("claim", {"agent_id": "lea"}, prompt["id"]),
        ("claim", {"agent_id": "karim"}, prompt["id"]),
        ("release", {"agent_id": "lea"}, prompt["id"]),
        ("decline", {"agent_id": 1}, prompt["id"]),
        ("done", {"agent_id": "lea", "minutes": 6, "note": "x"}, "nothing"),
        ("done", {"agent_id": "lea", "minutes": 6, "note": "x"}, prompt["id"]),
        ("decline", {"agent_id": "lea"}, prompt["id"]),
    ):
        answer = await stack.http.post(f"/v1/prompts/{name}/{action}", json=body)
        statuses.append(answer.status_code)
        found += mistakes(document, answer, "post", f"/v1/prompts/{{prompt_id}}/{action}")
    assert found == []
    assert statuses == [200, 409, 200, 400, 404, 200, 409]


async def test_what_publishers_are_answered_is_what_openapi_says(stack: Stack) -> None:
    """Accepted, partly accepted, tried out, unreadable, unfit, and of the wrong kind: as documented."""
    document = await stack.get("/openapi.json")
    bodies = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]
    single = "application/cloudevents+json"
    (batch,) = (one["value"] for one in bodies["application/cloudevents-batch+json"]["examples"].values())
    good = bodies[single]["examples"]["egard.promise.made"]["value"]
    bad = {**good, "id": "bad", "data": {}}
    found, statuses = [], []
    for kind, body, query in (
        (single, good, {}),
        ("application/cloudevents-batch+json", [*batch, bad], {}),
        (single, {**good, "id": "tried"}, {"dry_run": "true"}),
        ("application/cloudevents-batch+json", {}, {}),
        (single, bad, {}),
        (single, {**good, "id": "long", "data": {"more": "x" * 40_000}}, {}),
        ("text/plain", good, {}),
    ):
        answer = await stack.http.post(
            "/v1/events", content=json.dumps(body), headers={"content-type": kind}, params=query
        )
        statuses.append(answer.status_code)
        found += mistakes(document, answer, "post", "/v1/events")
    assert found == []
    assert statuses == [202, 207, 200, 400, 422, 413, 415]


async def test_schemas_are_served(stack: Stack) -> None:
    """The index leads to the schema of each type; a type of nobody is not found."""
    listed = await stack.get("/schemas/")
    assert listed == index()
    for name in ("egard.promise.kept", "egard.contact.attempted"):
        answer = await stack.http.get(listed[name])
        assert answer.json() == event_schema(name)
        assert answer.headers["content-type"] == "application/schema+json"
        assert "max-age" in answer.headers["cache-control"]
    assert (await stack.http.get("/schemas/egard.of.nobody/v1.json")).status_code == httpx.codes.NOT_FOUND


async def test_what_is_published_is_what_asyncapi_says(stack: Stack) -> None:
    """The records on each topic have the key, the content type and the payload that the document tells of."""
    document = await stack.get("/asyncapi.json")
    messages = document["components"]["messages"]
    consumer = AIOKafkaConsumer(
        INTERACTIONS,
        RELATIONSHIPS,
        PROMPTS,
        bootstrap_servers=stack.context.settings.kafka,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    seen: dict[str, int] = {}
    try:
        async with asyncio.timeout(20):
            while len(seen) < 3 or seen[INTERACTIONS] < 4:
                record = await consumer.getone()
                seen[record.topic] = seen.get(record.topic, 0) + 1
                value = json.loads(record.value)
                message = messages[value["type"] if record.topic == INTERACTIONS else record.topic]
                schema = {**message["payload"], "components": document["components"]}
                assert [one.message for one in Draft202012Validator(schema).iter_errors(value)] == []
                assert record.key == b"anna"
                trait = document["components"]["messageTraits"]["structured"]
                told = message.get("contentType", trait["contentType"])
                assert dict(record.headers)["content-type"].decode() == told
    finally:
        await consumer.stop()
