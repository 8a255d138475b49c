"""Who is erased while a rebuild is half done is not brought back by it, and is not left in its tables."""

import asyncio

import asyncpg
import pytest

from events import (
    ContactMissed,
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
)
from projections.strategy import Strategy
from services.projector.erasure import QUERIES
from services.projector.renewed import QUERIES as RENEWED
from services.runtime.database import Pool
from tests.integration.identity.told import NOW, Journal, assert_verified, told
from tests.integration.rebuilding.anew import WAITING, assert_same, folding, kept, leading, rebuild
from tests.stack import until

WORDS = ("anna", "visitor:7", "a secret")


def life() -> list[Event]:
    """A life under two ids, and friends who stay: one was once linked with her, one is like her."""
    return [
        told("visitor:7", 60, ContactMissed(contact_id="c", cause="rang_out", reason="a secret")),
        told("anna", 50, CustomerLinked(alias="visitor:7")),
        told("anna", 40, PromiseMade(promise_id="p", what="a secret", due=NOW)),
        told("friend", 18, CustomerLinked(alias="anna")),
        told("friend", 17, CustomerUnlinked(alias="anna")),
        told("friend", 16, RecognitionRemembered(what="his boat")),
        told("other", 16, RecognitionOverlooked(how="cold")),
    ]


async def left(pool: Pool) -> dict[str, list[str]]:
    """Rows of every table, those of a rebuild included, that hold a word of hers."""
    tables = await pool.fetch(
        "select relnamespace::regnamespace || '.' || relname as name from pg_class "
        "where relnamespace::regnamespace::text in ('public', 'rebuilding') and relkind in ('r', 'p') "
        "and not relispartition and relname <> 'erasing'"
    )
    found: dict[str, list[str]] = {}
    for row in tables:
        for (text,) in await pool.fetch(f"select t::text from {row['name']} as t"):  # noqa: S608 - our tables
            if any(word in text or word.encode().hex() in text for word in WORDS):
                found.setdefault(row["name"], []).append(text)
    return found


@pytest.mark.parametrize("moment", range(4))
async def test_who_is_erased_while_a_rebuild_is_at_work_is_in_none_of_its_tables(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, moment: int
) -> None:
    """Whenever it is asked for: nothing is left at once, and after the switch nobody is back."""
    await journal.tell(*life())
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            for now in range(4):
                if now == moment:
                    assert await left(pool) != {}
                    await journal.tell(told("anna", 0, CustomerErased()))
                    assert await left(pool) == {}
                if now == 0:
                    await work.fold(folder, lambda _: None)
                elif now == 1:
                    await work.index()
                elif now == 2:
                    await work.catch_up(folder)
            before = await kept(pool)
            await work.switch(folder)
    assert await left(pool) == {}
    assert_same(before, await kept(pool))
    await assert_verified(database_url)


async def test_who_was_read_and_then_erased_is_not_written(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """A slice that was read before an erasure was over, and is written after it, leaves the erased out."""
    await journal.tell(*(told(name, 9, RecognitionRemembered(what="x")) for name in ("anna", "bob")))
    await pool.execute(
        "insert into causes (customer, trigger, episode, at, source, event_id) "
        "values ('anna', 'retold', 'e', now(), '/test', 'x')"
    )
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            async with pool.acquire() as connection, connection.transaction():
                # The sweep waits for this: nothing may be written any more, and nothing is deleted yet.
                await connection.execute("select from causes for update")
                erasing = asyncio.create_task(journal.tell(told("anna", 0, CustomerErased())))
                await until(lambda: pool.fetch(WAITING, "transactionid"))
                rebuilding = asyncio.create_task(work.fold(folder, lambda _: None))
                await until(lambda: pool.fetch(WAITING, "advisory"))
            await asyncio.gather(erasing, rebuilding)
    assert await left(pool) == {}
    assert await pool.fetchval("select count(*) from rebuilding.relationships") == 1


async def test_a_rebuild_that_was_left_lying_holds_nobody_who_was_erased(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Whoever interrupted it and never came back to it need not think of it."""
    await journal.tell(*life())
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
    await journal.tell(told("anna", 0, CustomerErased()))
    assert await left(pool) == {}


async def test_who_is_gone_is_not_looked_for_while_somebody_is_erased(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Else the name of the erased could be noted, as of somebody of whom nothing is kept any more."""
    await journal.tell(*life())
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(QUERIES["stop_rebuild"])
                indexing = asyncio.create_task(work.index())
                await until(lambda: pool.fetch(WAITING, "advisory"))
                assert await pool.fetch("select from rebuilding.unannounced") == []
            await indexing


async def test_an_erasure_waits_for_announcements_and_they_do_not_wait_for_it(
    pool: Pool, journal: Journal
) -> None:
    """Both lock what is to be announced first, and rows of relationships then: neither blocks the other."""
    await journal.tell(*life())
    await pool.execute("insert into unannounced values ('anna')")
    async with pool.acquire() as connection, connection.transaction():
        assert await connection.fetch(RENEWED["take"], 9) == [("anna",)]
        erasing = asyncio.create_task(journal.tell(told("anna", 0, CustomerErased())))
        await until(lambda: pool.fetch(WAITING, "transactionid"))
        assert len(await connection.fetch(RENEWED["renew"], ["anna"])) == 1
    await erasing
    assert await left(pool) == {}


async def test_a_projector_that_owns_no_table_erases_beside_a_rebuild(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Whoever may write the tables that are used may also delete from those that are made beside them."""
    await journal.tell(*life())
    await pool.execute(
        "create role worker; grant select, insert, update, delete on all tables in schema public to worker"
    )
    try:
        async with leading(database_url, strategy) as work:
            await work.begin()
            async with folding(database_url, strategy) as folder:
                await work.fold(folder, lambda _: None)
            async with asyncpg.create_pool(
                database_url, min_size=1, max_size=2, server_settings={"role": "worker"}
            ) as theirs:
                restricted = Journal(theirs, strategy)
                restricted._next = journal._next
                await restricted.tell(told("anna", 0, CustomerErased()))
        assert await left(pool) == {}
        await rebuild(database_url, strategy)
        assert await left(pool) == {}
    finally:
        await pool.execute("drop owned by worker; drop role worker")
