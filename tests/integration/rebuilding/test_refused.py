"""What a rebuild does not do, said in one sentence; and what it leaves as it found it."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from events import RecognitionRemembered
from projections.strategy import Strategy
from services.cli.rebuild import rebuild as cli_rebuild
from services.cli.rebuilding import run
from services.cli.rebuilding.store import BUILD, QUERIES, unavailable
from services.projector.erasure import QUERIES as ERASURE
from services.runtime import version as versions
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.version import version_of
from tests.integration.identity.told import Journal, told
from tests.integration.rebuilding.anew import WAITING, folding, leading, rebuild
from tests.processes import egard
from tests.stack import until


@pytest.fixture
async def told_once(journal: Journal) -> Journal:
    """A journal with one customer."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    return journal


async def test_there_is_one_rebuild_at_a_time(database_url: str, strategy: Strategy) -> None:
    """Whoever comes second is told so, and disturbs nothing."""
    async with leading(database_url, strategy) as work:
        await work.begin()
        with pytest.raises(Fatal, match="Another rebuild is at work"):
            async with leading(database_url, strategy):
                pass


async def test_what_is_half_done_by_another_version_is_not_gone_on_with(
    database_url: str, told_once: Journal, strategy: Strategy, sterner: Strategy
) -> None:
    """Rows of two strategies would lie side by side: it is finished as it was begun, or thrown away."""
    async with leading(database_url, strategy) as work:
        await work.begin()
    async with leading(database_url, sterner) as work:
        with pytest.raises(Fatal, match="--discard"):
            await work.begin()
    code, said = await egard("rebuild", "--discard", environment={"EGARD_DATABASE": database_url})
    assert (code, said) == (0, "The rebuild was thrown away.\n")
    await rebuild(database_url, sterner)


async def test_throwing_away_what_is_not_there_is_no_mistake(database_url: str) -> None:
    """It says that there is nothing."""
    code, said = await egard("rebuild", "--discard", environment={"EGARD_DATABASE": database_url})
    assert (code, said) == (0, "There is no rebuild to throw away.\n")


async def test_tables_that_were_migrated_meanwhile_are_not_switched_to(
    pool: Pool, database_url: str, told_once: Journal, strategy: Strategy
) -> None:
    """The new tables are like the old ones were when it began."""
    async with leading(database_url, strategy) as work:
        await work.begin()
    await pool.execute("insert into schema_migrations (version) values ('29991231000000')")
    async with leading(database_url, strategy) as work:
        with pytest.raises(Fatal, match="migrated"):
            await work.begin()


async def test_a_topic_that_is_read_anew_ends_a_rebuild(
    pool: Pool, database_url: str, told_once: Journal, strategy: Strategy
) -> None:
    """What comes again under lower offsets would not be caught up with."""
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
            await work.index()
            await pool.execute("delete from positions")
            with pytest.raises(Fatal, match="anew"):
                await work.catch_up(folder)


async def test_what_rests_on_the_tables_is_named_before_anything_is_done(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """A view of somebody's would go on showing the rows of before; it is theirs to drop."""
    await pool.execute("create view reported as select customer, band from relationships")
    async with leading(database_url, strategy) as work:
        with pytest.raises(Fatal, match="view reported"):
            await work.begin()
        assert not await run.begun(work._connection)


async def test_tables_that_are_migrated_while_it_works_are_not_switched_to(
    pool: Pool, database_url: str, told_once: Journal, strategy: Strategy
) -> None:
    """It is looked at once more when nobody can change them any more."""
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
            await work.index()
            await work.catch_up(folder)
            await pool.execute("insert into schema_migrations (version) values ('29991231000000')")
            with pytest.raises(Fatal, match="migrated"):
                await work.switch(folder)
    assert await pool.fetchval("select count(*) from relationships") == 1


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("publication reported for table relationships", "publication reported"),
        (
            "function reported() returns setof relationships language sql "
            "begin atomic select * from relationships; end",
            "function reported",
        ),
        (
            "function reported() returns setof relationships language sql as 'select * from relationships'",
            "function reported",
        ),
    ],
)
async def test_what_comes_to_rest_on_the_tables_while_it_works_keeps_it_from_switching(
    pool: Pool, database_url: str, told_once: Journal, strategy: Strategy, made: str, named: str
) -> None:
    """It is named; once it is gone, the rebuild goes on where it stopped."""
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
            await work.index()
            await pool.execute(f"create {made}")
            with pytest.raises(Fatal, match=named):
                await work.switch(folder)
    await pool.execute(f"drop {' '.join(made.split()[:2])}")
    await rebuild(database_url, strategy)


async def test_a_topic_that_was_made_anew_and_read_farther_ends_a_rebuild(
    pool: Pool, database_url: str, told_once: Journal, strategy: Strategy
) -> None:
    """Offsets do not tell it, the topic's id does."""
    await pool.execute("update positions set topic_id = gen_random_uuid()")
    async with leading(database_url, strategy) as work:
        await work.begin()
    await pool.execute("update positions set topic_id = gen_random_uuid(), next_offset = next_offset + 9")
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
            await work.index()
            with pytest.raises(Fatal, match="anew"):
                await work.catch_up(folder)


