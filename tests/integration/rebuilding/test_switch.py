"""What a rebuild changes, what it leaves alone, and what came while it was at work."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from events import (
    ContactMissed,
    ContactRetold,
    ContactReturned,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    EventRetracted,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecordContested,
)
from projections.strategy import Strategy
from services.cli.rebuilding.folder import Folder, Task, Tell
from services.cli.rebuilding.run import Rebuild
from services.cli.verify import verify
from services.clock import Clock
from services.runtime.database import Pool
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.integration.identity.told import NOW, Journal, told
from tests.integration.rebuilding.anew import WAITING, assert_same, folding, kept, leading, rebuild
from tests.stack import until

TOMORROW = NOW + timedelta(days=1)


def broken(customer: str) -> list[Event]:
    """A promise that was broken."""
    return [
        told(customer, 30, PromiseMade(promise_id="p", what="call", due=NOW - timedelta(hours=20))),
        told(customer, 10, PromiseBroken(promise_id="p")),
    ]


def remembered(customer: str) -> list[Event]:
    """Something that no strategy here reads otherwise."""
    return [told(customer, 9, RecognitionRemembered(what="her dog"))]


async def assert_verified(url: str, strategy: Strategy) -> None:
    """What is stored is what the journal amounts to by a strategy."""
    with (
        patch("services.cli.verify.read_strategy", return_value=strategy),
        patch.dict(os.environ, EGARD_DATABASE=url),
    ):
        assert await verify() == 0


async def test_whose_reading_is_another_gets_a_higher_revision_and_nobody_else(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, sterner: Strategy
) -> None:
    """Under another strategy, only those whom it reads otherwise are to be announced once more."""
    await journal.tell(*broken("anna"), *remembered("bob"))
    before = (await kept(pool))["relationships"]
    done = await rebuild(database_url, sterner)
    after = await kept(pool)
    assert done.changed == 1
    assert after["unannounced"] == [("anna",)]
    anna, bob = after["relationships"]["anna"], after["relationships"]["bob"]
    assert anna["revision"] == before["anna"]["revision"] + 1
    assert anna["health"] < before["anna"]["health"] - 1
    assert {name for name in bob if bob[name] != before["bob"][name]} == {"strategy"}
    await assert_verified(database_url, sterner)


async def test_a_rebuild_prompts_nobody(
    pool: Pool, database_url: str, journal: Journal, sterner: Strategy
) -> None:
    """Bands that fall because of the strategy, retellings and promises that passed are no causes again."""
    await journal.tell(
        *broken("anna"),
        *(told("anna", hours, ContactRetold(contact_id="c", reason="the bill")) for hours in (3, 2, 1)),
    )
    await pool.execute("delete from causes")
    await rebuild(database_url, sterner)
    assert await pool.fetch("select * from causes") == []
    assert await pool.fetch("select * from deadlines") == []


async def test_deadlines_stay_as_they_are_but_for_what_is_owed_otherwise(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """One that the clock has turned is not set again, one that waits for it stays, a lost one is set."""
    passed = NOW - timedelta(hours=1)
    for customer, due in (("turned", passed), ("waiting", passed), ("lost", TOMORROW), ("traced", TOMORROW)):
        await journal.tell(told(customer, 30, PromiseMade(promise_id="p", what="call", due=due)))
    await journal.tell(
        told("kept", 30, PromiseMade(promise_id="p", what="call", due=TOMORROW)),
        told("moved", 30, PromiseMade(promise_id="p", what="call", due=TOMORROW)),
    )
    await pool.execute("update deadlines set traceparent = 'trace' where customer = 'traced'")
    before = await kept(pool)
    await pool.execute("delete from deadlines where customer in ('turned', 'lost')")
    await pool.execute("update deadlines set due = due + interval '1 day' where customer = 'moved'")
    await pool.execute(
        "insert into deadlines (customer, trigger, matter_id, due, source, event_id) "
        "values ('kept', 'promise_overdue', 'q', now(), '/test', '1')"
    )
    await rebuild(database_url, strategy)
    after = await kept(pool)
    assert after["deadlines"] == [row for row in before["deadlines"] if row[0] != "turned"]


async def test_an_id_that_is_only_named_in_a_link_is_kept_while_it_is_linked(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Who has no events of their own has a row under a link, and none without one."""
    await journal.tell(
        *remembered("anna"),
        told("anna", 5, CustomerLinked(alias="named")),
        told("bob", 5, CustomerLinked(alias="once")),
        told("bob", 4, CustomerUnlinked(alias="once")),
    )
    before = await kept(pool)
    assert "named" in before["relationships"]
    assert "once" not in before["relationships"]
    await rebuild(database_url, strategy)
    assert_same(before, await kept(pool))


