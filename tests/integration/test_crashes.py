"""Crash points: wherever a process dies, doing the work again gives what it would have given without.

A crash is a session that is cut: after a statement, after a commit, after Kafka's acknowledgement.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from unittest.mock import patch

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from events import (
    ComplaintRaised,
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactRetold,
    CustomerLinked,
    Data,
    Event,
    EventRetracted,
    OutreachMade,
    PromiseKept,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
    make,
)
from projections.strategy import Strategy
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.outreach import Outreach
from services.projector import Projector, positions, sql
from services.projector.batch import Batch, prepare
from services.projector.engine import Applied, Displaced, Engine
from services.projector.records import Record
from services.runtime import database as databases
from services.runtime import outbox
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from services.runtime.producer import Outgoing, Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.conftest import fresh_database
from tests.stack import Stack, running, until

SOURCE = "/crm"


class Crash(BaseException):
    """The process dies here."""


class Fragile:
    """A pool of a process that dies after so many statements: its session is cut, and the rest not done."""

    def __init__(self, pool: Pool, *, dies_after: int | None = None) -> None:
        self._pool = pool
        self._dies_after = dies_after
        self.statements = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["_Session"]:
        """A session."""
        async with self._pool.acquire() as connection:
            yield _Session(connection, self)

    def done(self, connection: Any) -> None:
        """Counts a statement, and dies if it was the one."""
        self.statements += 1
        if self.statements == self._dies_after:
            connection.terminate()
            raise Crash


class _Session:
    def __init__(self, connection: Any, pool: Fragile) -> None:
        self._connection = connection
        self._pool = pool

    def transaction(self) -> Any:
        return self._connection.transaction()

    def terminate(self) -> None:
        self._connection.terminate()

    async def execute(self, *words: Any) -> Any:
        if words in (("commit",), ("rollback",)):
            return await self._connection.execute(*words)  # who dies after either has nothing left to do
        return await self._do(self._connection.execute(*words))

    async def fetch(self, *words: Any) -> Any:
        return await self._do(self._connection.fetch(*words))

    async def fetchrow(self, *words: Any) -> Any:
        return await self._do(self._connection.fetchrow(*words))

    async def fetchval(self, *words: Any) -> Any:
        return await self._do(self._connection.fetchval(*words))

    async def executemany(self, *words: Any) -> Any:
        return await self._do(self._connection.executemany(*words))

    async def copy_records_to_table(self, *words: Any, **more: Any) -> Any:
        return await self._do(self._connection.copy_records_to_table(*words, **more))

    async def _do(self, statement: Any) -> Any:
        result = await statement
        self._pool.done(self._connection)
        return result


DIED = (Crash, asyncpg.InterfaceError)
"""What a death looks like from outside: the crash, or the transaction that finds its session cut."""


# ------------------------------------------------------------------------------------ the projector


class Story(NamedTuple):
    """What was applied before, and a batch that uses every statement of the engine."""

    before: Batch
    batch: Batch


def story(now: datetime) -> Story:
    """Two customers; the newest events lie a little ahead, so that readings do not depend on the moment."""
    told: dict[str, int] = {}

    def tell(customer: str, data: Data, minutes: float, name: str = "") -> Event:
        told[customer] = told.get(customer, 0) + 1
        at = now + timedelta(minutes=minutes)
        return make(data, subject=customer, source=SOURCE, id=name or f"{customer}-{told[customer]}", time=at)

    due = now + timedelta(hours=1)
    first = [
        tell("ann", PromiseMade(promise_id="old", what="call", due=due), -60),
        tell("ann", ContactAttempted(contact_id="c", channel="phone"), -50),
        tell("ann", ContactRetold(contact_id="c", reason="the bill"), -49),
        tell("ann", RecognitionOverlooked(how="cold"), -48, "mistake"),
        tell("ben", RecognitionRemembered(what="his dog"), -47),
        tell("ann", RecognitionRemembered(what="her name"), 4),
        tell("ben", RecognitionRemembered(what="his name"), 4),
    ]
    then = [
        tell("ann", PromiseKept(promise_id="old"), -10),
        tell("ann", PromiseMade(promise_id="new", what="write", due=due), -9),
        tell("ann", ContactAnswered(contact_id="c", by="human", waited_s=20), -8),
        tell("ann", ComplaintRaised(complaint_id="k"), -7),
        tell("ann", ContactRetold(contact_id="c", reason="the bill"), -6),
        tell("ann", EventRetracted(source=SOURCE, id="mistake"), -5),
        tell("ben", ContactMissed(contact_id="d", cause="rang_out"), -4),
        tell("ben", PromiseMade(promise_id="his", what="come", due=due), -3),
        tell("ben", CustomerLinked(alias="cem"), -3),
        *(tell("ben", RecognitionOverlooked(how="cold"), -2) for _ in range(6)),
        tell("ann", RecognitionRemembered(what="her cat"), 5),
        tell("ben", RecognitionOverlooked(how="misnamed"), 5),
    ]
    other = make(PromiseKept(promise_id="x"), subject="ben", source=SOURCE, id=first[4].id, time=now)
    mended = tell("ben", RecognitionRemembered(what="his boat"), -1)
    broken = mended.body.replace(b'"what"', b'"that"')
    bodies = [*(event.body for event in then), first[0].body, other.body, b"hello", mended.body]
    return Story(
        _batch(now, 0, [*(event.body for event in first), broken]),
        _batch(now, len(first) + 1, bodies),
    )


def _batch(now: datetime, offset: int, bodies: Iterable[bytes]) -> Batch:
    arrived = int(now.timestamp() * 1000)
    records = [Record(offset + place, b"k", body, (), arrived) for place, body in enumerate(bodies)]
    return prepare(0, offset, records)


STATEMENTS = {sql.FEW: 36, 0: 38}
"""How many statements the batch is, row by row and through staging tables; each is a place to die after."""

CRASHES = [(few, statement) for few, count in STATEMENTS.items() for statement in range(1, count + 1)]

_TABLES = (
    "journal",
    "contacts",
    "promises",
    "complaints",
    "relationships",
    "links",
    "deadlines",
    "causes",
    "dead_letters",
    "positions",
)
_MOMENTS = ["moved_at", "changed_at", "refused_at", "arisen_at", "id", "token"]
"""What depends on the moment or on chance, and the numbers that a rollback skips."""


async def everything(pool: Pool) -> dict[str, list[str]]:
    """All that the projector writes, as another session sees it."""
    found = {}
    for table in _TABLES:
        rows = await pool.fetch(
            f"select (to_jsonb(one) - $1::text[])::text as row from {table} as one order by 1",  # noqa: S608
            _MOMENTS,
        )
        found[table] = [row["row"] for row in rows]
    return found


class Uncrashed(NamedTuple):
    """What it all comes to where nothing goes wrong."""

    story: Story
    before: dict[str, list[str]]
    after: dict[str, list[str]]
    applied: Applied
    statements: int


@pytest_asyncio.fixture(scope="module", params=STATEMENTS)
async def uncrashed(
    request: pytest.FixtureRequest, database_server: EmbeddedDatabase, strategy: Strategy
) -> AsyncIterator[Uncrashed]:
    """The story, told without a crash; while this is there, only so many rows are few."""
    tale = story(datetime.now(UTC))
    with patch.object(sql, "FEW", request.param):
        async for told in _uncrashed(tale, database_server, strategy):
            yield told


async def _uncrashed(
    tale: Story, database_server: EmbeddedDatabase, strategy: Strategy
) -> AsyncIterator[Uncrashed]:
    async for url in fresh_database(database_server):
        pool = await databases.connect(url, size=2)
        await begin(pool, strategy, tale)
        before = await everything(pool)
        counted = Fragile(pool)
        applied = await engine(counted, strategy).apply(tale.batch, 0)
        yield Uncrashed(tale, before, await everything(pool), applied, counted.statements)
        await pool.close()


def engine(pool: Any, strategy: Strategy) -> Engine:
    """An engine of a process that has this pool."""
    return Engine(pool, strategy, INTERACTIONS)


async def begin(pool: Pool, strategy: Strategy, tale: Story) -> None:
    """Applies what came before."""
    await positions.load(pool, INTERACTIONS, [0])
    await engine(pool, strategy).apply(tale.before, 0)


async def test_the_batch_meets_every_table_and_every_statement(uncrashed: Uncrashed) -> None:
    """The story leaves a row wherever the projector can write, so that each crash point counts."""
    assert all(uncrashed.after.values())
    assert uncrashed.statements == STATEMENTS[sql.FEW]
    assert uncrashed.applied.refused == 2
    assert uncrashed.applied.repeated == 1
    causes = {json.loads(row)["trigger"] for row in uncrashed.after["causes"]}
    assert causes == {"retold", "band_fallen", "complaint_raised", "first_contact"}
    deadlines = {json.loads(row)["matter_id"] for row in uncrashed.after["deadlines"]}
    assert deadlines == {"new", "his", "d"}


@pytest.mark.parametrize(("uncrashed", "statement"), CRASHES, indirect=["uncrashed"], scope="module")
async def test_a_crash_after_any_statement_leaves_nothing_and_costs_nothing(
    pool: Pool, strategy: Strategy, uncrashed: Uncrashed, statement: int
) -> None:
    """Killed after a statement: nothing of the batch is seen; applied again, all is as without the crash."""
    tale = uncrashed.story
    await begin(pool, strategy, tale)
    dying = Fragile(pool, dies_after=statement)
    with pytest.raises(DIED):
        await engine(dying, strategy).apply(tale.batch, 0)
    assert dying.statements == statement
    assert await everything(pool) == uncrashed.before
    assert await engine(pool, strategy).apply(tale.batch, 0) == uncrashed.applied
    assert await everything(pool) == uncrashed.after


async def test_a_crash_after_the_commit_writes_nothing_twice(
    pool: Pool, strategy: Strategy, uncrashed: Uncrashed
) -> None:
    """The commit's answer was lost: whoever applies the batch again is displaced, and writes nothing."""
    tale = uncrashed.story
    await begin(pool, strategy, tale)
    await engine(pool, strategy).apply(tale.batch, 0)
    with pytest.raises(Displaced):
        await engine(pool, strategy).apply(tale.batch, 0)
    assert await everything(pool) == uncrashed.after


