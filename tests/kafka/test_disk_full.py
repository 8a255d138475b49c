"""A disk fills up, PostgreSQL's or Kafka's: all wait, it is said once, and nothing is lost."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from services.embedded import EmbeddedDatabase, EmbeddedError
from services.runtime import migrations
from tests.flow import flowing
from tests.kafka.conftest import renew_topics
from tests.kafka.server import KafkaServer
from tests.processes import egard
from tests.stack import running, until


class Disk:
    """A small disk of its own, that can be filled to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leaves no room, also where somebody else writes to the disk meanwhile and takes some of it."""
        with self._ballast.open("wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(1024 * 1024)):
                    pass
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise

    def clear(self) -> None:
        """Makes room again."""
        self._ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk in memory; skips where we may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("A small disk can only be mounted by root.")
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"A small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield Disk(folder)
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_of_the_database_is_waited_out(
    kafka: KafkaServer, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    """No room for rows: all wait, and go on once there is. None for the log, which ends it: the same."""
    small = {"min_wal_size": "32MB", "max_wal_size": "32MB"}
    async with EmbeddedDatabase(disk.folder / "database", durable=False, settings=small) as database:
        await migrations.migrate(database.url)
        async with running(kafka.address, database.url) as stack, flowing(stack) as flow:
            await flow.settled()

            async def waits() -> bool:
                return any("The projector waits" in one.getMessage() for one in caplog.records)

            disk.fill()
            await until(waits, within=30)
            # Publishing needs Kafka only.
            await flow.more()
            assert database.pid
            disk.clear()
            await flow.more()
            await flow.settled()
            disk.fill()
            await until(lambda: gone(database), within=30)
            await flow.more()
            answer = await stack.http.get("/v1/prompts")
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
            disk.clear()
            await database.start()
            await flow.more()
            await flow.settled()
        assert not flow.turned_away
        code, said = await egard("verify", environment={"EGARD_DATABASE": database.url})
        assert code == 0, said
    first = next(one.getMessage() for one in caplog.records if "The projector waits" in one.getMessage())
    assert first.startswith("The projector waits for the database: its disk is full. Make room there: ")
    assert not [one for one in caplog.records if one.levelname == "ERROR" and one.name.startswith("egard")]


async def gone(database: EmbeddedDatabase) -> bool:
    """Asks for room in PostgreSQL's own log, without which it cannot go on; says whether it has ended."""
    try:
        assert database.pid
        connection = await asyncpg.connect(database.url)
        try:
            await connection.execute("select pg_switch_wal()")
            await connection.execute("update positions set moved_at = now()")
        finally:
            connection.terminate()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    except EmbeddedError:
        return True
    return False


async def test_a_full_disk_of_kafka_costs_nothing_that_was_acknowledged(
    disk: Disk, database_url: str
) -> None:
    """Kafka stops itself, and publishers hear 503; with room and started again, all goes on, and is there."""
    async with KafkaServer(disk.folder / "kafka") as kafka:
        assert kafka.pid
        await renew_topics(kafka.address)
        async with running(kafka.address, database_url) as stack, flowing(stack) as flow:
            disk.fill()

            async def heard() -> bool:
                return bool(flow.turned_away) and ended(kafka)

            await until(heard, within=30)
            disk.clear()
            await kafka.start()
            await flow.more(within=40)
            await flow.settled()
        assert {one.status for one in flow.turned_away} == {503}
        code, said = await egard("verify", environment={"EGARD_DATABASE": database_url})
        assert code == 0, said


def ended(kafka: KafkaServer) -> bool:
    """Whether the server is not there any more."""
    try:
        return not kafka.pid
    except EmbeddedError:
        return True
