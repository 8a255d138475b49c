"""One run: load and faults at once, then quiet, then the books."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec

from tests.awake import awake
from tests.chaos import agents
from tests.chaos.alarms import alarms, silences
from tests.chaos.faults import Tell, strike
from tests.chaos.found import Found, look
from tests.chaos.load import Load
from tests.chaos.oracle import Violation, judge
from tests.chaos.record import Record
from tests.chaos.schedule import Fault, schedule
from tests.chaos.system import PARTITIONS, System, running
from tests.chaos.waiting import Counts, count, quiet
from tests.processes import egard

_RECOVERED_WITHIN = 120.0
"""Seconds from the last fault until all services serve, and all that was begun is acknowledged."""
_QUIET_WITHIN = 240.0
"""Seconds until nothing waits any more."""
_LOOKS = 3
"""How often to look before what is wrong counts as wrong: something may only be late."""
_BETWEEN_LOOKS = 10.0
_COUNT_EVERY = 2.0

Watch = Callable[["Run"], None]
"""Looks on while it runs."""


class Outcome(msgspec.Struct):
    """What a run came to."""

    faults: list[Fault]
    """Those that struck."""
    record: Record
    found: Found
    violations: list[Violation]
    late: int
    """How many violations were gone when we looked again."""
    ends: Counter[str]
    """Why services ended by themselves, as they said."""
    unwilling: int
    """How often a service that was asked to end had to be killed."""
    quiet_after: float
    """Seconds from the end of the faults until nothing waited any more."""


class Run:
    """A run under way: faults and load follow from the seed; when exactly what meets what does not."""

    def __init__(self, *, seed: int, seconds: float, rate: float, watch: Watch, tell: Tell) -> None:
        self.seed = seed
        self.seconds = seconds
        self.rate = rate
        self.record = Record()
        self.stage = "starting"
        self.began = time.monotonic()
        self.faults: list[Fault] = []
        self.counts = Counts()
        self._watch = watch
        self._tell = tell
        self._stuck: list[Violation] = []

    async def run(self, folder: Path) -> Outcome:
        """Lets everything go wrong for so long, puts all right again, and looks at what is there."""
        async with running(folder) as system:
            following = asyncio.create_task(self._follow(system))
            try:
                await self._storm(system)
                self.stage, calm = "settling", time.monotonic()
                waiting = quiet(system.database.url, system.kafka.address)
                await self._must(waiting, _QUIET_WITHIN, "something still waits")
                self.stage, quiet_after = "looking", time.monotonic() - calm
                return await self._books(system, quiet_after)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    async def _books(self, system: System, quiet_after: float) -> Outcome:
        """Looks at what is there, and again where something is wrong: what heals by itself came only late."""
        strategy = awake()
        found = await self._look(system)
        violations = judge(self.record, found, strategy)
        at_first = len(violations)
        for _ in range(1, _LOOKS):
            if violations:
                await asyncio.sleep(_BETWEEN_LOOKS)
                found = await self._look(system)
                violations = judge(self.record, found, strategy)
        late = max(0, at_first - len(violations))
        code, said = await egard("verify", environment=system.environment)
        if code:
            violations.append(Violation("verify", said[-2000:]))
        kept = system.services.values()
        violations += [*self._stuck, *alarms(system.said()), *silences({one.name: one.ends for one in kept})]
        return Outcome(
            self.faults,
            self.record,
            found,
            violations,
            late,
            sum((one.ends for one in kept), Counter()),
            sum(one.unwilling for one in kept),
            quiet_after,
        )

    async def _storm(self, system: System) -> None:
        """Load, agents and faults at once, until the faults are over and all that was begun has ended."""
        self.stage = "storm"
        self.began = time.monotonic()
        over = asyncio.Event()
        load = Load(self.record, seed=self.seed, rate=self.rate)
        publishing = asyncio.create_task(
            load.run(
                self.seconds,
                gateway=system.calling("gateway"),
                kafka=system.produced_to,
                partitions=PARTITIONS,
            )
        )
        working = asyncio.create_task(
            agents.work(self.record, desk=system.calling("desk"), seed=self.seed, until=over)
        )
        try:
            await strike(system, schedule(self.seed, self.seconds), self.seed, self._struck)
            await asyncio.sleep(max(0.0, self.began + self.seconds - time.monotonic()))
            self.stage = "recovering"
            await self._must(system.ready(), _RECOVERED_WITHIN, "a service does not come back")
            await self._must(publishing, _RECOVERED_WITHIN, "events are not acknowledged")
            over.set()
            await self._must(working, _RECOVERED_WITHIN, "agents are not answered")
        finally:
            for task in (publishing, working):
                task.cancel()
            await asyncio.gather(publishing, working, return_exceptions=True)

    def _struck(self, at: float, fault: Fault) -> None:
        self.faults.append(fault)
        self._tell(at, fault)

    async def _must(self, work: Awaitable[None], within: float, otherwise: str) -> None:
        """Waits for something that must come; goes on without it, and notes that it did not."""
        try:
            await asyncio.wait_for(work, within)
        except TimeoutError as error:
            self._stuck.append(Violation("standstill", f"{otherwise} after {within:.0f} s. {error}"))

    async def _look(self, system: System) -> Found:
        """What is there now."""
        async with (
            system.looking("insight") as insight,
            httpx.AsyncClient(base_url=insight.url, timeout=30) as http,
        ):
            return await look(system.database.url, system.kafka.address, http, self.record)

    async def _follow(self, system: System) -> None:
        """Counts now and then what is there already, as far as anybody answers."""
        while True:
            with suppress(TimeoutError, OSError):
                self.counts = await count(system.database.url)
            self._watch(self)
            await asyncio.sleep(_COUNT_EVERY)
