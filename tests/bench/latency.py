"""From the publisher's sending to the prompt at the desk, at 200 events a second, beside its floor.

The way is the whole one: HTTP to the gateway, Apache Kafka, projector, outreach, and the desk's live stream,
as an agent's browser has it. It is measured with a process for each service, as docker-compose.yml runs
them, and with `egard serve all`; and once more where everybody who is heard of is new. The floor (a bare
Kafka hop, then one commit) has the same events at the same pace, in rounds between the others; so have the
steps of the way with nothing in them (`bare_way.py`).

`EGARD_BENCH_PROMPTS` sets how many prompts each is measured with (200).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from services.embedded import EmbeddedDatabase
from services.runtime import migrations
from tests.bench import topics
from tests.bench.bare_way import BareWay, bare_way
from tests.bench.figures import count_from, percentile, say
from tests.bench.floor import Floor, floor
from tests.bench.fresh import fresh
from tests.bench.served import STAGES, Served, Way, serving
from tests.bench.tellings import RATE, Due, tellings
from tests.kafka.server import KafkaServer


class Case(NamedTuple):
    """One way to measure."""

    title: str
    processes: tuple[str, ...]
    """How an operator runs the services: the names that each process is given."""
    newcomers: bool
    """Whether customers are heard of for the first time. Then most events are a first contact, for which
    somebody is prompted; else we had to do with each of them a month before."""


_EACH = ("gateway", "projector", "clock", "outreach", "desk", "insight")

CASES = (
    Case("a process each", _EACH, newcomers=False),
    Case("serve all", ("all",), newcomers=False),
    Case("a process each, newcomers only", _EACH, newcomers=True),
)

GOALS = {50: 3.0, 99: 5.0}
"""How many times the floor's percentile the same percentile may be."""

_PROMPTS = count_from("EGARD_BENCH_PROMPTS", 200)

_ROUND = 50
"""Prompts of a round."""

_WARM_UP = 40
"""Prompts of the round that is not counted."""


async def bench(console: Console) -> dict[str, Any]:
    """Measures each case beside the floor, shows a table for each, and returns the figures by its title."""
    figures = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "processes.log"
        async with (
            KafkaServer(folder / "kafka") as kafka,
            # When a transaction was committed tells how far the event had come by then.
            EmbeddedDatabase(folder / "database", settings={"track_commit_timestamp": "on"}) as database,
        ):
            await migrations.migrate(database.url)
            for case in CASES:
                await topics.renew(kafka.address)
                async with (
                    fresh(database.url) as url,
                    floor(kafka.address, url) as its,
                    bare_way(kafka.address, url, log) as bare,
                    serving(kafka.address, url, case.processes, log) as served,
                ):
                    figures[case.title] = await _measure(case, its, bare, served)
                _show(console, case.title, figures[case.title])
    return figures


async def _measure(case: Case, its: Floor, bare: BareWay, served: Served) -> dict[str, Any]:
    """Rounds of all in turns until there were so many prompts, after one that is not counted."""
    hops: list[float] = []
    bares: list[float] = []
    ways: list[Way] = []

    async def hop(due: Sequence[Due]) -> None:
        hops.extend(await its.prompt(due))

    async def go(due: Sequence[Due]) -> None:
        bares.extend(await bare.prompt(due))

    async def prompt(due: Sequence[Due]) -> None:
        ways.extend(await served.prompt(due))

    measures = deque([hop, go, prompt])
    for number, size in enumerate([_WARM_UP, *_rounds(_PROMPTS)]):
        due = list(tellings(size, f"round-{number}", seed=number))
        if not case.newcomers:
            await served.meet(due)
        measures.rotate()  # each comes first as often as the others
        for measure in measures:
            await measure(due)
        if number:
            say(f"{case.title}: {len(ways)} of {_PROMPTS} prompts")
        else:
            for found in (hops, bares, ways):
                found.clear()
    return _figures(hops, bares, ways)


def _rounds(prompts: int) -> Iterator[int]:
    """How many prompts each round has."""
    while prompts > 0:
        yield min(_ROUND, prompts)
        prompts -= _ROUND


def _figures(hops: Sequence[float], bares: Sequence[float], ways: Sequence[Way]) -> dict[str, Any]:
    """Percentiles in milliseconds, and how many times the floor's they are."""
    whole = [way.whole for way in ways]
    return {
        "events_per_second": RATE,
        "prompts": len(whole),
        **{
            f"p{percent}": {
                "prompt_ms": percentile(whole, percent) * 1000,
                "floor_ms": percentile(hops, percent) * 1000,
                "bare_ms": percentile(bares, percent) * 1000,
                "ratio": percentile(whole, percent) / percentile(hops, percent),
                "bare_ratio": percentile(bares, percent) / percentile(hops, percent),
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


_ROWS = {
    "from sending to the desk": "prompt_ms",
    "floor: a Kafka hop and a commit": "floor_ms",
    "ratio to the floor": "ratio",
    "the same steps with nothing in them": "bare_ms",
    "ratio to the floor of these": "bare_ratio",
}


def _show(console: Console, layout: str, figures: dict[str, Any]) -> None:
    table = Table(title=f"Latency at {RATE} events/s, {layout}: milliseconds of {figures['prompts']} prompts")
    table.add_column("")
    for percent in GOALS:
        table.add_column(f"p{percent}", justify="right")
    for title, name in _ROWS.items():
        table.add_row(title, *(f"{figures[f'p{percent}'][name]:.2f}" for percent in GOALS))
        if name == "ratio":
            table.add_row("goal, at most", *(f"{goal:.2f}" for goal in GOALS.values()))
    table.add_section()
    for stage, found in figures["stages_ms"].items():
        table.add_row(f"of it: {stage}", *(f"{found[f'p{percent}']:.2f}" for percent in GOALS))
    console.print(table)
