"""`python -m tests.fuzz [--count N] [--seed N]`: malformed inputs, and whether the books add up."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.embedded import EmbeddedDatabase
from services.runtime import migrations
from services.runtime.kafka import create_topics
from tests.fuzz.ledger import Ledger
from tests.fuzz.run import fuzz
from tests.kafka.place import Place
from tests.kafka.server import KafkaServer, kafka_unavailable

_PARTITIONS = 4
_INTERRUPTED = 130


async def _run(console: Console, count: int, seed: int) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="egard-fuzz-") as name:
        folder = Path(name)
        async with (
            KafkaServer(folder / "kafka") as kafka,
            EmbeddedDatabase(folder / "database", durable=False) as database,
        ):
            await create_topics(kafka.address, partitions=_PARTITIONS, replication=1)
            await migrations.migrate(database.url)
            place = Place(kafka.address, database.url, folder, partitions=_PARTITIONS)
            with _progress(console) as progress:
                task = progress.add_task(f"Fuzzing (seed {seed})", total=count)
                ledger, totals = await fuzz(
                    place,
                    count=count,
                    seed=seed,
                    progress=lambda books: progress.update(task, completed=books.malformed),
                )
    _show(console, ledger, totals)
    console.print(f"{ledger.malformed:,} malformed inputs in {time.monotonic() - began:.0f} s, seed {seed}.")
    for violation in ledger.violations:
        console.print(f"VIOLATION: {violation}", markup=False, highlight=False, style="red")
    return 1 if ledger.violations else 0


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _show(console: Console, ledger: Ledger, totals: dict[str, int]) -> None:
    table = Table(title="What became of each kind of input (events, and what is none)")
    for column in ("by", "kind", "sent", "refused", "accepted", "journal", "dead letters"):
        table.add_column(column, justify="left" if column in ("by", "kind") else "right")
    for (way, kind), row in sorted(ledger.rows.items()):
        over_http = way == "HTTP"
        table.add_row(
            *(way, kind, f"{row.sent:,}"),
            *((f"{row.refused:,}", f"{row.accepted:,}", "", "") if over_http else ("", "")),
            *(() if over_http else (f"{row.journal:,}", f"{row.dead:,}")),
        )
    console.print(table)
    answers = ", ".join(
        f"{status or 'none (not HTTP)'}: {number:,}"
        for status, number in sorted(ledger.statuses.items(), key=str)
    )
    console.print(f"{ledger.requests:,} requests ({answers}) and {ledger.records:,} records.")
    console.print("; ".join(f"{name} {number:,}" for name, number in totals.items()) + ".")


def main() -> int:
    """Runs it; 1 where something must not be as it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=200_000, help="malformed requests and records to send")
    parser.add_argument("--seed", type=int, default=1, help="what is sent follows from it")
    options = parser.parse_args()
    reason = kafka_unavailable()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run(Console(), options.count, options.seed))
    except KeyboardInterrupt:
        print("Interrupted; nothing was counted.", file=sys.stderr)
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
