"""The same job in other stream processors, run as they would be: a process each, in its own environment."""

import asyncio
import hashlib
import math
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import asyncpg

from services.embedded.leash import Leash
from tests.bench.foreign import job
from tests.bench.stream import Sent
from tests.processes import ROOT

_CACHE = ROOT / ".cache" / "bench"
_WITHIN = 240.0
"""Seconds for a run to end."""

_LOOK = 0.02
"""Seconds between looks at the results."""


class Unavailable(Exception):  # noqa: N818 - a finding, not an error
    """A contender cannot be had here; says why."""


class Contender(NamedTuple):
    """A stream processor, and the program that does the job in it."""

    name: str
    title: str
    lock: str
    """The name of its requirements, in `requirements/`."""
    program: tuple[str, ...]
    """What its interpreter is given."""
    guarantee: str
    """How often what is delivered counts, and why."""


QUIX = Contender(
    "quix",
    "Quix Streams",
    "bench-quix.lock",
    ("-m", "tests.bench.foreign.quix"),
    "at least once (offsets are committed after the sink); results effectively once, because the program "
    "keeps what was seen and the sums in one PostgreSQL transaction",
)
FAUST = Contender(
    "faust",
    "Faust",
    "bench-faust.lock",
    (
        "-m",
        "tests.bench.foreign.faust_program",
        "--loop",
        "uvloop",
        "worker",
        "--without-web",
        "--loglevel",
        "warn",
    ),
    "at least once (a batch is acknowledged after it was written); results effectively once, because the "
    "program keeps what was seen and the sums in one PostgreSQL transaction",
)
CONTENDERS = (QUIX, FAUST)


async def install(contender: Contender) -> Path:
    """Its interpreter, in a virtual environment that is made the first time, from hashed requirements.

    Raises `Unavailable` where its packages cannot be fetched or installed.
    """
    lock = ROOT / "requirements" / contender.lock
    name = f"{lock.stem}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    folder, log = _CACHE / name, _CACHE / f"{name}.log"
    python, done = folder / "bin" / "python", folder / ".installed"
    if done.exists():
        return python
    _CACHE.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    pip = (str(python), "-m", "pip", "--disable-pip-version-check", "install", "--require-hashes")
    for command in ((sys.executable, "-m", "venv", str(folder)), (*pip, "--requirement", str(lock))):
        with log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out)
            if await process.wait():
                raise Unavailable(f"its packages cannot be installed (the reason is in {log})")
    done.touch()
    return python


async def run(
    contender: Contender, python: Path, brokers: str, database: str, some: Sequence[Sent], log: Path
) -> float:
    """The seconds from the first record that it reads to the commit of the last, all events being there.

    `database` holds the tables of `job.TABLES`, empty. Raises `AssertionError` where it ends, takes too long,
    or has results other than what the events amount to.
    """
    with tempfile.TemporaryDirectory() as folder:
        process = await Leash.start(
            [str(python), *contender.program],
            log=log,
            signals=[signal.SIGTERM, signal.SIGKILL],
            patience=10,
            environment={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "BENCH_KAFKA": brokers,
                "BENCH_DATABASE": database,
                "BENCH_FOLDER": folder,
                "BENCH_GROUP": Path(folder).name,  # nobody has read anything in its name
            },
        )
        try:
            connection = await asyncpg.connect(database)
            try:
                seconds = await _until_done(connection, process, len(some), log)
                await _check(connection, some)
            finally:
                await connection.close()
        finally:
            await process.stop()
    return seconds


async def _until_done(connection: asyncpg.Connection, process: Leash, count: int, log: Path) -> float:
    query = await connection.prepare("select records, began from progress")
    with suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN):
            while not process.ended:
                records, began = await query.fetchrow()
                if records >= count:
                    return time.time() - float(began)
                await asyncio.sleep(_LOOK)
    said = await asyncio.to_thread(log.read_text)
    raise AssertionError(f"it {'ended' if process.ended else 'did not get done'}: {said[-2000:]}")


async def _check(connection: asyncpg.Connection, some: Sequence[Sent]) -> None:
    """Fails unless each event was taken once, and every sum is what the events add up to."""
    known = job.read(sent.body for sent in some)
    assert await connection.fetchval("select count(*) from seen") == len(known), "seen is not what was sent"
    wanted = {row[0]: row[1:] for row in job.add_up(known.values())}
    found = {row[0]: tuple(row)[1:] for row in await connection.fetch("select * from sums")}
    assert found.keys() == wanted.keys(), "the sums are of other customers"
    for customer, sums in wanted.items():
        for mine, its in zip(sums, found[customer], strict=True):
            assert math.isclose(mine, its, rel_tol=1e-9), "a sum is wrong"
