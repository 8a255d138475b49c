"""Prompts for somebody with several ids: one person is prompted for once, by all that any id was told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from events import ContactRetold, CustomerLinked, PromiseKept, PromiseMade, RecognitionOverlooked
from projections.strategy import Strategy
from services.clock import Clock
from services.clock.rounds import Rounds
from services.desk.prompts import Prompts
from services.outreach import Outreach
from services.runtime.database import Pool
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.awake import awake
from tests.integration.identity.told import NOW, Journal, told
from tests.integration.outreach.night import only
from tests.stack import until


@pytest.fixture(scope="session")
def strategy() -> Strategy:
    """Three triggers, at any hour: what others make of the same events is not of interest here."""
    return only(awake(), "promise_overdue", "retold", "band_fallen")


@pytest_asyncio.fixture
async def context(pool: Pool, database_url: str, strategy: Strategy) -> AsyncIterator[Context]:
    """What services share, without Kafka."""
    settings = Settings(kafka="nowhere:9092", database=database_url, access="open")
    yield Context(settings, strategy, pool, Producer(settings.kafka, client="test"))


async def prompts(context: Context) -> list[Any]:
    """What outreach makes of the causes there are."""
    clock, outreach = Clock(context), Outreach(context)
    await clock.turn_deadlines(datetime.now(UTC))
    await outreach.decide_some()
    await outreach.look_at_some()
    return list(await context.pool.fetch("select * from prompts order by prompted_at, prompt_id"))


def retold(subject: str, hours: float) -> Any:
    """The same reason again."""
    return told(subject, hours, ContactRetold(contact_id=f"{subject}{hours}", reason="the bill"))


async def test_a_reason_told_under_two_ids_is_prompted_for_once(journal: Journal, context: Context) -> None:
    """The third telling counts whichever id it was told to; nobody is prompted for it again after a link."""
    await journal.tell(told("carl", 9, CustomerLinked(alias="bob")), retold("bob", 5), retold("carl", 3))
    [prompt] = [one for one in await prompts(context) if one["trigger"] == "retold"]
    assert (prompt["customer"], prompt["state"], prompt["subjects"]) == ("bob", "open", ["carl", "bob"])
    events = [
        msgspec.json.decode(row["value"])
        for row in await context.pool.fetch("select value from outbox where topic = 'egard.interactions'")
    ]
    assert [one["subject"] for one in events if one["data"].get("reason") == "retold"] == ["bob"]
    # By another id the person is still the same; with an earlier telling, another one is the third.
    await journal.tell(told("anna", 8, CustomerLinked(alias="carl")), retold("anna", 6), retold("carl", 1))
    again = [one["prompt_id"] for one in await prompts(context) if one["episode"].startswith("3:")]
    assert again == [prompt["prompt_id"]]


async def test_a_promise_to_an_alias_is_owed_to_the_person(
    journal: Journal, context: Context, strategy: Strategy
) -> None:
    """What Bob was promised and is overdue is prompted for under Anna; once it is kept, the prompt goes."""
    made = PromiseMade(promise_id="p", what="call", due=NOW - timedelta(hours=1))
    await journal.tell(told("bob", 9, made), told("anna", 2, CustomerLinked(alias="bob")))
    [prompt] = await prompts(context)
    assert (prompt["customer"], prompt["matter_id"], prompt["subjects"]) == ("anna", "p", ["bob"])
    desk = Prompts(context.pool, context.settings, strategy)
    [shown] = await desk.in_states(["open"], 9)
    assert (shown.customer, shown.aliases) == ("anna", ["bob"])
    await journal.tell(told("anna", 1, PromiseKept(promise_id="p")))
    assert [one["state"] for one in await prompts(context)] == ["open"]
    await journal.tell(told("bob", 1, PromiseKept(promise_id="p")))
    assert [one["state"] for one in await prompts(context)] == ["expired"]


async def test_a_fall_under_two_ids_prompts_once(journal: Journal, context: Context) -> None:
    """While a person was prompted for after a fall, none of their ids is prompted for another."""
    cold = [told(name, 3, RecognitionOverlooked(how="cold")) for name in ("anna", "bob") for _ in range(6)]
    await journal.tell(told("bob", 9, CustomerLinked(alias="anna")), *cold)
    found = await prompts(context)
    assert [(one["trigger"], one["customer"]) for one in found] == [("band_fallen", "anna")]


async def test_a_link_by_itself_prompts_nobody(journal: Journal, context: Context) -> None:
    """That two are one person is no fall: what brought the reading down had happened before."""
    await journal.tell(*(told("bob", 24 * 40, RecognitionOverlooked(how="cold")) for _ in range(8)))
    await prompts(context)
    await context.pool.execute("truncate prompts, outbox")
    await journal.tell(told("anna", 2, CustomerLinked(alias="bob")))
    assert await context.pool.fetchval("select count(*) from causes") > 0
    assert await prompts(context) == []


async def test_the_clock_renews_every_id_of_a_person_alike(
    journal: Journal, context: Context, strategy: Strategy
) -> None:
    """Readings that are taken anew stay those of the person."""
    await journal.tell(
        told("bob", 9, RecognitionOverlooked(how="cold")), told("anna", 2, CustomerLinked(alias="bob"))
    )
    later = datetime.now(UTC) + timedelta(days=2)
    assert (await Rounds(context.pool, strategy).step("", later)).renewed == 2
    rows = await context.pool.fetch("select health, taken_at, canonical from relationships order by customer")
    assert rows[0]["taken_at"] == later
    assert rows[0]["health"] == rows[1]["health"]
    assert [row["canonical"] for row in rows] == [None, "anna"]


async def test_two_who_decide_on_one_person_take_turns(journal: Journal, context: Context) -> None:
    """Caps and cooldowns look at what was decided: while somebody decides on a person, outreach waits."""
    await journal.tell(retold("anna", 5), retold("anna", 3))
    async with context.pool.acquire() as other:
        async with other.transaction():
            await other.execute("select pg_advisory_xact_lock(hashtextextended('anna', 0))")
            deciding = asyncio.create_task(Outreach(context).decide_some())
            await until(
                lambda: context.pool.fetchval("select exists (select from pg_locks where not granted)")
            )
            assert not deciding.done()
        assert await asyncio.wait_for(deciding, 20)
    assert await context.pool.fetchval("select count(*) from prompts where trigger = 'retold'") == 1
