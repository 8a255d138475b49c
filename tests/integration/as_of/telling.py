"""What tests of looking back share: events that arrive when a test says so, and insight to ask."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from events import Event
from projections.corrections import standing
from projections.links import canonical, edges, word_of
from projections.strategy import Strategy
from services.clock.rounds import Rounds
from services.insight import Insight
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.positions import load
from services.projector.records import Record
from services.runtime.access import OPEN
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Language, Settings
from services.runtime.web import application

_EMPTY = """
    truncate journal, positions, dead_letters, contacts, promises, complaints, relationships,
        history, deadlines, causes, links
"""


async def emptied(pool: Pool, strategy: Strategy) -> "Journal":
    """A journal of nothing, whatever was told before."""
    await pool.execute(_EMPTY)
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


class Journal:
    """Brings batches to the database as the projector does, without Kafka."""

    def __init__(self, pool: Pool, strategy: Strategy) -> None:
        self._engine = Engine(pool, strategy, INTERACTIONS)
        self._next = 0

    async def tell(self, *events: Event, arrived: datetime | None = None) -> None:
        """Applies a batch that arrives now, or at another instant."""
        stamp = int((arrived or datetime.now(UTC)).timestamp() * 1000)
        records = [
            Record(self._next + place, one.subject.encode(), one.body, [], stamp)
            for place, one in enumerate(events)
        ]
        await self._engine.apply(prepare(0, self._next, records), 0)
        self._next += len(records)


async def go_round(pool: Pool, strategy: Strategy, now: datetime | None = None) -> tuple[int, int]:
    """A whole round of the clock; returns how many readings were renewed, and how many rows were kept."""
    rounds, last = Rounds(pool, strategy), ""
    renewed = kept = 0
    while True:
        step = await rounds.step(last, now or datetime.now(UTC))
        if step.last is None:
            return renewed, kept
        last = step.last
        renewed += step.renewed
        kept += step.kept


def insight(pool: Pool, strategy: Strategy, language: Language = "en") -> httpx.AsyncClient:
    """A client of insight, and of nothing else."""
    settings = Settings(
        kafka="nowhere:9092", database="postgres://nowhere/egard", access="open", language=language
    )
    context = Context(settings, strategy, pool, Producer(settings.kafka, client="test"))
    # The same ASGI, in other words: httpx and Litestar type it differently.
    app: Any = application([Insight(context)], OPEN)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://egard")


async def ask(client: httpx.AsyncClient, customer: str, view: str, **query: Any) -> Any:
    """The JSON of a route of a customer; None where nobody of that name has been heard of."""
    answer = await client.get(f"/v1/customers/{quote(customer, safe='')}/{view}", params=query)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


def members(known: Sequence[Event], customer: str, at: float) -> set[str]:
    """Everybody who is one person with a customer by the events until an instant: the plain way."""
    subjects: dict[str, list[Event]] = {}
    for event in known:
        if event.at <= at:
            subjects.setdefault(event.subject, []).append(event)
    left: Iterable[Event] = (event for some in subjects.values() for event in standing(some))
    words = [word for event in sorted(left, key=lambda event: event.order) if (word := word_of(event))]
    known_as = canonical(edges(words))
    least = known_as.get(customer, customer)
    return {customer, *(name for name, one in known_as.items() if one == least)}
