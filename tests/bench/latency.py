"""From the publisher's sending to the prompt at the desk, at 200 events a second, beside its floor.

The way is the whole one: HTTP to the gateway, Apache Kafka, projector, outreach, and the desk's live stream,
as an agent's browser has it. It is measured with a process for each service, as docker-compose.yml runs
them, and with `egard serve all`. The floor (a bare Kafka hop, then one commit) has the same events at the
same pace, in rounds between the others.

`EGARD_BENCH_PROMPTS` sets how many prompts each is measured with (300).
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from services.embedded import EmbeddedDatabase
from services.runtime import migrations
from tests.bench import topics
from tests.bench.figures import count_from, percentile, say
from tests.bench.floor import Floor, floor
from tests.bench.fresh import fresh
from tests.bench.served import STAGES, Served, Way, serving
from tests.bench.tellings import RATE, Due, paced, tellings
from tests.bench.topics import PARTITIONS
from tests.kafka.server import KafkaServer

LAYOUTS = {
    "a process each": ("gateway", "projector", "clock", "outreach", "desk", "insight"),
    "serve all": ("all",),
}
"""How an operator runs the services, and the names that each process is given."""

GOALS = {50: 3.0, 99: 5.0}
"""How many times the floor's percentile the same percentile may be."""

_ROUND = 100
"""Prompts of a round."""

_WARM_UP = 40
"""Prompts of the round that is not counted."""


async def bench(console: Console) -> dict[str, Any]:
    """Measures each layout beside the floor, shows a table for each, and returns the figures by layout."""
    prompts = count_from("EGARD_BENCH_PROMPTS", 300)
    figures = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            KafkaServer(folder / "kafka") as kafka,
            # When a transaction was committed tells how far the event had come by then.
            EmbeddedDatabase(folder / "database", settings={"track_commit_timestamp": "on"}) as database,
        ):
            await migrations.migrate(database.url)
            for layout, processes in LAYOUTS.items():
                await topics.renew(kafka.address)
                async with (
                    fresh(database.url) as url,
                    floor(kafka.address, url, PARTITIONS) as bare,
                    serving(kafka.address, url, processes, folder / "processes.log") as served,
                ):
                    figures[layout] = await _measure(layout, prompts, bare, served)
                _show(console, layout, figures[layout])
    return figures


async def _measure(layout: str, prompts: int, bare: Floor, served: Served) -> dict[str, Any]:
    """Rounds of both in turns until there were so many prompts, after one that is not counted."""
    ways: list[Way] = []
    hops: list[float] = []
    rounds = [_WARM_UP, *(min(_ROUND, prompts - done) for done in range(0, prompts, _ROUND))]
    for number, size in enumerate(rounds):
        due = list(tellings(size, f"round-{number}", seed=number))
        if number % 2:  # each goes first as often as the other
            found = await served.prompt(due)
            bares = await _hop(bare, due)
        else:
            bares = await _hop(bare, due)
            found = await served.prompt(due)
        if number:
            ways += found
            hops += bares
            say(f"{layout}: {len(ways)} of {prompts} prompts")
    return _figures(ways, hops)


async def _hop(bare: Floor, due: Sequence[Due]) -> list[float]:
    """The floor's seconds for each of the events that would prompt."""

    async def send(one: Due) -> float | None:
        key = one.customer.encode()
        if not one.prompts:
            await bare.send(b"ordinary-" + key, one.body)
            return None
        sent, committed = await bare.commit(key, one.body)
        return committed - sent

    return [seconds for seconds in await paced(due, send) if seconds is not None]


def _figures(ways: Sequence[Way], hops: Sequence[float]) -> dict[str, Any]:
    """Percentiles in milliseconds, and how many times the floor's they are."""
    whole = [way.whole for way in ways]
    return {
        "events_per_second": RATE,
        "prompts": len(whole),
        **{
            f"p{percent}": {
                "prompt_ms": percentile(whole, percent) * 1000,
                "floor_ms": percentile(hops, percent) * 1000,
                "ratio": percentile(whole, percent) / percentile(hops, percent),
            }
            for percent in GOALS
        },
        "stages_ms": {
            stage: {
                f"p{percent}": percentile([way.stages[place] for way in ways], percent) * 1000
                for percent in GOALS
            }
            for place, stage in enumerate(STAGES)
        },
    }


def _show(console: Console, layout: str, figures: dict[str, Any]) -> None:
    table = Table(title=f"Latency at {RATE} events/s, {layout}: milliseconds, {figures['prompts']} prompts")
    table.add_column("")
    for percent in GOALS:
        table.add_column(f"p{percent}", justify="right")
    rows = {
        "from sending to the desk": [f"{figures[f'p{percent}']['prompt_ms']:.1f}" for percent in GOALS],
        "floor: a Kafka hop and a commit": [f"{figures[f'p{percent}']['floor_ms']:.1f}" for percent in GOALS],
        "ratio": [f"{figures[f'p{percent}']['ratio']:.2f}" for percent in GOALS],
        "goal, at most": [f"{goal:.2f}" for goal in GOALS.values()],
    }
    for title, cells in rows.items():
        table.add_row(title, *cells)
    table.add_section()
    for stage, found in figures["stages_ms"].items():
        table.add_row(f"of it: {stage}", *(f"{found[f'p{percent}']:.1f}" for percent in GOALS))
    console.print(table)