async def test_throwing_away_waits_for_an_erasure(
    pool: Pool, database_url: str, told_once: Journal, strategy: Strategy
) -> None:
    """It is looking for somebody in the tables that are to go."""
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(ERASURE["stop_rebuild"])
            discarding = asyncio.create_task(run.discard(work._connection))
            await until(lambda: pool.fetch(WAITING, "advisory"))
            assert await pool.fetchval("select to_regclass('rebuilding.state') is not null")
        await discarding
    assert await pool.fetchval("select to_regclass('rebuilding.state') is null")


def test_a_full_disk_is_called_so() -> None:
    """And what helps is said."""
    error = asyncpg.DiskFullError("could not extend file: No space left on device")
    said = unavailable(error)
    assert said.startswith("The disk of the database is full: could not extend file")
    assert "--discard" in said
    assert unavailable(ConnectionResetError("gone")).startswith(
        "The database cannot be used any further: gone."
    )


async def test_a_projector_of_another_version_that_comes_meanwhile_keeps_it_from_switching(
    pool: Pool, database_url: str, told_once: Journal, sterner: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for once more before the switch; nothing is lost of what was folded."""
    monkeypatch.setenv("EGARD_DATABASE", database_url)
    catch_up = run.Rebuild.catch_up

    async def and_then(self: run.Rebuild, workers: run.Folders) -> None:
        await catch_up(self, workers)
        await versions.note(pool, version_of(sterner))

    monkeypatch.setattr(run.Rebuild, "catch_up", and_then)
    with pytest.raises(Fatal, match="A projector with another strategy"):
        await cli_rebuild(processes=1)
    assert await pool.fetchval("select count(*) from rebuilding.relationships") == 1


async def test_a_projector_of_another_version_is_to_be_started_anew_first(
    pool: Pool, database_url: str, told_once: Journal, sterner: Strategy
) -> None:
    """It would fold on as before, in rows that were folded otherwise."""
    await versions.note(pool, version_of(sterner))
    code, said = await egard("rebuild", environment={"EGARD_DATABASE": database_url})
    assert code == 1
    assert said.startswith("egard: A projector with another strategy ran within the last 15 s")
    await pool.execute("update folded_by set seen_at = now() - interval '1 minute'")
    code, said = await egard("rebuild", environment={"EGARD_DATABASE": database_url})
    assert code == 0, said


async def test_beside_only_leaves_all_as_it_is_until_the_next_run(
    pool: Pool, database_url: str, told_once: Journal, tmp_path: Path
) -> None:
    """The new rows are there, nobody sees them, and the next run switches to them."""
    await pool.execute("update relationships set events = 99")
    environment = {"EGARD_DATABASE": database_url}
    code, said = await egard("rebuild", "--beside-only", environment=environment)
    assert code == 0, said
    assert "All is folded beside." in said
    assert await pool.fetchval("select events from relationships") == 99
    assert await pool.fetchval("select events from rebuilding.relationships") == 1
    out = tmp_path / "out"
    code, said = await egard("rebuild", environment=environment, output=out)
    assert code == 0, said
    assert out.read_text() == "0 events folded, 0 readings changed.\n"
    assert await pool.fetchval("select events from relationships") == 1


async def test_tables_are_afterwards_what_they_were(
    pool: Pool, database_url: str, told_once: Journal, strategy: Strategy
) -> None:
    """Columns, keys, constraints, indexes, options, owners and grants of the new tables are the same."""
    await pool.execute("create role reader; create role writer")
    try:
        await pool.execute("grant select on relationships, contacts to reader")
        await pool.execute(
            "grant update (band), insert (customer) on relationships to writer with grant option"
        )
        await pool.execute("alter table contacts set (fillfactor = 70)")
        await pool.execute("alter table promises owner to writer")
        await pool.execute("create index ours on contacts (contact_id)")
        await pool.execute("grant delete on promises to reader")
        async with leading(database_url, strategy) as work:
            await work.begin()
        # What is taken back meanwhile stays so.
        await pool.execute(
            "revoke delete on promises from reader; revoke update (band) on relationships from writer"
        )
        before = [tuple(row) for row in await pool.fetch(_CATALOGUE)]
        oids = await pool.fetchval("select 'relationships'::regclass::oid")
        await rebuild(database_url, strategy)
        assert [tuple(row) for row in await pool.fetch(_CATALOGUE)] == before
        assert await pool.fetchval("select 'relationships'::regclass::oid") != oids
        assert await pool.fetchval("select to_regnamespace('rebuilding') is null")
    finally:
        await pool.execute("drop owned by reader, writer; drop role reader, writer")


_CATALOGUE = """
    with ours as (
        select oid, relname, relowner, relacl, reloptions
        from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relispartition
    )
    select relname, 'table', relowner::regrole::text,
        array_to_string(array(select unnest(relacl)::text order by 1), ' '), reloptions::text
    from ours
    union all
    select relname, 'column', attname, format_type(atttypid, atttypmod) || attnotnull || attnum,
        array_to_string(array(select unnest(attacl)::text order by 1), ' ')
    from ours join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped
    union all
    select relname, 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid), null
    from ours join pg_index on indrelid = ours.oid
    union all
    select relname, 'constraint', conname, pg_get_constraintdef(pg_constraint.oid), null
    from ours join pg_constraint on conrelid = ours.oid
    order by 1, 2, 3, 4
"""


async def test_a_part_of_the_journal_for_each_statement(pool: Pool) -> None:
    """The journal has as many parts as there are statements that read them."""
    count = await pool.fetchval(BUILD["part_count"])
    assert count == len([name for name in QUERIES if name.removeprefix("part_").isdecimal()])
