"""The database schema, by dbmate."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

from services.runtime.errors import Fatal
from services.runtime.settings import DEPLOY


async def migrate(url: str) -> list[str]:
    """Brings the schema up to date and returns what was applied. Raises `Fatal`."""
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