async def test_of_two_who_apply_a_batch_at_once_one_does(
    pool: Pool, strategy: Strategy, uncrashed: Uncrashed
) -> None:
    """A zombie and its successor apply the same batch together: one is displaced, and all is there once."""
    tale = uncrashed.story
    await begin(pool, strategy, tale)
    outcomes = await asyncio.gather(
        *(engine(pool, strategy).apply(tale.batch, 0) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Applied", "Displaced", "Displaced"]
    assert await everything(pool) == uncrashed.after


# ------------------------------------------------------------------------------------ announcements


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """A broker with our topics."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        yield broker


@asynccontextmanager
async def projecting(broker: EmbeddedBroker, database: str) -> AsyncIterator[Stack]:
    """A projector in this process."""
    async with running(broker.address, database, services=(Projector,), embedded=True) as stack:
        yield stack


async def everything_on(broker: EmbeddedBroker, topic: str, count: int) -> list[Any]:
    """The first so many records of a topic, and whatever else comes with them."""
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=broker.address, auto_offset_reset="earliest"
    ) as consumer:
        found: list[Any] = []
        async with asyncio.timeout(15):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
        for records in (await consumer.getmany(timeout_ms=300)).values():
            found += records
    return found


async def test_what_a_crash_left_unannounced_is_announced_on_restart(
    broker: EmbeddedBroker, database_url: str, pool: Pool, strategy: Strategy
) -> None:
    """A projector died between commit and announcement: the next one announces what the first wrote."""
    now = datetime.now(UTC)
    async with AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
        for number, customer in enumerate(("ann", "ben", "ann")):
            event = make(
                RecognitionRemembered(what="x"), subject=customer, source=SOURCE, id=str(number), time=now
            )
            sent = await producer.send_and_wait(INTERACTIONS, event.body, partition=0)
            await positions.load(pool, INTERACTIONS, [0])
            await engine(pool, strategy).apply(_batch(now, sent.offset, [event.body]), 0)
    assert await _announced(pool) == (0, 3)
    async with projecting(broker, database_url):
        said = await everything_on(broker, RELATIONSHIPS, 2)
    assert {one.key: json.loads(one.value)["revision"] for one in said} == {b"ann": 2, b"ben": 1}
    assert len(said) == 2
    assert await _announced(pool) == (3, 3)


async def _announced(pool: Pool) -> tuple[int, int]:
    row = await pool.fetchrow("select announced_offset, next_offset from positions where kafka_partition = 0")
    return tuple(row)


# --------------------------------------------------------------------------------------- the outbox


class Dying(Producer):
    """The producer of a process that dies once Kafka has acknowledged."""

    async def publish(self, records: Iterable[Outgoing]) -> list[tuple[int, int]]:
        """Publishes, and dies."""
        await super().publish(records)
        raise Crash


async def test_a_relay_that_dies_after_publishing_doubles_nothing(
    broker: EmbeddedBroker, database_url: str, pool: Pool
) -> None:
    """An event of the outbox is on Kafka twice after a crash, and in the journal once."""
    async with pool.acquire() as connection, connection.transaction():
        await outbox.put_event(
            connection,
            OutreachMade(prompt_id="p", agent_id="ana"),
            subject="ann",
            source="/egard/desk",
            id="p:1",
            time=datetime.now(UTC),
            traceparent=None,
        )
    dying, living = (kind(broker.address, client="test") for kind in (Dying, Producer))
    await dying.start()
    await living.start()
    try:
        with pytest.raises(Crash):
            await outbox.Relay(pool, database_url, dying, SOURCE).publish_some()
        assert await pool.fetchval("select count(*) from outbox") == 1
        assert await outbox.Relay(pool, database_url, living, SOURCE).publish_some() == 1
        assert await outbox.Relay(pool, database_url, living, SOURCE).publish_some() == 0
    finally:
        await dying.stop()
        await living.stop()
    records = await everything_on(broker, INTERACTIONS, 2)
    assert len(records) == 2
    assert records[0].value == records[1].value
    async with projecting(broker, database_url) as stack:
        await until(lambda: _read(stack, 2))
        assert await stack.journal() == ["p:1"]
        assert not await stack.fetch("select 1 from dead_letters")


async def _read(stack: Stack, count: int) -> bool:
    [row] = await stack.fetch("select sum(next_offset) as passed from positions")
    return bool(row["passed"] == count)


# ------------------------------------------------------------------------------------------ outreach

DECISION = 7
"""How many statements a decision is that leads to a prompt."""


def outreach(pool: Any, strategy: Strategy, database: str) -> Outreach:
    """An outreach of a process that has this pool; it publishes nothing by itself."""
    settings = Settings(kafka="nowhere:1", database=database)
    return Outreach(Context(settings, strategy, pool, Producer(settings.kafka, client="test")))


async def tell_thrice(pool: Pool, strategy: Strategy) -> list[Any]:
    """A customer who had to tell a reason three times; returns the causes of the third telling."""
    now = datetime.now(UTC)
    events = [
        make(
            ContactRetold(contact_id=str(number), reason="the bill"),
            subject="ann",
            source=SOURCE,
            id=str(number),
            time=now - timedelta(minutes=9 - number),
        )
        for number in range(2)
    ]
    await positions.load(pool, INTERACTIONS, [0])
    await engine(pool, strategy).apply(_batch(now, 0, [event.body for event in events]), 0)
    await pool.execute("delete from causes where trigger <> 'retold' or episode not like '3:%'")
    return list(await pool.fetch("select * from causes order by at"))


async def decided(pool: Pool) -> tuple[list[str], list[str]]:
    """The states of prompts, and the topics of what is to be published."""
    prompts = await pool.fetch("select state from prompts")
    outgoing = await pool.fetch("select topic from outbox order by topic")
    return [row["state"] for row in prompts], [row["topic"] for row in outgoing]


ONCE = (["open"], [INTERACTIONS, PROMPTS])


async def test_a_cause_decided_twice_gives_one_prompt_and_one_event(
    pool: Pool, strategy: Strategy, database_url: str
) -> None:
    """The same causes come again after their decision: they are settled again, and nothing is added."""
    causes = await tell_thrice(pool, strategy)
    assert len(causes) == 2
    deciding = outreach(pool, strategy, database_url)
    assert await deciding.decide_some() == 2
    assert await decided(pool) == ONCE
    await _put_back(pool, causes)
    assert await deciding.decide_some() == 2
    assert await decided(pool) == ONCE
    assert not await pool.fetchval("select count(*) from causes")


async def test_two_outreaches_decide_once(pool: Pool, strategy: Strategy, database_url: str) -> None:
    """Two processes that take causes at once share them, and prompt once."""
    await tell_thrice(pool, strategy)
    some = [outreach(pool, strategy, database_url) for _ in range(3)]
    took = await asyncio.gather(*(one.decide_some(1) for one in some))
    assert sorted(took) in ([0, 1, 1], [1, 1, 1])
    assert await decided(pool) == ONCE


@pytest.mark.parametrize("statement", range(1, DECISION + 1))
async def test_a_crash_after_any_statement_of_a_decision_prompts_once(
    pool: Pool, strategy: Strategy, database_url: str, statement: int
) -> None:
    """Killed in the middle of deciding: nobody is prompted and nothing published; then it is, once."""
    causes = await tell_thrice(pool, strategy)
    await pool.execute("delete from causes where event_id = $1", causes[0]["event_id"])
    dying = Fragile(pool, dies_after=statement)
    with pytest.raises(DIED):
        await outreach(dying, strategy, database_url).decide_some()
    assert dying.statements == statement
    assert await decided(pool) == ([], [])
    counted = Fragile(pool)
    assert await outreach(counted, strategy, database_url).decide_some() == 1
    assert counted.statements == DECISION
    assert await decided(pool) == ONCE


async def _put_back(pool: Pool, causes: Sequence[Any]) -> None:
    for cause in causes:
        columns = ", ".join(cause.keys())
        places = ", ".join(f"${number}" for number in range(1, len(cause) + 1))
        await pool.execute(f"insert into causes ({columns}) values ({places})", *cause.values())  # noqa: S608
