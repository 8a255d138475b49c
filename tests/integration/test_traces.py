"""One trace: from the request of whoever published to the prompt, through Kafka and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from events import ContactRetold, Event
from services.desk import Desk
from services.embedded import EmbeddedBroker
from services.gateway import Gateway
from services.outreach import Outreach
from services.projector import Projector
from services.runtime import telemetry
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.awake import awake_file
from tests.stack import Stack, Teller, running, until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PUBLISHER = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PUBLISHER}-01"

_SERVICES = (Gateway, Projector, Outreach, Desk)


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """A broker with our topics."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        yield broker


@asynccontextmanager
async def exporting(
    broker: EmbeddedBroker, database: str, strategy: Path
) -> AsyncIterator[tuple[Stack, InMemorySpanExporter]]:
    """A stack whose spans are kept here; all of them are there once it has stopped."""
    exporter = InMemorySpanExporter()
    telemetry.use(exporter, "egard")
    async with running(
        broker.address, database, services=_SERVICES, embedded=True, strategy=strategy
    ) as stack:
        yield stack, exporter


@pytest.fixture
def retelling(tmp_path: Path) -> Path:
    """A strategy of one trigger: nothing else is published."""
    return awake_file(tmp_path, "retold")


def twice(customer: str) -> list[Event]:
    """A reason told twice more: the third telling prompts."""
    told = Teller(customer)
    return [told.tell(ContactRetold(contact_id=str(number), reason="the bill")) for number in range(2)]


async def prompted(stack: Stack) -> dict[str, Any]:
    """Waits for the prompt, and for the record of it on Kafka."""
    prompt = await until(lambda: _first_prompt(stack))
    await until(lambda: stack.fetch("select 1 from journal where type = 'egard.outreach.prompted'"))
    return prompt


async def _first_prompt(stack: Stack) -> dict[str, Any]:
    return next(iter(await stack.prompts()), {})


async def carried(broker: EmbeddedBroker, topic: str, count: int) -> dict[str, str]:
    """The traceparent of each record of a topic, by its type, or by the topic where it has none."""
    found = {}
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=broker.address, auto_offset_reset="earliest"
    ) as consumer:
        async with asyncio.timeout(10):
            for _ in range(count):
                record = await consumer.getone()
                headers = dict(record.headers)
                name = msgspec.json.decode(record.value).get("type", topic)
                found[name] = headers["traceparent"].decode() if "traceparent" in headers else ""
    return found


def named(spans: Sequence[ReadableSpan], name: str) -> list[ReadableSpan]:
    """The spans of a name."""
    return [span for span in spans if span.name == name]


def trace_of(span: ReadableSpan) -> str:
    """The trace that a span belongs to."""
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def id_of(span: ReadableSpan) -> str:
    """The id of a span."""
    assert span.context is not None
    return f"{span.context.span_id:016x}"


def parent_of(span: ReadableSpan) -> str:
    """The id of the span that a span is under."""
    assert span.parent is not None
    return f"{span.parent.span_id:016x}"


async def test_one_trace_leads_from_the_request_to_the_prompt(
    broker: EmbeddedBroker, database_url: str, retelling: Path
) -> None:
    """Publish, decide and the prompt's records hang together; the projector's batch links to what it read."""
    async with exporting(broker, database_url, retelling) as (stack, exporter):
        await stack.post(twice("ann"), headers={"traceparent": TRACEPARENT})
        await prompted(stack)
        interactions = await carried(broker, INTERACTIONS, 3)
        prompts = await carried(broker, PROMPTS, 1)
    spans = exporter.get_finished_spans()

    [published] = named(spans, "egard.events publish")
    assert (trace_of(published), parent_of(published)) == (TRACE, PUBLISHER)

    assert interactions["egard.contact.retold"] == f"00-{TRACE}-{id_of(published)}-01"
    links = [link for span in named(spans, "egard.interactions process") for link in span.links]
    assert (TRACE, id_of(published)) in {
        (f"{link.context.trace_id:032x}", f"{link.context.span_id:016x}") for link in links
    }

    decisions = [span for span in named(spans, "egard.outreach decide") if trace_of(span) == TRACE]
    assert {parent_of(span) for span in decisions} == {id_of(published)}
    prompting = interactions["egard.outreach.prompted"]
    assert prompting in {f"00-{TRACE}-{id_of(span)}-01" for span in decisions}
    assert prompts == {PROMPTS: prompting}


async def test_what_an_agent_does_belongs_to_the_trace_of_the_prompt(
    broker: EmbeddedBroker, database_url: str, retelling: Path
) -> None:
    """The claim of a prompt is a span of the trace that led to it, and its event carries it on."""
    async with exporting(broker, database_url, retelling) as (stack, exporter):
        await stack.post(twice("ann"), headers={"traceparent": TRACEPARENT})
        prompt = await prompted(stack)
        await stack.http.post(f"/v1/prompts/{prompt['id']}/claim", json={"agent_id": "ana"})
        await until(lambda: stack.fetch("select 1 from journal where type = 'egard.outreach.claimed'"))
        interactions = await carried(broker, INTERACTIONS, 4)
    [claimed] = named(exporter.get_finished_spans(), "egard.desk claim")
    assert trace_of(claimed) == TRACE
    assert interactions["egard.outreach.claimed"] == f"00-{TRACE}-{id_of(claimed)}-01"


async def test_without_a_trace_from_outside_one_begins_here(
    broker: EmbeddedBroker, database_url: str, retelling: Path
) -> None:
    """A publisher that knows nothing of traces, or sends nonsense, gets a trace of its own per request."""
    async with exporting(broker, database_url, retelling) as (stack, exporter):
        await stack.post(twice("ann")[:1])
        await stack.post(twice("ann")[1:], headers={"traceparent": "nonsense"})
        await prompted(stack)
        interactions = await carried(broker, INTERACTIONS, 3)
    published = named(exporter.get_finished_spans(), "egard.events publish")
    assert [span.parent for span in published] == [None, None]
    first, second = map(trace_of, published)
    assert first != second
    # Either retelling may be the cause that is decided on once both are known.
    assert interactions["egard.outreach.prompted"].split("-")[1] in (first, second)


async def test_with_nothing_set_no_span_is_made_and_the_trace_is_carried(
    broker: EmbeddedBroker, database_url: str, retelling: Path
) -> None:
    """Without an exporter the publisher's own traceparent arrives unchanged: no span stands between."""
    assert not telemetry.enabled()
    async with running(
        broker.address, database_url, services=_SERVICES, embedded=True, strategy=retelling
    ) as stack:
        await stack.post(twice("ann"), headers={"traceparent": TRACEPARENT})
        await prompted(stack)
        assert await carried(broker, INTERACTIONS, 3) == {
            "egard.contact.retold": TRACEPARENT,
            "egard.outreach.prompted": TRACEPARENT,
        }
        assert await carried(broker, PROMPTS, 1) == {PROMPTS: TRACEPARENT}
        rows = await stack.fetch("select traceparent from prompts")
    assert [row["traceparent"] for row in rows] == [TRACEPARENT]