async def test_who_is_kept_without_events_is_taken_back(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """A row that no event speaks of goes, and is announced to be gone."""
    await journal.tell(*remembered("anna"), *remembered("nobody"))
    await pool.execute("delete from journal where customer = 'nobody'")
    await rebuild(database_url, strategy)
    after = await kept(pool)
    assert list(after["relationships"]) == ["anna"]
    assert after["unannounced"] == [("nobody",)]


def first() -> list[Event]:
    """What there is before a rebuild: of those who are linked, corrected, have open matters, or just are."""
    return [
        *broken("anna"),
        *remembered("bob"),
        told("carl", 20, ContactMissed(contact_id="c", cause="rang_out")),
        told("dora", 20, RecognitionOverlooked(how="cold"), "cold"),
        told("dora", 19, CustomerLinked(alias="emil")),
        told("emil", 18, PromiseMade(promise_id="e", what="call", due=TOMORROW)),
        told("fred", 18, RecognitionOverlooked(how="cold"), "mistaken"),
        told("gina", 18, CustomerLinked(alias="hans"), "wrong"),
        *remembered("hans"),
    ]


def later() -> list[Event]:
    """What comes meanwhile: of every kind that changes who is who, or what counts."""
    return [
        told("carl", 2, ContactReturned(contact_id="c", reached=True)),
        told("dora", 2, RecordContested(about="cold")),
        told("emil", 2, PromiseKept(promise_id="e")),
        told("fred", 2, EventRetracted(source="/test", id="mistaken")),
        told("gina", 2, EventRetracted(source="/test", id="wrong")),
        told("bob", 2, CustomerLinked(alias="anna")),
        told("dora", 1, CustomerUnlinked(alias="emil")),
        *remembered("ida"),
    ]


@pytest.mark.parametrize("moment", range(4))
async def test_what_comes_while_a_rebuild_is_at_work_is_not_lost(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, moment: int
) -> None:
    """Whenever it comes, the new rows are those that the projector wrote of it."""
    await journal.tell(*first())
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await _fold_through(work, folder, journal, moment)
            before = await kept(pool)
            await work.switch(folder)
    assert_same(before, await kept(pool))
    await assert_verified(database_url, strategy)


async def _fold_through(work: Rebuild, folder: Folder, journal: Journal, moment: int) -> None:
    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: work.fold(folder, lambda _: None),
        work.index,
        lambda: work.catch_up(folder),
        lambda: asyncio.sleep(0),
    ]
    for now, step in enumerate(steps):
        if now == moment:
            await journal.tell(*later())
        await step()


async def test_what_comes_after_the_switch_is_folded_on(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Sessions that were at work before it go on in the new tables, with the statements that they have."""
    await journal.tell(*first())
    for _ in range(2):
        await rebuild(database_url, strategy)
        await journal.tell(*remembered("anna"), *remembered("new"))
    await journal.tell(*later())
    await assert_verified(database_url, strategy)


async def test_the_clock_turns_what_passes_before_and_after_a_switch(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Deadlines are turned once, whatever is switched meanwhile."""
    await journal.tell(
        told("anna", 30, PromiseMade(promise_id="p", what="call", due=NOW - timedelta(hours=1)))
    )
    settings = Settings(kafka="nowhere:9092", database=database_url)
    clock = Clock(Context(settings, strategy, pool, Producer(settings.kafka, client="test")))
    assert await clock.turn_deadlines(datetime.now(UTC)) == 2
    await rebuild(database_url, strategy)
    assert await clock.turn_deadlines(datetime.now(UTC)) == 0
    causes = await pool.fetch("select trigger from causes order by trigger")
    assert [row["trigger"] for row in causes] == ["promise_due", "promise_overdue"]


async def test_who_reads_for_long_puts_the_switch_off_and_nobody_waits_for_both(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again until it comes through; what comes meanwhile is journalled, and not lost."""
    monkeypatch.setattr("services.cli.rebuilding.run._PAUSE", 0.1)
    await journal.tell(*first())
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
            await work.index()
            async with pool.acquire() as reader, reader.transaction():
                await reader.fetch("select from contacts")
                switching = asyncio.create_task(work.switch(folder))
                await until(lambda: pool.fetch(WAITING, "relation"))
                await until(lambda: pool.fetchval(f"select not exists ({WAITING})", "relation"))
                await journal.tell(*later())
                assert not switching.done()
            before = await kept(pool)
            await switching
    assert_same(before, await kept(pool))
    await assert_verified(database_url, strategy)


class Slow:
    """Folds only after a while, the first time."""

    def __init__(self, folder: Folder, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds

    async def run(self, tasks: Iterable[Task], tell: Tell) -> None:
        """Waits, and does tasks."""
        await asyncio.sleep(self._seconds)
        self._seconds = 0
        await self._folder.run(tasks, tell)


async def test_a_switch_that_takes_too_long_lets_others_write_and_is_tried_again(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for longer than was said, whatever becomes of it."""
    monkeypatch.setattr("services.cli.rebuilding.run._PAUSE", 0.1)
    monkeypatch.setattr("services.cli.rebuilding.run._LONGEST", 0.5)
    await journal.tell(*first())
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
            await work.index()
            await work.catch_up(folder)
            switching = asyncio.create_task(work.switch(Slow(folder, 1.5)))
            await until(lambda: pool.fetch(_HELD, _ALONE))
            await journal.tell(*later())
            assert not switching.done()
            before = await kept(pool)
            await switching
    assert_same(before, await kept(pool))


_HELD = (
    "select from pg_locks where granted and locktype = 'advisory' and mode = 'ExclusiveLock' and objid = $1"
)

_ALONE = 1920167790
"""What `hold_alone` locks, as `pg_locks` shows the lower half of it."""
