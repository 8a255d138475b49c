"""Crash points of outreach: wherever it dies, another one does the work, and all is there once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from events import (
    ContactRetold,
    OutreachMade,
    OutreachReacted,
    PromiseKept,
    PromiseMade,
    TeamShiftEnded,
    TeamShiftStarted,
)
from projections.strategy import Strategy
from services.outreach import Outreach
from services.runtime.database import Pool
from tests.awake import awake
from tests.integration.identity.told import NOW, Journal, told
from tests.integration.outreach.night import House, asleep, only
from tests.integration.test_crashes import DIED, Fragile

MORNING = NOW + timedelta(hours=3)


class Frail(Fragile):
    """One that also looks without a transaction; a look by itself writes nothing."""

    async def fetch(self, *words: Any) -> Any:
        """Rows."""
        return await self._pool.fetch(*words)


class Deed(NamedTuple):
    """Something that outreach does in a transaction."""

    prepare: Callable[[House, House, Journal], Awaitable[None]]
    """Brings a house of the day, another of the night, and their journal so far that it is to be done."""
    do: Callable[[Outreach], Awaitable[int]]
    statements: int
    state: str
    """The state of the one prompt, after it."""
    says: tuple[str, ...]
    """What has been published of it, in order, once it is done."""


async def _promise(_: House, __: House, journal: Journal) -> None:
    made = PromiseMade(promise_id="p", what="call", due=NOW - timedelta(hours=1))
    await journal.tell(told("ann", 9, made, "p"))


async def _prompt(day: House, night: House, journal: Journal) -> None:
    await _promise(day, night, journal)
    await day.decide()


async def _held(day: House, night: House, journal: Journal) -> None:
    await _promise(day, night, journal)
    await night.decide()


async def _kept(day: House, night: House, journal: Journal) -> None:
    await _prompt(day, night, journal)
    await journal.tell(told("ann", 0, PromiseKept(promise_id="p")))


async def _another(day: House, night: House, journal: Journal) -> None:
    await _prompt(day, night, journal)
    made = PromiseMade(promise_id="q", what="write", due=NOW - timedelta(hours=1))
    await journal.tell(told("ann", 9, made, "q"))
    await day.clock.turn_deadlines(datetime.now(UTC))


async def _snoozed(day: House, night: House, journal: Journal) -> None:
    await _prompt(day, night, journal)
    await day.pool.execute("update prompts set state = 'snoozed', snoozed_until = $1", NOW)


async def _claimed(day: House, night: House, journal: Journal) -> None:
    await _prompt(day, night, journal)
    await day.pool.execute("update prompts set state = 'claimed', agent_id = 'lea', lease_until = $1", NOW)


async def _gone(day: House, night: House, journal: Journal) -> None:
    await _claimed(day, night, journal)
    await day.pool.execute("update prompts set lease_until = $1", NOW + timedelta(minutes=20))
    await journal.tell(
        told("agent:lea", 3, TeamShiftStarted()),
        told("agent:lea", 0.1, TeamShiftEnded()),
        told("agent:ada", 3, TeamShiftStarted()),
    )


async def _left(day: House, night: House, journal: Journal) -> None:
    await _prompt(day, night, journal)
    await day.pool.execute("update prompts set by = 'machine', delivered_at = $1", NOW - timedelta(hours=2))


async def _unanswered(day: House, night: House, journal: Journal) -> None:
    await _prompt(day, night, journal)
    at = NOW - timedelta(days=8)
    prompt_id = await day.pool.fetchval(
        "update prompts set state = 'done', closed_at = $1 returning prompt_id", at
    )
    await journal.tell(told("ann", 8 * 24, OutreachMade(prompt_id=prompt_id)))


async def _reacted(day: House, night: House, journal: Journal) -> None:
    await _unanswered(day, night, journal)
    prompt_id = await day.pool.fetchval("select prompt_id from prompts")
    await journal.tell(told("ann", 1, OutreachReacted(prompt_id=prompt_id, reaction="welcome")))


async def _stale(day: House, night: House, journal: Journal) -> None:
    await journal.tell(
        *(told("ann", hours, ContactRetold(contact_id=f"c{hours}", reason="bill")) for hours in (50, 49))
    )
    await day.pool.execute("delete from causes where episode !~ '^3' or at = (select min(at) from causes)")
    await day.clock.turn_deadlines(datetime.now(UTC))


async def _turned(day: House, night: House, journal: Journal) -> None:
    await _promise(day, night, journal)
    await day.clock.turn_deadlines(datetime.now(UTC))


def _decide(outreach: Outreach) -> Awaitable[int]:
    return outreach.decide_some()


def _look(outreach: Outreach) -> Awaitable[int]:
    return outreach.look_at_some(MORNING)


def _assign(outreach: Outreach) -> Awaitable[int]:
    return outreach.assign_some(NOW)


def _listen(outreach: Outreach) -> Awaitable[int]:
    return outreach.listen_to_some()


DEEDS = {
    "prompting": Deed(_turned, _decide, 6, "open", ("prompted",)),
    "withholding": Deed(_stale, _decide, 6, "withheld", ("withheld",)),
    "telling of more": Deed(_another, _decide, 5, "open", ("prompted",)),
    "giving in the morning": Deed(_held, _look, 8, "open", ("prompted",)),
    "waking": Deed(_snoozed, _look, 7, "open", ("prompted",)),
    "ending": Deed(_kept, _look, 8, "expired", ("prompted", "expired")),
    "returning": Deed(_claimed, _look, 8, "open", ("prompted", "released")),
    "taking from who has gone": Deed(_gone, _assign, 15, "open", ("prompted", "released")),
    "taking from a machine": Deed(_left, _assign, 10, "held", ("prompted", "released")),
    "hearing nothing": Deed(_unanswered, _listen, 6, "done", ("prompted", "reacted")),
    "hearing something": Deed(_reacted, _decide, 5, "done", ("prompted",)),
}
CRASHES = [(name, statement) for name, deed in DEEDS.items() for statement in range(1, deed.statements + 1)]


@pytest.fixture(scope="session")
def strategy() -> Strategy:
    """One of two triggers: each test shows what it is about."""
    return only(awake(), "promise_overdue", "retold")


async def _all(house: House) -> tuple[list[str], list[str], list[dict[str, Any]]]:
    """All there is of prompts: their states, what was said, and the rows without what the moment gives."""
    rows = await house.pool.fetch(
        "select to_jsonb(prompts) - array['changed_at', 'prompted_at', 'closed_at', 'delivered_at', "
        "'expires_at'] as row from prompts order by prompt_id"
    )
    return (
        [one["state"] for one in await house.prompts()],
        [name for name, _ in await house.said()],
        [msgspec.json.decode(row["row"]) for row in rows],
    )


@pytest.mark.parametrize(("name", "statement"), CRASHES)
async def test_a_crash_after_any_statement_costs_and_doubles_nothing(
    pool: Pool, database_url: str, strategy: Strategy, journal: Journal, name: str, statement: int
) -> None:
    """Nothing of the deed is seen; done again, it is done once, and by whoever comes after it has been."""
    deed = DEEDS[name]
    day, night = House(pool, database_url, strategy), House(pool, database_url, asleep(strategy))
    await deed.prepare(day, night, journal)
    before = await _all(day)
    dying = Frail(pool, dies_after=statement)
    with pytest.raises(DIED):
        await deed.do(House(dying, database_url, strategy).outreach)
    assert await _all(day) == before
    counted = Frail(pool)
    await deed.do(House(counted, database_url, strategy).outreach)
    assert counted.statements == deed.statements
    after = await _all(day)
    assert after[:2] == ([deed.state], list(deed.says))
    await deed.do(day.outreach)
    assert await _all(day) == after


@pytest.mark.parametrize("name", DEEDS)
async def test_of_several_who_do_it_at_once_it_is_done_once(
    pool: Pool, database_url: str, strategy: Strategy, journal: Journal, name: str
) -> None:
    """Three processes see that it is to be done."""
    deed = DEEDS[name]
    day, night = House(pool, database_url, strategy), House(pool, database_url, asleep(strategy))
    await deed.prepare(day, night, journal)
    await asyncio.gather(*(deed.do(House(pool, database_url, strategy).outreach) for _ in range(3)))
    await deed.do(day.outreach)
    assert (await _all(day))[:2] == ([deed.state], list(deed.says))
