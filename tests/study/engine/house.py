"""A house of services that is told what time it is: everything but Kafka, and each step when it is asked for.

What runs is the code of the services: the projector's engine on batches of records, the clock's looks, all
of outreach, the relay of the outbox, the desk and insight over their routes. PostgreSQL is real; its clock is
set (`clocked.sql`). Kafka is a list of records: no broker, no consumer, no announcements, and no gateway.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx

from events import Event, decode
from projections.strategy import Strategy
from services.clock import Clock
from services.clock.rounds import Rounds
from services.desk import Desk
from services.insight import Insight
from services.outreach import Outreach
from services.outreach.knowing import SOURCE
from services.projector import positions
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.records import Record
from services.runtime import database, outbox
from services.runtime.access import OPEN
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS, headers
from services.runtime.producer import Outgoing, Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from services.runtime.web import application

_CLOCKED = Path(__file__).with_name("clocked.sql")

_DUE = "select exists (select from causes where arisen_at <= clock_timestamp())"

MOST = 2000
"""Records of one batch, as the projector has it."""

TOGETHER = timedelta(minutes=30)
"""What happens to different customers within so long may be of one batch."""

ROUND = timedelta(hours=12)
"""From one round through all readings to the next: a brand has one every five minutes."""


async def set_clock(url: str) -> None:
    """Has a database tell the time that it is told, in all sessions from now on."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_CLOCKED.read_text(encoding="utf-8"))
    finally:
        await connection.close()


class Topic:
    """Records in the place of Kafka's topic, from whoever publishes to whoever reads."""

    def __init__(self) -> None:
        self.waiting: list[Outgoing] = []

    async def publish(self, records: Iterable[Outgoing]) -> None:
        """Takes what the relay has, as the producer does; topics for outside readers have none here."""
        self.waiting += [one for one in records if one.topic == INTERACTIONS]


class House:
    """The services, at an instant that only `at` moves."""

    def __init__(self, pool: Pool, url: str, strategy: Strategy, now: datetime) -> None:
        self.now = now
        self.pool = pool
        self.topic = Topic()
        settings = Settings(kafka="nowhere:9092", database=url, access="open")
        producer = cast("Producer", self.topic)
        self.context = Context(settings, strategy, pool, producer, clock=lambda: self.now)
        self._engine = Engine(pool, strategy, INTERACTIONS, clock=self.context.clock)
        self._clock, self._outreach = Clock(self.context), Outreach(self.context)
        self._rounds = Rounds(pool, strategy)
        self._relay = outbox.Relay(pool, url, producer, SOURCE)
        # The same ASGI, in other words: httpx and Litestar type it differently.
        app: Any = application([Desk(self.context), Insight(self.context)], OPEN)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://egard")
        self._round_at = now
        self._next = 0

    async def at(self, now: datetime) -> None:
        """Has it be another instant, for the services and for PostgreSQL."""
        self.now = now
        await self.pool.execute("update clocked.instant set at = $1", now)

    async def import_past(self, events: Iterable[Event]) -> int:
        """Folds what was before now, as a history is imported; returns how many events that were."""
        found = list(events)
        for first in range(0, len(found), MOST):
            await self._fold([_outgoing(one) for one in found[first : first + MOST]])
        await self._decide()
        return len(found)

    async def live_through(self, events: Iterable[Event], until: datetime) -> int:
        """Folds events, each at its time, and decides on what they cause; returns how many they were.

        Batches end before anybody's next event and after `TOGETHER`: live, an event is read before the next
        one of its customer happens, and how a relationship stands depends on the time at which it is read.
        """
        count = 0
        batch: dict[str, Event] = {}
        for event in events:
            if event.subject in batch or (batch and event.time > next(iter(batch.values())).time + TOGETHER):
                await self._take(list(batch.values()))
                batch = {}
            batch[event.subject] = event
            count += 1
        if batch:
            await self._take(list(batch.values()))
        await self.at(until)
        return count

    async def publish(self) -> list[Event]:
        """Has the relay publish what stands in the outbox, and the projector read it; returns what it was."""
        while await self._relay.publish_some():
            pass
        said, self.topic.waiting = self.topic.waiting, []
        for first in range(0, len(said), MOST):
            await self._fold(said[first : first + MOST])
        await self._decide()
        return [decode(one.value or b"", arrived=self.now) for one in said]

    async def pass_time(self) -> None:
        """What clock and outreach do by now: deadlines, rounds, causes, prompts, who is offered what."""
        await self._clock.turn_deadlines(self.now)
        if self.now >= self._round_at:
            await self._go_round()
            self._round_at = self.now + ROUND
        await self._decide()
        await self._outreach.look_at_some()
        await self._outreach.listen_to_some()
        await self._outreach.assign_some()

    async def _take(self, batch: Sequence[Event]) -> None:
        await self.at(max(self.now, batch[-1].time))
        await self._fold([_outgoing(one) for one in batch])
        await self._decide()

    async def _fold(self, records: Sequence[Outgoing]) -> None:
        stamp = int(self.now.timestamp() * 1000)
        first, self._next = self._next, self._next + len(records)
        batch = [
            Record(first + place, one.key, one.value, one.headers, stamp) for place, one in enumerate(records)
        ]
        done = await self._engine.apply(prepare(0, first, batch), 0)
        if done.refused:
            raise AssertionError(f"{done.refused} records were refused.")

    async def _decide(self) -> None:
        # Mostly there are none, and a transaction that takes none costs more than this question.
        while await self.pool.fetchval(_DUE) and await self._outreach.decide_some():
            pass

    async def _go_round(self) -> None:
        await self._clock.raise_waiting(self.now)
        last = ""
        while (step := await self._rounds.step(last, self.now)).last is not None:
            await self._clock.look(last, step.last, self.now)
            last = step.last
        await self._clock.measure_prompts(self.now)


def _outgoing(event: Event) -> Outgoing:
    """An event, as the gateway publishes it."""
    return Outgoing(INTERACTIONS, event.subject.encode(), event.body, headers(None, INTERACTIONS))


@asynccontextmanager
async def house(url: str, strategy: Strategy, now: datetime) -> AsyncIterator[House]:
    """A house on an empty migrated database, whose clock is set."""
    await set_clock(url)
    pool = await database.connect(url, size=4)
    try:
        one = House(pool, url, strategy, now)
        await one.at(now)
        await positions.load(pool, INTERACTIONS, [0])
        async with one.http:
            yield one
    finally:
        pool.terminate()
