"""The projector beside what bounds it: ceilings, one process and two, in interleaved rounds of one run.

`EGARD_BENCH_EVENTS` sets how many events a measurement has (200,000), `EGARD_BENCH_ROUNDS` how many rounds
there are at most (3); no round begins that would end after `_BUDGET` seconds.
"""

import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from services.embedded import EmbeddedDatabase
from services.runtime import migrations
from tests.bench import ceilings, contenders, topics
from tests.bench.contenders import CONTENDERS, Contender, Unavailable
from tests.bench.figures import count_from
from tests.bench.folding import fold
from tests.bench.foreign import job
from tests.bench.fresh import fresh
from tests.bench.stream import SPREADS, Sent, Spread, events, repeated
from tests.kafka.server import KafkaServer

_EVENTS = count_from("EGARD_BENCH_EVENTS", 200_000)
_ROUNDS = count_from("EGARD_BENCH_ROUNDS", 3)
_BUDGET = 450.0
"""Seconds that a run may take, its first round apart."""

_WARM_UP = 20_000
"""Events of the round that is not counted; a tenth of them come twice, and nobody may count them twice."""

_BATCHES = (5_000, 20_000, 50_000, 200_000)
"""What the dedup ceiling tries at first, twice each, to keep what suits it best."""

CONSUME, COPY, DEDUP, ONE, TWO = "consume", "copy", "dedup", "projector_1", "projector_2"
_TITLES = {
    CONSUME: "aiokafka and msgspec alone",
    COPY: "COPY into the journal's key",
    DEDUP: "COPY, then what is new (the dedup ceiling)",
    ONE: "projector, 1 process",
    TWO: "projector, 2 processes",
    **{contender.name: contender.title for contender in CONTENDERS},
}
GOALS: Mapping[Spread, float] = {"uniform": 0.3, "zipf": 0.45}

Rates = dict[tuple[Spread, str], list[float]]
"""Events per second of each round."""


async def bench(console: Console) -> dict[str, Any]:
    """Measures all in turn, shows a table for each part, and returns the figures by spread."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            KafkaServer(Path(folder) / "kafka") as kafka,
            EmbeddedDatabase(Path(folder) / "database") as database,
        ):
            await migrations.migrate(database.url)
            run = Run(kafka.address, database.url, Path(folder))
            await run.install()
            await run.warm_up()
            await run.rounds()
    figures = run.figures()
    _show_ceilings(console, figures)
    _show_projector(console, figures)
    _show_contenders(console, figures, run.absent)
    return figures


class Run:
    """The measurements of one run, all on the same broker and database server."""

    def __init__(self, brokers: str, database: str, folder: Path) -> None:
        self._brokers = brokers
        self._database = database
        self._log = folder / "processes.log"
        self._rates: Rates = defaultdict(list)
        self._batch = _BATCHES[0]
        self._began = time.monotonic()
        self._present: dict[Contender, Path] = {}
        self.absent: dict[Contender, str] = {}
        """Who is not in the table, and why."""

    async def install(self) -> None:
        """Makes the environments of the other stream processors, where they can be had."""
        for contender in CONTENDERS:
            _say(f"{contender.title}: its virtual environment")
            try:
                self._present[contender] = await contenders.install(contender)
            except Unavailable as reason:
                self.absent[contender] = str(reason)

    async def warm_up(self) -> None:
        """A short round that is not counted, with repetitions; then finds the dedup ceiling's best batch."""
        some = repeated(events("zipf", _WARM_UP, seed=0), 0.1, seed=0)
        for name, measure in self._measures().items():
            if name != COPY:  # it has no way to deal with repetitions
                _say(f"warm-up: {_TITLES[name]}")
                await measure(some)
        some = events("uniform", _EVENTS, seed=1)
        rates = dict.fromkeys((min(batch, _EVENTS) for batch in _BATCHES), 0.0)
        for batch in (*rates, *rates):
            self._batch = batch
            rates[batch] = max(rates[batch], len(some) / await self._dedup(some))
            _say(f"dedup ceiling in batches of {batch:,}: {rates[batch]:,.0f} events/s at best")
        self._batch = max(rates, key=rates.__getitem__)

    async def rounds(self) -> None:
        """All measurements in turn, so that each meets the same moods of the machine."""
        longest = 0.0
        for number in range(1, _ROUNDS + 1):
            began = time.monotonic()
            if number > 1 and began - self._began + longest > _BUDGET:
                _say(f"there is no time for more than {number - 1} of {_ROUNDS} rounds")
                return
            for spread in SPREADS:
                some = events(spread, _EVENTS, seed=number)
                for name, measure in self._measures().items():
                    rate = len(some) / await measure(some)
                    self._rates[spread, name].append(rate)
                    _say(f"round {number}, {spread}, {_TITLES[name]}: {rate:,.0f} events/s")
            longest = max(longest, time.monotonic() - began)

    def figures(self) -> dict[str, Any]:
        """Medians of rates, and of the ratios within each round.

        `ratio` is to the dedup ceiling; `projector` is how many times as fast as another the projector is.
        """
        others = [one.name for one in self._present]
        return {
            "events": _EVENTS,
            "rounds": len(self._rates[SPREADS[0], DEDUP]),
            "dedup_batch": self._batch,
            **{
                spread: {
                    name: {
                        "rate": statistics.median(self._rates[spread, name]),
                        "ratio": self._ratio(spread, name, DEDUP),
                        **({"projector": self._ratio(spread, ONE, name)} if name in others else {}),
                    }
                    for name in self._measures()
                }
                for spread in SPREADS
            },
        }

    def _ratio(self, spread: Spread, name: str, to: str) -> float:
        pairs = zip(self._rates[spread, name], self._rates[spread, to], strict=True)
        return statistics.median(one / other for one, other in pairs)

    def _measures(self) -> dict[str, Callable[[Sequence[Sent]], Awaitable[float]]]:
        return {
            CONSUME: self._consume,
            COPY: self._copy,
            DEDUP: self._dedup,
            ONE: lambda some: self._fold(some, 1),
            TWO: lambda some: self._fold(some, 2),
            **{one.name: partial(self._contend, one) for one in self._present},
        }

    async def _consume(self, some: Sequence[Sent]) -> float:
        return await ceilings.consume(self._brokers, await self._fill(some))

    async def _contend(self, contender: Contender, some: Sequence[Sent]) -> float:
        await self._fill(some)
        async with fresh(self._database, job.TABLES) as database:
            return await contenders.run(
                contender, self._present[contender], self._brokers, database, some, self._log
            )

    async def _fill(self, some: Sequence[Sent]) -> dict[int, int]:
        await topics.renew(self._brokers)
        filling = topics.Filling(self._brokers)
        await filling.write(some)
        await filling.commit()
        return filling.ends

    async def _copy(self, some: Sequence[Sent]) -> float:
        async with fresh(self._database) as database:
            return await ceilings.copy(database, some)

    async def _dedup(self, some: Sequence[Sent]) -> float:
        async with fresh(self._database) as database:
            return await ceilings.dedup(database, some, self._batch)

    async def _fold(self, some: Sequence[Sent], processes: int) -> float:
        await topics.renew(self._brokers)
        async with fresh(self._database) as database:
            return await fold(self._brokers, database, some, processes, self._log)


