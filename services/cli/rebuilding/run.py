"""One run of `egard rebuild`: begins or goes on, folds beside, catches up, switches.

Whatever it is interrupted at, the next run finds in the database how far it came.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Protocol

import asyncpg
import msgspec
from rich.console import Console

from projections.links import canonical
from services.cli.progress import meter, say
from services.cli.rebuilding.folder import Task, Tell
from services.cli.rebuilding.store import BUILD, QUERIES, Place, connect, since, standing
from services.projector.links import keep_words, words_of
from services.runtime import version as versions
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS
from services.runtime.people import hold
from services.runtime.rows import TABLES
from services.runtime.version import Version

_SPEAKERS = 500
"""Customers whose words on links are read at once."""

_CUSTOMERS = 1_000
"""Customers who are folded again at once, about: persons are never cut."""

_FEW = 2_000
"""Customers that are folded again so soon that the switch may begin."""

_FEWER = 0.7
"""To what share of the last time they must have come down for one more round before the switch."""

_LONGEST = 20.0
"""Seconds that whoever writes may wait for the switch; then it is put off."""

_PAUSE = 1.0
"""Seconds until the switch is tried again; each time twice as long, as every try keeps others waiting."""

_LONGEST_PAUSE = 30.0


class Folders(Protocol):
    """Those who fold."""

    async def run(self, tasks: Iterable[Task], tell: Tell) -> None:
        """Does tasks, and tells how many more events were folded."""


class Begun(msgspec.Struct, frozen=True):
    """What a rebuild begins with."""

    resumed: bool
    events: int
    """How many the journal had, about."""
    folded: int
    """How many are in the new tables."""


class Done(msgspec.Struct, frozen=True):
    """What a rebuild did."""

    changed: int
    """Whose reading is another."""
    waited: float
    """Seconds for which nobody could write."""


class Rebuild:
    """Folds the journal anew, with a session that leads and processes that fold."""

    def __init__(self, url: str, connection: asyncpg.Connection, version: Version, console: Console) -> None:
        self._url = url
        self._connection = connection
        self._version = version
        self._console = console
        self._now: dict[int, Place] = {}
        """Where the projector stood when it was last asked who is to be folded again."""
        self._pace = 0.0
        """Seconds for a customer who is folded again."""

    async def begin(self) -> Begun:
        """Begins, or finds what was begun. Raises `Fatal` where it cannot go on with that."""
        await self._connection.execute(QUERIES["nobody_works"])
        resumed = await begun(self._connection)
        if not resumed:
            await self._begin()
        state = await self._connection.fetchrow(BUILD["state"])
        if state["version"] != self._version.name:
            raise Fatal(
                f"A rebuild by version {state['version']} was begun, and this is version "
                f"{self._version.name}: go on with that strategy and software, or throw it away with "
                "`egard rebuild --discard`."
            )
        if not state["fits"]:
            raise Fatal(_MIGRATED)
        return Begun(resumed, state["events"], await self._connection.fetchval(BUILD["progress"]))

    async def _begin(self) -> None:
        connection = self._connection
        if not await connection.fetchval(BUILD["in_public"]):
            raise Fatal("A rebuild expects our tables in the schema `public`.")
        await _check_dependents(connection)
        events = await connection.fetchval(BUILD["estimate"]) or await connection.fetchval(BUILD["count"])
        async with connection.transaction():
            await connection.execute(BUILD["begin"])
            await _run_all(connection, BUILD["option_statements"])
            await _run_all(connection, BUILD["index_statements"], ["links"])
            await _run_all(connection, BUILD["grant_statements"])
            await _run_all(connection, BUILD["helper_statements"])
            await connection.execute(BUILD["begin_state"], self._version.name, events)
            await connection.execute(BUILD["begin_positions"], INTERACTIONS)
            await connection.execute(BUILD["begin_parts"], await connection.fetchval(BUILD["part_count"]))

    async def fold(self, workers: Folders, tell: Tell) -> None:
        """Folds what is left of the journal into the new tables; tells how many events more are there."""
        await self._fold_links()
        parts = await self._connection.fetch(BUILD["parts"])
        await workers.run((Task(part=row["part"]) for row in parts), tell)

    async def _fold_links(self) -> None:
        place = await self._connection.fetchrow(QUERIES["where_part_stands"], -1)
        after, done = place["after"], place["done"]
        while not done:
            async with self._unswept():
                rows = await self._connection.fetch(QUERIES["speakers"], after, _SPEAKERS)
                speakers = [row["customer"] for row in rows]
                await self._say_again(speakers)
                done = len(speakers) < _SPEAKERS
                last = speakers[-1] if speakers else after
                await self._connection.execute(QUERIES["advance_part"], -1, 0, last, 0, done)
            after = last

    async def _say_again(self, speakers: list[str]) -> None:
        """Writes what some customers said of links, and notes whom that concerns."""
        if speakers:
            await self._connection.execute(QUERIES["again_linked"], speakers)
            await self._connection.execute(QUERIES["unsay"], speakers)
            await keep_words(self._connection, await words_of(self._connection, speakers))
            await self._connection.execute(QUERIES["again_linked"], speakers)

    @asynccontextmanager
    async def _unswept(self) -> AsyncIterator[None]:
        """A transaction in which nobody is erased: what was read of somebody may be written."""
        async with self._connection.transaction():
            await self._connection.execute(QUERIES["no_erasure"])
            yield

    async def index(self) -> None:
        """Makes the indexes of the new tables, and finds whom these have no more."""
        say(self._console, "Making indexes.")
        await _run_all(self._connection, BUILD["index_statements"], ["relationships", *TABLES.values()])
        await self._connection.execute(BUILD["analyze"])
        async with self._unswept():
            await self._connection.execute(BUILD["find_gone"])

    async def catch_up(self, workers: Folders) -> None:
        """Folds again whoever something came of meanwhile, until those are few, or do not get fewer."""
        say(self._console, "Catching up with what came meanwhile.")
        before = None
        while True:
            names = await self._touched()
            await self._fold_again(workers, names)
            if len(names) <= _FEW or (before is not None and len(names) > before * _FEWER):
                return
            before = len(names)

    async def _touched(self) -> list[str]:
        """Everybody who is to be folded again, and whom they are or ever were linked with."""
        connection = self._connection
        before = await since(connection)
        self._now = await standing(connection, before, INTERACTIONS)
        speakers: set[str] = set()
        async with self._unswept():
            for partition, here in self._now.items():
                was = before.get(partition)
                stretch = (partition, 0 if was is None else was.next, here.next)
                await connection.execute(QUERIES["touch"], *stretch)
                speakers |= {row["customer"] for row in await connection.fetch(QUERIES["spoke"], *stretch)}
            await self._say_again(sorted(speakers))
        return [row["customer"] for row in await connection.fetch(QUERIES["near"])]

    async def _fold_again(self, workers: Folders, names: list[str]) -> None:
        began = time.monotonic()
        links = [tuple(row) for row in await self._connection.fetch(QUERIES["near_links"], names)]
        with meter(self._console, "Folding again", "customers", len(names)) as progress:

            def tasks() -> Iterator[Task]:
                taken = 0
                for some in _together(names, links):
                    progress.update(taken, taken)
                    yield Task(customers=some)
                    taken += len(some)

            await workers.run(tasks(), _ignore)
        places = self._now.values()
        await self._connection.execute(
            QUERIES["move_since"],
            list(self._now),
            [place.next for place in places],
            [place.topic_id for place in places],
        )
        if names:
            self._pace = (time.monotonic() - began) / len(names)

    async def switch(self, workers: Folders) -> Done:
        """Puts the new tables in the place of the ones that are used, once nobody is in the way."""
        say(self._console, "Switching.")
        pause = _PAUSE
        while True:
            gate = await connect(
                self._url,
                idle_in_transaction_session_timeout=f"{_LONGEST * 1000:.0f}",
                # What is switched to is on disk, before anybody builds on it.
                synchronous_commit="on",
            )
            try:
                done = await self._switch(gate, workers)
                if done is not None:
                    return done
                why = "Events come faster than they are caught up with"
            except asyncpg.LockNotAvailableError:
                why = "Others use the tables in long transactions"
            except asyncpg.InterfaceError:
                if not gate.is_closed():
                    raise
                why = "The last of it took too long"
            except asyncpg.DependentObjectsStillExistError as error:
                raise Fatal(f"{_RESTS} {error.detail} {_DROP}") from None
            finally:
                gate.terminate()
            say(self._console, f"{why}: it is tried again in {pause:.0f} s.")
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)
            await self.catch_up(workers)

    async def _switch(self, gate: asyncpg.Connection, workers: Folders) -> Done | None:
        """Switches while nobody writes; None where that would keep others waiting for too long.

        What is folded meanwhile is folded in other sessions, and stays though the switch be put off.
        """
        async with gate.transaction():
            await gate.execute("set local lock_timeout = '2s'")
            await hold(gate, alone=True)
            began = time.monotonic()
            names = await self._touched()
            if len(names) * self._pace > _LONGEST / 2:
                return None
            await self._fold_again(workers, names)
            # Less than the second after which PostgreSQL ends somebody's wait: nobody else's is to be ended.
            await gate.execute("set local lock_timeout = '500ms'")
            await gate.execute(BUILD["lock_tables"])
            if not (await gate.fetchrow(BUILD["state"]))["fits"]:
                raise Fatal(_MIGRATED)
            await _check_dependents(gate)
            for statements in ("revoke_statements", "owner_statements", "grant_statements"):
                await _run_all(gate, BUILD[statements])
            for statement in ("drop_deadlines", "move_deadlines", "set_deadlines"):
                await gate.execute(BUILD[statement])
            changed = await gate.fetchval(QUERIES["count_changed"])
            await gate.execute(BUILD["switch"])
            await versions.settle(gate, self._version)
            await gate.execute(BUILD["discard"])
        return Done(changed, time.monotonic() - began)


async def begun(connection: asyncpg.Connection) -> bool:
    """Whether a rebuild was begun and not switched to."""
    there: bool = await connection.fetchval(BUILD["begun"])
    return there


async def discard(connection: asyncpg.Connection) -> None:
    """Throws away what was begun."""
    await connection.execute(QUERIES["nobody_works"])
    async with connection.transaction():
        # Whoever is being erased is looked for in these tables too.
        await connection.execute(QUERIES["no_erasure"])
        await connection.execute(BUILD["discard"])


async def lead(url: str) -> asyncpg.Connection:
    """The session that leads a rebuild. Raises `Fatal` where there is another."""
    connection = await connect(url)
    if not await connection.fetchval(QUERIES["alone"]):
        await connection.close()
        raise Fatal("Another rebuild is at work on this database: there may be one at a time.")
    return connection


_MIGRATED = (
    "The schema was migrated since this rebuild began: throw it away with "
    "`egard rebuild --discard`, and begin again."
)
_RESTS = "A rebuild puts other tables in the place of ours. What rests on ours would stay behind, or be lost:"
_DROP = "Drop it, and make it again after the rebuild."


async def _check_dependents(connection: asyncpg.Connection) -> None:
    found = await connection.fetch(BUILD["dependents"])
    if found:
        raise Fatal(f"{_RESTS} {', '.join(row['what'] for row in found)}. {_DROP}")


async def _run_all(connection: asyncpg.Connection, query: str, *arguments: object) -> None:
    """Runs the statements that a query gives."""
    for row in await connection.fetch(query, *arguments):
        await connection.execute(row["statement"])


def _together(names: Iterable[str], edges: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
    """Names in lots, none of which cuts those who were ever linked apart."""
    of = canonical(edges)
    ordered = sorted((of.get(name, name), name) for name in names)
    lot: list[str] = []
    for _, some in groupby(ordered, key=lambda one: one[0]):
        lot += [name for _, name in some]
        if len(lot) >= _CUSTOMERS:
            yield sorted(lot)
            lot = []
    if lot:
        yield sorted(lot)


def _ignore(events: int) -> None:
    pass
