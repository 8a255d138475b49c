"""How much memory each service holds: with few customers and many, after some events and ten times as many.

Every service is a process of its own. The projector folds all of the events from Kafka, behind its end; nine
tenths were put there straight, the others came through the gateway. Then each service does the same work
(`tests/bench/exercise.py`), all comes to rest, and /proc is read. A million customers appear within minutes,
which no brand's do: they are not welcomed, else outreach would write prompts for hours.

`EGARD_BENCH_CUSTOMERS` sets how many customers are many (1,000,000; few are a hundredth of it);
`EGARD_BENCH_FOLDED` how many events there are in the first two measurements (1,000,000; in the third there
are ten times as many).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from projections.trigger_rules import Triggers
from services.embedded import EmbeddedDatabase
from services.runtime import migrations
from services.runtime.kafka import INTERACTIONS
from tests.awake import awake_file
from tests.bench import topics
from tests.bench.exercise import Exercise, publish
from tests.bench.figures import count_from, say
from tests.bench.fresh import fresh
from tests.bench.keys import create_key
from tests.bench.resident import Resident, larger, resident
from tests.bench.stream import CUSTOMERS, Sent, flow
from tests.kafka.server import KafkaServer
from tests.processes import Serving

SERVICES = ("gateway", "projector", "clock", "outreach", "desk", "insight")

GOAL = 1.10
"""How many times the least of a service's figures the largest may be."""

_TRIGGERS = [name for name in Triggers.__struct_fields__ if name != "first_contact"]
"""What people are prompted for."""

_FEWER = 100
_MANY = count_from("EGARD_BENCH_CUSTOMERS", CUSTOMERS, least=_FEWER, most=CUSTOMERS)
_FOLDED = count_from("EGARD_BENCH_FOLDED", 1_000_000)
_MORE = 10
_AT_ONCE = 100_000
"""Events of one transaction."""

_OVER_HTTP = 10
"""Of so many events one comes through the gateway."""

_STILL = 5.0
"""Seconds without a move after which it is asked whether the projector is at the end."""

_STUCK = 120.0
"""Seconds without a move after which it never will be."""

_REACHED = "select coalesce(sum(next_offset), 0)::bigint from positions where topic = $1"
_FOLDED_SO_FAR = "select coalesce(sum(events), 0)::bigint from relationships"

_SAY_EVERY = 10.0
"""Seconds between two words on how far it is."""

_REST = 10.0
"""Seconds for all to come to rest."""

_MEBI = 2**20

Measured = Mapping[str, Resident]
"""What each service holds."""


async def bench(console: Console) -> dict[str, Any]:
    """Measures three states, shows a table, and returns the figures by service."""
    states: dict[tuple[int, int], Measured] = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            KafkaServer(folder / "kafka") as kafka,
            EmbeddedDatabase(folder / "database", durable=False) as database,
        ):
            await migrations.migrate(database.url)
            for customers, counts in ((_MANY // _FEWER, (_FOLDED,)), (_MANY, (_FOLDED, _FOLDED * _MORE))):
                await topics.renew(kafka.address)
                async with (
                    fresh(database.url) as url,
                    _running(kafka.address, url, folder / "processes.log") as state,
                ):
                    events = flow(customers, counts[-1], seed=customers)
                    for count in counts:
                        states[customers, count] = await state.after(events, count)
    figures = _figures(states)
    _show(console, figures)
    return figures


class _State:
    """Services, and how many events they have seen."""

    def __init__(
        self,
        brokers: str,
        connection: asyncpg.Connection,
        processes: Mapping[str, Serving],
        key: str,
    ) -> None:
        self._filling = topics.Filling(brokers)
        self._connection = connection
        self._processes = processes
        self._key = key
        self._exercise = Exercise(processes, connection, key)
        self._sent = 0

    async def after(self, events: Iterator[Sent], count: int) -> Measured:
        """What each service holds once so many of the events were folded."""
        while self._sent < count:
            some = list(islice(events, min(_AT_ONCE, count - self._sent)))
            over_http = [one.body for one in some[::_OVER_HTTP]]
            await self._filling.write(one for place, one in enumerate(some) if place % _OVER_HTTP)
            await self._filling.commit()
            await publish(self._processes["gateway"], over_http, self._key)
            self._sent += len(some)
            say(f"{self._sent:,} of {count:,} events sent")
        await self._until_folded(count)
        # The clock goes round the readings every quarter of an hour; one that starts begins a round.
        clock = self._processes["clock"]
        before = resident(clock.pid)
        await clock.stop()
        await self._exercise.age()
        await clock.start()
        await self._exercise.run()
        await self._until_folded(count)
        await asyncio.sleep(_REST)
        found = {name: resident(one.pid) for name, one in self._processes.items()}
        return {**found, "clock": larger(before, found["clock"])}

    async def _until_folded(self, count: int) -> None:
        """Until the projector has folded so many, and moves no more."""
        reached, since, said = -1, time.monotonic(), 0.0
        while True:
            now = await self._connection.fetchval(_REACHED, INTERACTIONS)
            if now != reached:
                reached, since = now, time.monotonic()
            still = time.monotonic() - since
            if still > _STILL and await self._connection.fetchval(_FOLDED_SO_FAR) >= count:
                return
            assert still < _STUCK, f"the projector stands still at {reached:,} of {count:,} events"
            if time.monotonic() - said > _SAY_EVERY:
                said = time.monotonic()
                held = resident(self._processes["projector"].pid).now / _MEBI
                say(f"the projector stands at {reached:,} of {count:,} events, and holds {held:.0f} MiB")
            await asyncio.sleep(0.5)


@asynccontextmanager
async def _running(brokers: str, database: str, log: Path) -> AsyncIterator[_State]:
    async with AsyncExitStack() as stack:
        processes = {
            name: Serving(
                name,
                kafka=brokers,
                database=database,
                log=log,
                access="keys",
                strategy=awake_file(log.parent, *_TRIGGERS),
            )
            for name in SERVICES
        }
        for one in processes.values():
            await stack.enter_async_context(one)
        connection = await asyncpg.connect(database)
        stack.push_async_callback(connection.close)
        key = await create_key(database, "publish", "read", "act")
        yield _State(brokers, connection, processes, key)


def _figures(states: Mapping[tuple[int, int], Measured]) -> dict[str, Any]:
    """Mebibytes by service and state, and how many times the least the largest is."""
    return {
        "states": [{"customers": customers, "events": events} for customers, events in states],
        **{
            service: {
                kind: {
                    "mib": (found := [getattr(one[service], kind) / _MEBI for one in states.values()]),
                    "ratio": max(found) / min(found),
                }
                for kind in Resident._fields
            }
            for service in SERVICES
        },
    }


def _show(console: Console, figures: Mapping[str, Any]) -> None:
    table = Table(title="Memory of each service: MiB at rest (RSS), and the most that ever was")
    table.add_column("")
    for state in figures["states"]:
        table.add_column(f"{state['customers']:,} customers\n{state['events']:,} events", justify="right")
    table.add_column("largest\nto least", justify="right")
    table.add_column("goal", justify="right")
    for service in SERVICES:
        for kind, title in (("now", service), ("most", "  at most")):
            found = figures[service][kind]
            cells = [f"{mib:.1f}" for mib in found["mib"]]
            table.add_row(title, *cells, f"{found['ratio']:.2f}", f"{GOAL:.2f}")
    console.print(table)
