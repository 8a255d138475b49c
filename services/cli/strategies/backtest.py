"""`egard strategy backtest`: whom a strategy would have prompted, from the journal. It writes nothing."""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from projections.backtest import Would
from projections.strategy import Strategy
from services.cli.database import database
from services.cli.progress import say
from services.cli.strategies.backtesting.reading import QUERIES, READ_ONLY, Span, pages, population
from services.cli.strategies.backtesting.tally import Overlap, Tally
from services.cli.strategies.backtesting.telling import not_simulated, told, told_beside, told_real
from services.cli.strategies.backtesting.working import Job, Walked, walked
from services.insight.exports.table import marked
from services.runtime import strategies
from services.runtime.errors import Fatal
from services.runtime.settings import strategy_file

_COLUMNS = (
    "strategy",
    "customer",
    "trigger",
    "reason",
    "prompt_id",
    "became",
    "why_not",
    "arose_at",
    "at",
    "minutes",
    "priority",
    "owed",
    "why",
)


async def backtest(
    file: Annotated[
        Path | None,
        Parameter(help="The strategy; else the one that EGARD_STRATEGY names, or the one that is shipped."),
    ] = None,
    *,
    days: Annotated[int, Parameter(help="How many days back, from 1 to 400.")] = 30,
    against: Annotated[Path | None, Parameter(help="Another strategy, to set beside it.")] = None,
    until: Annotated[
        datetime | None, Parameter(help="The last instant, instead of now; in UTC without an offset.")
    ] = None,
    out: Annotated[
        Path | None,
        Parameter(help="A CSV file to write, with a line for each prompt and why it was not given."),
    ] = None,
    workers: Annotated[int | None, Parameter(help="How many processes; one for each processor.")] = None,
) -> int:
    """Say whom a strategy would have prompted for, from the journal of EGARD_DATABASE, and why others not.

    Counts by trigger, minutes of care by week beside the budget, a few of them to look at; with --against,
    what two strategies have in common and what not; and what the strategy really gave in that time, where it
    was in use. The database is read in a session that cannot write. What is not simulated is said at the end.

        egard strategy backtest

        egard strategy backtest draft.toml --days 90 --out prompts.csv

        egard strategy backtest --against draft.toml
    """
    if not 1 <= days <= 400:
        raise Fatal("--days is a number from 1 to 400.")
    if workers is not None and workers < 1:
        raise Fatal("--workers is at least 1.")
    end = (until if until is None or until.tzinfo else until.replace(tzinfo=UTC)) or datetime.now(UTC)
    first = strategies.load(file or strategy_file(os.environ))
    both = [first] if against is None else [first, strategies.load(against)]
    names = _names(both)
    span = Span(end - timedelta(days=days), end, first.version)
    tallies, overlap, real = [Tally(one) for one in both], Overlap(), Overlap()
    async with database("egard-backtest") as pool, pool.acquire() as connection:
        await connection.execute(READ_ONLY)
        first_used = {one.version: one.first_used_at for one in await strategies.used(connection)}
        total = await connection.fetchval(QUERIES["count_people"])
        job = Job([one.text.encode() for one in both], span.since, end, await population(connection))
        found = walked(pages(connection, span), job, workers or os.cpu_count() or 1)
        with _file(out) as write, _progress(total) as advance:
            async for page in found:
                for person in page:
                    _add(person, tallies, overlap, real)
                    for name, would in zip(names, person.would, strict=True):
                        write(name, would)
                advance(len(page))
    used = first_used.get(span.version)
    late = used if used is not None and used > span.since else None
    _print(tallies, names, overlap if len(both) > 1 else None, told_real(real, span.version, late), span)
    return 0


def _names(both: list[Strategy]) -> list[str]:
    """What the strategies are called: by their versions, where these differ."""
    versions = [one.version for one in both]
    if len(set(versions)) == len(versions):
        return versions
    return [f"{version} ({place})" for version, place in zip(versions, ("first", "second"), strict=True)]


def _add(person: Walked, tallies: list[Tally], overlap: Overlap, real: Overlap) -> None:
    for tally, would in zip(tallies, person.would, strict=True):
        tally.add(would)
    real.add_real(person.would[0], person.really)
    if len(person.would) > 1:
        overlap.add(*person.would)


def _print(tallies: list[Tally], names: list[str], overlap: Overlap | None, real: str, span: Span) -> None:
    parts = [told(tally, span.since, span.until) for tally in tallies]
    if overlap is not None:
        parts.append(told_beside(overlap, *names))
    parts += [real, not_simulated()]
    print("\n\n".join(parts))


@contextmanager
def _file(path: Path | None) -> Iterator[Any]:
    """What writes the prompts of a person into a file, if one is wanted."""
    if path is None:
        yield lambda name, would: None  # noqa: ARG005 - nobody wants a file
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as text:
            lines = csv.writer(text)
            lines.writerow(_COLUMNS)
            yield lambda name, would: lines.writerows(_cells(name, one) for one in would)
    except OSError as error:
        raise Fatal(f"{path} cannot be written: {error.strerror}.") from None


def _cells(name: str, one: Would) -> list[object]:
    cells: list[object] = [
        name,
        one.customer,
        one.trigger,
        one.reason,
        one.prompt_id,
        one.became,
        one.why_not or "",
        one.arose_at.isoformat(),
        one.at.isoformat(),
        one.minutes,
        one.priority,
        "true" if one.owed else "false",
        one.why.template,
    ]
    # Ids and reasons are other people's words, and a spreadsheet runs what begins like a formula.
    return [marked(cell) if isinstance(cell, str) else cell for cell in cells]


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    console = Console(stderr=True)
    if not console.is_terminal:
        say(console, f"Walking the histories of {total:,} people …")
        yield lambda count: None  # noqa: ARG005 - a line was enough
        return
    columns = (TextColumn("people"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("people", total=total)
        yield lambda count: progress.advance(task, count)
