"""What is found when all is over: tables, topics, and what the public routes answer."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

import asyncpg
import httpx
import msgspec

from services.runtime.kafka import MACHINE, PROMPTS, RELATIONSHIPS
from tests.chaos.record import Record
from tests.chaos.topics import read

_AT_ONCE = 8
"""How many questions to ask at once."""

_T = TypeVar("_T")


class Journalled(msgspec.Struct, frozen=True):
    """A row of the journal, with what its bytes say."""

    customer: str
    subject: str
    source: str
    id: str
    type: str
    arrived: datetime
    body: bytes


class Prompt(msgspec.Struct, frozen=True):
    """A row of the prompts."""

    customer: str
    prompt_id: str
    subject: str
    """Under which id the reason arose; `customer` is the one that the person was known by then."""
    trigger: str
    episode: str
    state: str
    withheld: str | None
    cause_at: datetime
    prompted_at: datetime
    actions: int
    given: bool
    """Whether it was ever given to anybody."""
    person_due: datetime | None
    """By when a person was promised beside a machine."""
    tells_of: frozenset[tuple[str, str, str]]
    """What it was told of: each subject, trigger and episode, its own among them."""
    rests_on: frozenset[tuple[str, str, str]]
    """The events that were its causes: each subject, source and id."""


class Numbers(msgspec.Struct, frozen=True):
    """A reading that was given out."""

    taken_at: datetime
    revision: int
    health: float
    recognition: float
    responsiveness: float
    confidence: float
    trend: float
    band: str


class Relationship(Numbers, frozen=True):
    """What `/v1/customers/{id}/relationship` answers."""

    canonical: str
    aliases: list[str]
    events: int


class Listed(Numbers, frozen=True):
    """What `/v1/relationships` lists."""

    customer: str


class Announced(Numbers, frozen=True):
    """What `egard.relationships` says of a customer."""

    canonical: str | None = None


class Promised(msgspec.Struct, frozen=True):
    """What `/v1/customers/{id}/promises` says of one promise."""

    subject: str
    promise_id: str
    state: str
    due: datetime | None
    made_at: datetime | None


class Ledger(msgspec.Struct, frozen=True):
    """What `/v1/customers/{id}/promises` answers."""

    taken_at: datetime
    promises: list[Promised]


class Handed(msgspec.Struct, frozen=True):
    """A record of `egard.prompts` or `egard.machine`."""

    topic: str
    key: str
    value: bytes
    prompt_id: str
    customer: str
    trigger: str
    person_by: datetime | None = None


class Deadline(msgspec.Struct, frozen=True):
    """By when something must happen."""

    customer: str
    trigger: str
    matter_id: str
    due: datetime


class Found(msgspec.Struct):
    """All of it."""

    looked_at: datetime
    journal: list[Journalled]
    dead_letters: list[str]
    outbox: int
    prompts: list[Prompt]
    deadlines: list[Deadline]
    relationships: dict[str, Relationship | None]
    """By the customer asked for; None where nobody of that name is known."""
    ledgers: dict[str, Ledger | None]
    """Of those to whom something was promised."""
    listed: list[Listed]
    announced: list[tuple[str, Announced | None]]
    """In the order in which they stand on the topic; None takes back what was said."""
    handed: list[Handed]
    """What stands on `egard.prompts` and `egard.machine`, repetitions too."""


async def look(database: str, kafka: str, http: httpx.AsyncClient, record: Record) -> Found:
    """Looks at everything, and asks for everybody whom the record names."""
    customers, promised = record.customers()
    looked_at = datetime.now(UTC)
    connection: Any = await asyncpg.connect(database)
    try:
        journal = [_journalled(*row) for row in await connection.fetch(_JOURNAL)]
        dead_letters = [f"{reason}: {detail}" for reason, detail in await connection.fetch(_DEAD_LETTERS)]
        outbox = await connection.fetchval("select count(*) from outbox")
        prompts = [_prompt(*row) for row in await connection.fetch(_PROMPTS)]
        deadlines = [Deadline(*row) for row in await connection.fetch(_DEADLINES)]
    finally:
        await connection.close()
    return Found(
        looked_at,
        journal,
        dead_letters,
        outbox,
        prompts,
        deadlines,
        await _ask(http, customers, "relationship", Relationship),
        await _ask(http, promised, "promises", Ledger),
        await _listed(http),
        [_announced(*record) for record in await read(kafka, RELATIONSHIPS)],
        [
            _handed(topic, key, value)
            for topic in (PROMPTS, MACHINE)
            for key, value in await read(kafka, topic)
            if value
        ],
    )


_JOURNAL = "select customer, type, arrived, body from journal"
_DEAD_LETTERS = "select reason, detail from dead_letters"
_PROMPTS = """
select customer, prompt_id, coalesce(subjects[1], customer), trigger, episode, state, withheld,
    cause_at, prompted_at, actions, delivered_at is not null, person_due, episodes
from prompts
"""
_DEADLINES = "select customer, trigger, matter_id, due from deadlines"


class _Cause(msgspec.Struct):
    customer: str
    trigger: str
    source: str
    event_id: str


class _Episode(msgspec.Struct):
    episode: str
    cause: _Cause


def _prompt(*row: Any) -> Prompt:
    *columns, episodes = row
    found: Prompt = Prompt(*columns, frozenset(), frozenset())  # type: ignore[call-arg]
    told = msgspec.json.decode(episodes, type=list[_Episode]) if episodes else []
    own = (found.subject, found.trigger, found.episode)
    return msgspec.structs.replace(
        found,
        tells_of=frozenset([own, *((one.cause.customer, one.cause.trigger, one.episode) for one in told)]),
        rests_on=frozenset((one.cause.customer, one.cause.source, one.cause.event_id) for one in told),
    )


def _handed(topic: str, key: bytes, value: bytes) -> Handed:
    own = {"topic": topic, "key": key.decode(), "value": value}
    return msgspec.convert({**msgspec.json.decode(value), **own}, Handed)


class _Envelope(msgspec.Struct):
    subject: str
    source: str
    id: str


def _journalled(customer: str, kind: str, arrived: datetime, body: bytes) -> Journalled:
    said = msgspec.json.decode(body, type=_Envelope)
    return Journalled(customer, said.subject, said.source, said.id, kind, arrived, body)


def _announced(key: bytes, value: bytes | None) -> tuple[str, Announced | None]:
    return key.decode(), None if value is None else msgspec.json.decode(value, type=Announced)


async def _ask(
    http: httpx.AsyncClient, customers: Iterable[str], what: str, kind: type[_T]
) -> dict[str, _T | None]:
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(customer: str) -> tuple[str, _T | None]:
        async with free:
            answer = await http.get(f"/v1/customers/{quote(customer, safe='')}/{what}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return customer, None
        answer.raise_for_status()
        return customer, msgspec.json.decode(answer.content, type=kind)

    return dict(await asyncio.gather(*(one(customer) for customer in sorted(customers))))


class _Page(msgspec.Struct):
    relationships: list[Listed]
    next_page_token: str | None


async def _listed(http: httpx.AsyncClient) -> list[Listed]:
    found: list[Listed] = []
    asked = {"limit": "1000"}
    while True:
        answer = await http.get("/v1/relationships", params=asked)
        answer.raise_for_status()
        page = msgspec.json.decode(answer.content, type=_Page)
        found += page.relationships
        if page.next_page_token is None:
            return found
        asked["page_token"] = page.next_page_token