def _show_ceilings(console: Console, figures: Mapping[str, Any]) -> None:
    table = Table(title=f"Ceilings: events per second (medians; rounds: {figures['rounds']})")
    table.add_column("")
    for spread in SPREADS:
        table.add_column(spread, justify="right")
        table.add_column("of dedup", justify="right")
    for name in (CONSUME, COPY, DEDUP):
        table.add_row(_TITLES[name], *_cells(figures, name))
    table.caption = f"The dedup ceiling was best in batches of {figures['dedup_batch']:,}."
    console.print(table)


def _show_projector(console: Console, figures: Mapping[str, Any]) -> None:
    table = Table(title="Projector: events per second, folded and announced")
    table.add_column("")
    for spread in SPREADS:
        table.add_column(spread, justify="right")
        table.add_column("of dedup", justify="right")
    for name in (ONE, TWO):
        table.add_row(_TITLES[name], *_cells(figures, name))
    table.add_row("goal, 1 process", *(cell for spread in SPREADS for cell in ("", f"{GOALS[spread]:.2f}")))
    console.print(table)


def _show_contenders(console: Console, figures: Mapping[str, Any], absent: Mapping[Contender, str]) -> None:
    """The same job elsewhere, and how many times as fast the projector is with one process, as they have."""
    table = Table(title="Others: events per second of a smaller job, and the projector's as a multiple")
    table.add_column("")
    for spread in SPREADS:
        table.add_column(spread, justify="right")
        table.add_column("of dedup", justify="right")
        table.add_column("projector", justify="right")
    present = [contender for contender in CONTENDERS if contender not in absent]
    for contender in present:
        table.add_row(contender.title, *_cells_beside(figures, contender.name))
    console.print(table)
    console.print(
        "They deduplicate and keep eight sums per customer; the projector also keeps the journal's bodies, "
        "matters, readings, deadlines and causes, and announces.\n"
        "Projector: effectively once, in journal, sums and matters; announcements at least once, by revision."
    )
    for contender in present:
        console.print(f"{contender.title}: {contender.guarantee}.")
    for contender, reason in absent.items():
        console.print(f"{contender.title} is not in the table: {reason}.")


def _cells_beside(figures: Mapping[str, Any], name: str) -> list[str]:
    cells = []
    for spread in SPREADS:
        its = figures[spread][name]
        cells += [f"{its['rate']:,.0f}", f"{its['ratio']:.2f}", f"× {its['projector']:.2f}"]
    return cells


def _cells(figures: Mapping[str, Any], name: str) -> list[str]:
    return [
        cell
        for spread in SPREADS
        for cell in (f"{figures[spread][name]['rate']:,.0f}", f"{figures[spread][name]['ratio']:.2f}")
    ]


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
