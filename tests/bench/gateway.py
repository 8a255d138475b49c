"""The gateway beside a bare route: events per second in batches of 100 and one by one, in one run."""

import asyncio
import itertools
import os
import random
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from events import ContactAnswered, ContactAttempted, ContactRetold, PromiseMade, encode
from services.embedded import EmbeddedDatabase
from services.embedded.ports import free_port
from services.runtime import migrations
from services.runtime.kafka import create_topics
from tests.bench.keys import create_key
from tests.bench.load import drive, request, until_open
from tests.kafka.server import KafkaServer
from tests.processes import ROOT, command

BATCHES, SINGLES = "batches of 100", "one by one"
_TYPES = {BATCHES: "application/cloudevents-batch+json", SINGLES: "application/cloudevents+json"}
_CONNECTIONS = {BATCHES: 8, SINGLES: 32}
_EVENTS = {BATCHES: 30_000, SINGLES: 10_000}
_GOAL = {BATCHES: 0.6, SINGLES: 0.5}
_ROUNDS = 7
_CUSTOMERS = 10_000


class Round(NamedTuple):
    """One round of one server."""

    rate: float
    """Events per second."""
    cpu: float
    """Microseconds of the server's processor time per event."""


async def bench(console: Console) -> dict[str, dict[str, float]]:
    """Measures both servers in turn, shows a table, and returns the figures by mode."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            KafkaServer(Path(folder) / "kafka") as kafka,
            EmbeddedDatabase(Path(folder) / "database", durable=False) as database,
        ):
            await create_topics(kafka.address, partitions=8, replication=1)
            await migrations.migrate(database.url)
            where = {**os.environ, "EGARD_KAFKA": kafka.address, "EGARD_DATABASE": database.url}
            key = await create_key(database.url, "publish")
            async with (
                _serving(where, lambda port: [sys.executable, "-m", "tests.bench.bare", str(port)]) as bare,
                _serving(where, lambda _: command("serve", "gateway")) as ours,
            ):
                return await _compare(console, bare, ours, key)


async def _compare(
    console: Console, bare: "_Server", ours: "_Server", key: str
) -> dict[str, dict[str, float]]:
    table = Table(title="Gateway: events per second (median), and processor time of the server per event")
    for column in ("", "bare route", "gateway", "ratio", "goal", "bare µs", "gateway µs"):
        table.add_column(column, justify="right")
    figures = {}
    numbers = itertools.count()
    for mode in (BATCHES, SINGLES):
        rounds: dict[_Server, list[Round]] = {bare: [], ours: []}
        for number in range(_ROUNDS + 1):
            for server in (bare, ours) if number % 2 else (ours, bare):
                found = await server.round(mode, numbers, key)
                if number:  # the first warms up
                    rounds[server].append(found)
        rate, cpu = (
            {server: statistics.median(getattr(one, name) for one in rounds[server]) for server in rounds}
            for name in Round._fields
        )
        ratio = statistics.median(
            mine.rate / its.rate for mine, its in zip(rounds[ours], rounds[bare], strict=True)
        )
        figures[mode] = {"bare": rate[bare], "gateway": rate[ours], "ratio": ratio}
        table.add_row(
            mode,
            f"{rate[bare]:,.0f}",
            f"{rate[ours]:,.0f}",
            f"{ratio:.2f}",
            f"{_GOAL[mode]:.2f}",
            f"{cpu[bare]:.0f}",
            f"{cpu[ours]:.0f}",
        )
    console.print(table)
    return figures


class _Server:
    """A server under load."""

    def __init__(self, port: int, process: psutil.Process) -> None:
        self._port = port
        self._process = process

    async def round(self, mode: str, numbers: Iterator[int], key: str) -> Round:
        """Sends a round of events that nobody has seen yet."""
        count = _EVENTS[mode]
        requests = [request(body, _TYPES[mode], key) for body in _bodies(mode, count, numbers)]
        before = self._process.cpu_times()
        seconds = await drive(self._port, requests, _CONNECTIONS[mode])
        after = self._process.cpu_times()
        spent = after.user + after.system - before.user - before.system
        return Round(count / seconds, spent / count * 1e6)


def _bodies(mode: str, count: int, numbers: Iterator[int]) -> Iterator[bytes]:
    """The bodies of requests that hold so many events, each new."""
    events = (_event(next(numbers)) for _ in range(count))
    if mode == SINGLES:
        yield from events
        return
    while some := list(itertools.islice(events, 100)):
        yield b"[%b]" % b",".join(some)


def _event(number: int) -> bytes:
    draw = random.Random(number)
    at = datetime.now(UTC) - timedelta(seconds=draw.random() * 1000)
    matter = f"matter-{number // 3}"
    data = (
        ContactAttempted(contact_id=matter, channel="phone", reason="the bill is higher than expected"),
        ContactAnswered(contact_id=matter, by="human", agent_id="lea", waited_s=31.5),
        ContactRetold(contact_id=matter, reason="the bill is higher than expected"),
        PromiseMade(promise_id=matter, what="check the bill and call back", due=at + timedelta(hours=8)),
    )[number % 4]
    customer = f"customer-{draw.randrange(_CUSTOMERS)}"
    return encode(
        data, subject=customer, source="https://crm.example.org/calls", id=f"call-{number}", time=at
    )


@asynccontextmanager
async def _serving(where: dict[str, str], program: Callable[[int], list[str]]) -> AsyncIterator[_Server]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *program(port), env={**where, "EGARD_PORT": str(port)}, cwd=ROOT
    )
    try:
        await until_open(port, process)
        yield _Server(port, psutil.Process(process.pid))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
