"""A rebuild that was ended at any point goes on from there, and comes to the same rows."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from events import CustomerLinked, Event, RecognitionRemembered
from projections.strategy import Strategy
from services.cli.rebuilding.folder import Folder
from services.projector.erasure import QUERIES
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.version import version_of
from tests.bench.stream import events
from tests.integration.identity.told import Journal, told
from tests.integration.rebuilding.anew import WAITING, assert_same, folding, kept, leading, rebuild
from tests.processes import ROOT, command, egard
from tests.stack import until


class Ended(Exception):  # noqa: N818 - what a test does
    """The rebuild ends here."""


def many() -> list[Event]:
    """Events of sixty customers, some of whom are linked with others."""
    return [
        *(told(f"c{n:02}", n + 1, RecognitionRemembered(what="x")) for n in range(60) for _ in range(2)),
        *(told(f"c{n:02}", n + 1, CustomerLinked(alias=f"c{n + 30:02}")) for n in range(0, 25, 5)),
    ]


def ending(after: int) -> Callable[[int], None]:
    """Ends a rebuild after so many slices, and the one that was being written."""
    left = after

    def tell(count: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Ended

    return tell


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("slices", [0, 1, 5])
async def test_what_was_folded_before_it_ended_is_not_folded_again(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, slices: int
) -> None:
    """Each run begins where the one before it ended, and the last one leaves out nothing."""
    await journal.tell(*many())
    before = await kept(pool)
    folded = 0
    for _ in range(3):
        async with leading(database_url, strategy) as work:
            begun = await work.begin()
            assert begun.folded >= folded
            async with folding(database_url, strategy) as folder:
                with pytest.raises(Ended):
                    await work.fold(folder, ending(slices))
        now = await pool.fetchval("select sum(folded) from rebuilding.parts")
        assert now > folded
        folded = now
    await rebuild(database_url, strategy)
    assert_same(before, await kept(pool))


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("step", range(3))
async def test_a_rebuild_that_ended_between_two_steps_goes_on(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, step: int
) -> None:
    """Folded, indexed or caught up: the next run does what is left, and what came meanwhile."""
    await journal.tell(*many())
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            await work.fold(folder, lambda _: None)
            if step >= 1:
                await work.index()
            if step >= 2:
                await work.catch_up(folder)
    await journal.tell(*(told(f"c{n:02}", 0.5, RecognitionRemembered(what="y")) for n in range(0, 70, 7)))
    before = await kept(pool)
    await rebuild(database_url, strategy)
    assert_same(before, await kept(pool))


async def test_processes_that_are_killed_leave_nothing_behind_and_nothing_undone(
    pool: Pool, database_url: str, strategy: Strategy, tmp_path: Path
) -> None:
    """SIGKILL after some parts, and while indexes are made: none is left folding, the next run goes on."""
    some = events("zipf", 20_000, seed=7)
    rows = [
        (one.customer, one.identity, one.type, one.time, one.time + timedelta(minutes=1), 0, place, one.body)
        for place, one in enumerate(some)
    ]
    await pool.copy_records_to_table("journal", records=rows)
    await pool.execute("insert into positions values ($1, 0, $2, $2)", INTERACTIONS, len(rows))
    environment = {"EGARD_DATABASE": database_url}
    for parts in (1, 4, 8):
        process = await asyncio.create_subprocess_exec(
            *command("rebuild", "--processes", "2"),
            env={**os.environ, **environment},
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await until(lambda parts=parts: _done(pool, parts), within=60)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
        await until(lambda: pool.fetchval(f"select not exists ({_FOLDING})"))
    out = tmp_path / "out"
    code, said = await egard("rebuild", environment=environment, output=out)
    assert code == 0, said
    assert "Going on with a rebuild" in said
    assert out.read_text().startswith("0 events folded, ")
    code, said = await egard("verify", environment=environment, output=out)
    assert code == 0, said
    customers, version = len({one.customer for one in some}), version_of(strategy).name
    assert out.read_text() == f"{customers} customers refolded by version {version}, 0 differ.\n"


async def test_ctrl_c_says_how_to_go_on_and_leaves_nobody_folding(
    pool: Pool, database_url: str, journal: Journal
) -> None:
    """Exit code 130, a sentence, no traceback; the next run goes on."""
    await journal.tell(*many())
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(QUERIES["stop_rebuild"])  # so that no slice is written
        process = await asyncio.create_subprocess_exec(
            *command("rebuild", "--processes", "2"),
            env={**os.environ, "EGARD_DATABASE": database_url},
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            # A shell that runs us in the background has us, and so our children, deaf to it.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        await until(lambda: pool.fetch(WAITING, "advisory"), within=60)
        process.send_signal(signal.SIGINT)
        _, said = await asyncio.wait_for(process.communicate(), 20)
        await until(lambda: pool.fetchval(f"select not exists ({_FOLDING})"))
    assert process.returncode == 130
    assert said.decode().splitlines()[-1].startswith("Stopped. `egard rebuild` goes on from here")
    assert "Traceback" not in said.decode()
    code, said_then = await egard("rebuild", environment={"EGARD_DATABASE": database_url})
    assert code == 0, said_then
    assert said_then.startswith("Going on with a rebuild")


async def test_no_session_of_an_earlier_run_folds_when_the_next_one_begins(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Each of them is waited for, and not only the first one that ends."""
    folder = await Folder.open(database_url, strategy)
    for session in (folder._reader, folder._writer):
        async with leading(database_url, strategy) as work:
            beginning = asyncio.create_task(work.begin())
            await until(lambda: pool.fetch(WAITING, "advisory"))
            await session.close()
            if session is folder._reader:
                await asyncio.sleep(0.2)
                assert not beginning.done()
                beginning.cancel()
            else:
                await beginning


_FOLDING = (
    "select from pg_stat_activity where application_name = 'egard-rebuild' and datname = current_database()"
)


async def _done(pool: Pool, parts: int) -> bool:
    begun = await pool.fetchval("select to_regclass('rebuilding.parts') is not null")
    return bool(
        begun
        and await pool.fetchval("select count(*) from rebuilding.parts where done and part >= 0") >= parts
    )
