"""`egard demo`: everything in one go, and nothing left behind."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from statistics import median
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from cyclopts import Parameter
from msgspec.structs import replace
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from events import identity
from projections.outreach_rules import Quiet
from projections.strategy import Strategy
from services.cli.progress import say
from services.clock import Clock
from services.desk import Desk
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.gateway import Gateway
from services.insight import Insight
from services.outreach import Outreach
from services.projector import Projector
from services.runtime import migrations
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from services.runtime.queries import Queries
from services.runtime.service import Context, Service, listen, run, stop_on_signals
from services.runtime.settings import Settings, from_environment
from services.simulator import World
from services.simulator.player import Player

QUERIES = Queries(Path(__file__).with_name("demo.sql"))

DAYS = 90

HOME = ".egard"
"""The folder inside the clone in which each demo has its own."""

WARM_UP = timedelta(minutes=2)
"""Life quickens this long before the present, so that the first prompts are there when the desk is opened."""


async def demo(
    *,
    port: Annotated[int, Parameter(help="Where pages and API answer.")] = 8000,
    customers: Annotated[int, Parameter(help="How many customers the simulated brand has.")] = 200,
    seed: Annotated[int, Parameter(help="The same seed gives the same past.")] = 7,
    for_: Annotated[
        float | None, Parameter(name="--for", help="Stop by itself after so many seconds of live play.")
    ] = None,
) -> int:
    """Starts a database, a broker, every service and a simulated brand; stops with Ctrl-C.

    The brand has 90 days behind it and lives on while you watch. Everything listens on 127.0.0.1 only, and
    nothing stays behind.

        egard demo

        egard demo --port 8080 --customers 500 --for 60
    """
    console = Console()
    stop = asyncio.Event()
    stop_on_signals(stop)
    listener = listen("127.0.0.1", port)
    folder = _folder()
    try:
        console.print("Starting PostgreSQL and a Kafka broker from wheels …")
        async with (
            EmbeddedDatabase(folder / "database", durable=False) as database,
            EmbeddedBroker() as broker,
        ):
            await migrations.migrate(database.url)
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            where = {
                "EGARD_KAFKA": broker.address,
                "EGARD_DATABASE": database.url,
                "EGARD_HOST": "127.0.0.1",
                "EGARD_PORT": str(port),
                "EGARD_ACCESS": "open",
            }
            settings = replace(from_environment({**os.environ, **where}), embedded=True)
            context = await Context.open(settings)
            context.strategy = _by_day(context.strategy)
            try:
                await _play(context, listener, stop, console, customers, seed, for_)
            finally:
                await context.close()
    finally:
        listener.close()
        shutil.rmtree(folder, ignore_errors=True)
        if folder.parent.name == HOME:
            with suppress(OSError):
                folder.parent.rmdir()
    console.print("Stopped; nothing was left behind.")
    return 0


def _by_day(strategy: Strategy) -> Strategy:
    """The same, with its quiet hours half a day away: whoever looks at night sees prompts, too."""
    night = datetime.now(ZoneInfo(strategy.hours.timezone)) + timedelta(hours=11)
    quiet = Quiet(begins=night.time(), ends=(night + timedelta(hours=2)).time())
    return replace(strategy, outreach=replace(strategy.outreach, quiet=quiet))


async def _play(
    context: Context,
    listener: Any,
    stop: asyncio.Event,
    console: Console,
    customers: int,
    seed: int,
    seconds: float | None,
) -> None:
    url = f"http://127.0.0.1:{context.settings.port}"
    now = datetime.now(UTC)
    world = World(customers, seed, now - timedelta(days=DAYS))
    world.quicken(now - WARM_UP)
    player = Player(context, world, url)
    services: Sequence[Service] = (
        *(kind(context) for kind in (Gateway, Projector, Clock, Outreach, Desk, Insight)),
        player,
    )
    running = asyncio.create_task(run(context, services, listener, stop))
    showing = asyncio.create_task(_show(context, player, stop, console, url, now, seconds))
    await asyncio.wait({running, showing}, return_when=asyncio.FIRST_COMPLETED)
    failed = None
    if showing.done() and not running.done():
        failed = showing.exception()
        stop.set()
    await running
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    if failed is not None:
        raise failed


async def _show(
    context: Context,
    player: Player,
    stop: asyncio.Event,
    console: Console,
    url: str,
    now: datetime,
    seconds: float | None,
) -> None:
    """Backfills with a progress bar, says what to open, then shows live figures until the end."""
    start = now - timedelta(days=DAYS)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task(f"Living through {DAYS} days", total=(now - start).total_seconds())
        await player.backfill(now, lambda at: progress.update(task, completed=(at - start).total_seconds()))
        await _caught_up(context, player)
    player.play()
    live_since = datetime.now(UTC)
    console.print(f"\n[bold]{DAYS} days of a simulated brand are behind us; it lives on from here.[/bold]\n")
    console.print(f"  The desk, where agents are prompted   {url}/desk")
    console.print(f"  Scores and bands                      {url}/insight")
    customer = await context.pool.fetchval(QUERIES["a_customer"])
    if customer is not None:
        console.print(f"  One customer                          {url}/customers/{customer}")
    console.print("\nFor other commands and for Kafka clients on this machine, until it stops:\n")
    for line in exports(context.settings):
        say(console, f"  {line}")
    console.print("\nCtrl-C stops it.\n")
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not stop.is_set() and (end is None or loop.time() < end):
            line = await _figures(context, player, live_since)
            if console.is_terminal:
                live.update(line, refresh=True)
            pause = 1.0 if end is None else max(0.0, min(1.0, end - loop.time()))
            try:
                await asyncio.wait_for(stop.wait(), pause)
            except TimeoutError:
                continue
    console.print(await _figures(context, player, live_since))


def exports(settings: Settings) -> list[str]:
    """What a shell takes to use the same broker and database, while they last."""
    return [
        f"export EGARD_KAFKA={quote(settings.kafka)}",
        f"export EGARD_DATABASE={quote(settings.database)}",
    ]


async def _caught_up(context: Context, player: Player) -> None:
    """Waits until everything published has been folded."""
    while await context.pool.fetchval(QUERIES["journal_size"]) < player.published:  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def _figures(context: Context, player: Player, since: datetime) -> str:
    row = await context.pool.fetchrow(QUERIES["figures"])
    latency = await _latency(context, since)
    shown = "" if latency is None else f" · publish to prompt {latency * 1000:.0f} ms (median)"
    return (
        f"{player.published} events published · {row['relationships']} relationships · "
        f"{row['given']} prompts, {row['open']} open, {row['done']} done, {row['withheld']} withheld{shown}"
    )


async def _latency(context: Context, since: datetime) -> float | None:
    """Seconds from the broker taking an event to the prompt that it led to: the median of the latest."""
    rows = await context.pool.fetch(QUERIES["latest_prompts"], since)
    found = []
    for row in rows:
        why = msgspec.json.decode(row["facts"])["why"]
        arrived = await context.pool.fetchval(
            QUERIES["arrived"], row["customer"], identity(why["source"], why["id"])
        )
        if arrived is not None:
            found.append((row["prompted_at"] - arrived).total_seconds())
    return median(found) if found else None


def _folder() -> Path:
    """A folder of its own inside the clone, where there is one to write to; else a temporary one."""
    clone = Path(__file__).parents[2]
    if (clone / "pyproject.toml").is_file():
        home = clone / HOME
        try:
            home.mkdir(exist_ok=True)
            return Path(tempfile.mkdtemp(prefix="demo-", dir=home))
        except OSError:
            pass
    return Path(tempfile.mkdtemp(prefix="egard-demo-"))
