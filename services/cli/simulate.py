"""`egard simulate`: a brand's life as CloudEvents NDJSON."""

import csv
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress

from services.runtime.errors import Fatal
from services.simulator import World

_UNTIL = datetime(2026, 7, 1, tzinfo=UTC)


def simulate(
    *,
    customers: Annotated[int, Parameter(help="How many customers.")] = 1000,
    days: Annotated[int, Parameter(help="How many days.")] = 90,
    seed: Annotated[int, Parameter(help="The same seed gives the same bytes.")] = 1,
    until: Annotated[str, Parameter(help="When it ends, RFC 3339.")] = _UNTIL.isoformat(),
    truth: Annotated[Path | None, Parameter(help="A CSV for each customer's hidden bond, daily.")] = None,
) -> None:
    """Writes a brand's life as CloudEvents NDJSON to standard output, in time order.

    egard simulate --customers 1000 --days 90 --seed 7 > life.ndjson

    egard publish life.ndjson --shift-to now

    egard simulate --customers 200 --days 180 --seed 7 --truth truth.csv > life.ndjson
    """
    if customers < 1 or days < 1:
        raise Fatal("--customers and --days need to be at least 1.")
    end = _instant(until)
    world = World(customers=customers, seed=seed, start=end - timedelta(days=days))
    console = Console(stderr=True)
    with ExitStack() as stack:
        bonds = None if truth is None else csv.writer(stack.enter_context(_created(truth)))
        if bonds is not None:
            bonds.writerow(("customer", "time", "bond"))
        progress = stack.enter_context(Progress(console=console, disable=not console.is_terminal))
        task = progress.add_task("days", total=days)
        for day in range(1, days + 1):
            now = end - timedelta(days=days - day)
            for event in world.advance(now):
                sys.stdout.buffer.write(event.body)
                sys.stdout.buffer.write(b"\n")
            if bonds is not None:
                bonds.writerows((name, now.isoformat(), f"{bond:.4f}") for name, bond in world.bonds())
            progress.advance(task)
        sys.stdout.flush()


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Fatal(f"--until is {text!r}, which is not a time such as 2026-07-01T00:00:00Z.") from None
    if instant.tzinfo is None:
        raise Fatal("--until needs an offset, for example 2026-07-01T00:00:00Z.")
    return instant


def _created(path: Path) -> Any:
    try:
        return path.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise Fatal(f"{path} cannot be written: {error.strerror}.") from None
