"""The database schema, by dbmate."""

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg

from services.runtime.errors import Fatal
from services.runtime.settings import DEPLOY

log = logging.getLogger("egard.migrations")

_TRY_ALONE = "select pg_try_advisory_xact_lock(7306932501446094706)"
"""Asked again and again: who waits for it has a snapshot, and a migration may have to wait for that."""

_LOOK_EVERY = 0.2


async def migrate(url: str) -> list[str]:
    """Brings the schema up to date and returns what was applied; one at a time does. Raises `Fatal`."""
    code, said = await _up(url)
    if code:
        # Only now, because dbmate also waits ten seconds for TLS that will never be.
        code, said = await _up(url, "--wait", "--wait-timeout=10s")
    if code:
        password = urlsplit(url).password
        reason = said.strip().splitlines()[-1] if said.strip() else f"dbmate ended with {code}"
        raise Fatal(f"The schema could not be brought up to date: {_without(reason, password)}")
    return [line.removeprefix("Applied: ").split()[0] for line in said.splitlines() if "Applied: " in line]


async def _up(url: str, *options: str) -> tuple[int, str]:
    async with _alone(url):
        return await _up_alone(url, *options)


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """While nobody else migrates: dbmate itself applies in two processes what both have found missing."""
    connection, waits = None, False
    try:
        connection = await asyncpg.connect(url, timeout=10)
        await connection.execute("begin; set local idle_in_transaction_session_timeout = 0")
        while not await connection.fetchval(_TRY_ALONE):
            if not waits:
                waits = True
                log.warning("Somebody else migrates this database; this waits until they are done.")
            await asyncio.sleep(_LOOK_EVERY)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
        pass  # dbmate makes a database that is missing, and says what else is wrong
    try:
        yield
    finally:
        if connection is not None:
            connection.terminate()


async def _up_alone(url: str, *options: str) -> tuple[int, str]:
    code, said = await _dbmate(url, *options)
    if code and "SSL is not enabled" in said and "sslmode" not in parse_qs(urlsplit(url).query):
        # asyncpg prefers TLS and takes what it gets; dbmate insists, unless it is told otherwise.
        return await _dbmate(_with_sslmode(url, "disable"), *options)
    return code, said


async def _dbmate(url: str, *options: str) -> tuple[int, str]:
    # Beside this interpreter, where the lock file puts it, and only then wherever the shell would look.
    beside = Path(sys.executable).with_name("dbmate")
    program = str(beside) if beside.exists() else shutil.which("dbmate")
    if program is None:
        raise Fatal("dbmate is not installed; it comes with the project's locked requirements.")
    process = await asyncio.create_subprocess_exec(
        program,
        "--migrations-dir",
        str(DEPLOY / "migrations"),
        "--no-dump-schema",
        *options,
        "up",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Not on the command line, where every user of the machine could read the password.
        env={**os.environ, "DATABASE_URL": url},
    )
    said, _ = await process.communicate()
    assert process.returncode is not None  # noqa: S101 - communicate() waits for it
    return process.returncode, said.decode(errors="replace")


def _with_sslmode(url: str, mode: str) -> str:
    parts = urlsplit(url)
    query = f"{parts.query}&sslmode={mode}" if parts.query else f"sslmode={mode}"
    return urlunsplit(parts._replace(query=query))


def _without(text: str, secret: str | None) -> str:
    return text.replace(secret, "…") if secret else text
