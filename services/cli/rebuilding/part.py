"""One part of the journal, folded from its first customer to its last, slice by slice.

Reading, folding and writing go on at the same time: while a slice is written, the next one is folded.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from time import time
from typing import Any

import asyncpg

from events import recall
from projections.judgement import judgements
from projections.strategy import Strategy
from services.cli.rebuilding.gathering import Gathered, Gathering
from services.cli.rebuilding.rows import Filler, Member
from services.cli.rebuilding.store import QUERIES, befores, state_of, tell, write

_FETCH = 4_000
"""Events that are read at once."""

_SLICE = 20_000
"""Events after which a slice is written; a customer is never cut."""

Tell = Callable[[int], None]


class Part:
    """Folds one part with two sessions: one reads, the other writes."""

    def __init__(
        self,
        number: int,
        strategy: Strategy,
        reader: asyncpg.Connection,
        writer: asyncpg.Connection,
        tell: Tell,
    ) -> None:
        self._number = number
        self._strategy = strategy
        self._filler = Filler(strategy)
        self._reader = reader
        self._writer = writer
        self._tell = tell
        self._after = ""
        self._folded = 0
        self._erasures = ""
        self._links = False
        self._writing: asyncio.Task[None] | None = None

    async def fold(self) -> None:
        """Folds what is left of it."""
        place = await self._reader.fetchrow(QUERIES["where_part_stands"], self._number)
        if place["done"]:
            return
        self._after, self._folded = place["after"], place["folded"]
        self._links = await self._reader.fetchval(QUERIES["any_links"])
        # Before the first event is read: whoever is erased later may be among what is read.
        self._erasures = await self._reader.fetchval(QUERIES["erasures"])
        try:
            async with self._reader.transaction(isolation="repeatable_read", readonly=True):
                await self._read()
        finally:
            if self._writing is not None:
                self._writing.cancel()
                with suppress(asyncio.CancelledError):
                    await self._writing

    async def _read(self) -> None:
        gathering, waiting, events = Gathering(self._strategy), list[Gathered](), 0
        cursor = await self._reader.cursor(QUERIES[f"part_{self._number}"], self._after)
        async for bodies in _ahead(cursor):
            waiting += gathering.take(recall(bodies))
            events += len(bodies)
            if events >= _SLICE and waiting:
                await self._put(waiting, done=False)
                waiting, events = [], 0
        await self._put([*waiting, *gathering.end()], done=True)
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def _put(self, gathered: list[Gathered], *, done: bool) -> None:
        """Lets a slice be written, once the one before it is."""
        if self._writing is not None:
            await self._writing
        self._writing = asyncio.create_task(self._write(gathered, done=done))

    async def _write(self, gathered: list[Gathered], *, done: bool) -> None:
        events = sum(one.change.count for one in gathered)
        last = gathered[-1].customer if gathered else self._after
        async with self._writer.transaction():
            await self._writer.execute(QUERIES["no_erasure"])
            moved = await self._writer.execute(
                QUERIES["advance_part"], self._number, self._folded, last, events, done
            )
            assert moved == "UPDATE 1", "somebody else folds this part"  # noqa: S101 - never, by the locks
            left = await self._of_one_id(gathered)
            if left:
                before = await befores(self._writer, [one.customer for one in left])
                states = [await state_of(self._writer, one, self._strategy) for one in left]
                persons = [
                    (
                        Member(
                            one.customer,
                            state,
                            one.corrected,
                            made=judgements(one.speaking),
                            signs=one.signs,
                        ),
                    )
                    for one, state in zip(left, states, strict=True)
                ]
                now = time()
                await tell(self._writer, persons, before, self._strategy, now)
                await write(self._writer, self._filler.fill(persons, before, now))
        self._after = last
        self._folded += events
        self._tell(events)

    async def _of_one_id(self, gathered: Sequence[Gathered]) -> list[Gathered]:
        """Those who are not linked with others, and still in the journal."""
        names = [one.customer for one in gathered]
        others: set[str] = set()
        if self._links:
            others |= {row["customer"] for row in await self._writer.fetch(QUERIES["linked"], names)}
        if await self._writer.fetchval(QUERIES["erasures"]) != self._erasures:
            others |= {row["customer"] for row in await self._writer.fetch(QUERIES["gone"], names)}
        return [one for one in gathered if one.customer not in others] if others else list(gathered)


async def _ahead(cursor: Any) -> AsyncIterator[list[bytes]]:
    """What a cursor gives, in pieces; the next piece is on its way while one is worked on."""
    fetching = asyncio.ensure_future(cursor.fetch(_FETCH))
    try:
        while found := await fetching:
            fetching = asyncio.ensure_future(cursor.fetch(_FETCH))
            await asyncio.sleep(0)
            yield [row[0] for row in found]
    finally:
        fetching.cancel()
        with suppress(asyncio.CancelledError):
            await fetching
