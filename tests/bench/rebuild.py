"""The rebuild beside the projector: the same events folded live by one process, and anew from the journal.

`EGARD_BENCH_REBUILT` sets how many events there are (1,000,000, of customers drawn out of a million).
Measured live is what `make bench ARGS=projector` measures; anew, all from the first event read to the switch:
folding, indexes, catching up. The start of processes is counted in neither.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from projections.strategy import parse
from services.cli.rebuilding import run
from services.cli.rebuilding.workers import Workers
from services.embedded import EmbeddedDatabase
from services.runtime import migrations
from services.runtime.settings import DEPLOY
from services.runtime.version import version_of
from tests.bench import topics
from tests.bench.figures import count_from, say
from tests.bench.folding import fold
from tests.bench.fresh import fresh
from tests.bench.stream import SPREADS, Spread, events
from tests.kafka.server import KafkaServer

GOAL = 4.0
"""How many times as fast as live one process of the rebuild should be."""

_EVENTS = count_from("EGARD_BENCH_REBUILT", 1_000_000)
_PROCESSES = (1, 2)

Figures = dict[str, float]


async def bench(console: Console) -> dict[str, Any]:
    """Measures both, shows a table, and returns the figures by spread."""
    figures: dict[str, Any] = {"events": _EVENTS}
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            KafkaServer(folder / "kafka") as kafka,
            EmbeddedDatabase(folder / "database") as database,
        ):
            await migrations.migrate(database.url)
            for spread in SPREADS:
                figures[spread] = await _measure(kafka.address, database.url, spread, _EVENTS, folder / "log")
    _show(console, figures)
    return figures


async def _measure(brokers: str, server: str, spread: Spread, count: int, log: Path) -> Figures:
    await topics.renew(brokers)
    async with fresh(server) as database:
        figures = {"live": count / await fold(brokers, database, events(spread, count, seed=1), 1, log)}
        say(f"{spread}, folded live: {figures['live']:,.0f} events/s")
        for processes in _PROCESSES:
            seconds, waited = await _rebuild(database, processes)
            figures[f"rebuild_{processes}"] = count / seconds
            figures[f"ratio_{processes}"] = count / seconds / processes / figures["live"]
            figures[f"waited_{processes}"] = waited
            say(
                f"{spread}, folded anew by {processes}: {count / seconds:,.0f} events/s; "
                f"nobody could write for {waited:.2f} s"
            )
    return figures


async def _rebuild(database: str, processes: int) -> tuple[float, float]:
    """The seconds of a rebuild, and those for which nobody could write."""
    version = version_of(parse((DEPLOY / "strategy.toml").read_bytes()))
    connection = await run.lead(database)
    try:
        work = run.Rebuild(database, connection, version, Console(quiet=True))
        began = time.perf_counter()
        await work.begin()
        seconds = time.perf_counter() - began
        async with Workers(processes, version.name, database) as workers:
            began = time.perf_counter()
            await work.fold(workers, _uncounted)
            await work.index()
            await work.catch_up(workers)
            done = await work.switch(workers)
            seconds += time.perf_counter() - began
        assert done.changed == 0, "the rebuild read otherwise than the projector"
        return seconds, done.waited
    finally:
        await connection.close()


def _uncounted(events: int) -> None:
    pass


def _show(console: Console, figures: dict[str, Any]) -> None:
    table = Table(
        title=f"Rebuild of {figures['events']:,} events, per second; and each process as a multiple of live"
    )
    table.add_column("")
    for spread in SPREADS:
        table.add_column(spread, justify="right")
        table.add_column("of live", justify="right")
    table.add_row(
        "live, 1 process", *(c for spread in SPREADS for c in (f"{figures[spread]['live']:,.0f}", ""))
    )
    for processes in _PROCESSES:
        cells = []
        for spread in SPREADS:
            its = figures[spread]
            cells += [f"{its[f'rebuild_{processes}']:,.0f}", f"{its[f'ratio_{processes}']:.2f}"]
        table.add_row(f"rebuild, {processes} process{'es' * (processes > 1)}", *cells)
    table.add_row("goal, 1 process", *(c for _ in SPREADS for c in ("", f"{GOAL:.2f}")))
    console.print(table)
