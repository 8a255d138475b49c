"""What one process of a rebuild does: a part of the journal, or some customers, one task after the other."""

from collections.abc import Callable, Iterable

import asyncpg
import msgspec

from projections.strategy import Strategy
from services.cli.rebuilding.again import Again
from services.cli.rebuilding.part import Part
from services.cli.rebuilding.store import QUERIES, connect, use_seconds

Tell = Callable[[int], None]
"""Hears how many more events are in the new tables."""


class Task(msgspec.Struct, omit_defaults=True):
    """What to fold: a part of the journal, or some customers again."""

    part: int | None = None
    customers: list[str] = []


class Folder:
    """Folds with two sessions: one reads, the other writes."""

    def __init__(self, strategy: Strategy, reader: asyncpg.Connection, writer: asyncpg.Connection) -> None:
        self._strategy = strategy
        self._reader = reader
        self._writer = writer
        self._again = Again(strategy, reader, writer)

    @classmethod
    async def open(cls, url: str, strategy: Strategy) -> "Folder":
        """Connects, and lets everybody know that somebody folds. Raises `Fatal`."""
        # Who reads may be idle for long in a transaction: until a slice is written. Nobody waits for it.
        reader = await connect(url, idle_in_transaction_session_timeout="10min")
        writer = await connect(url)
        await use_seconds(writer)
        for session in (reader, writer):
            await session.execute(QUERIES["work"])
        return cls(strategy, reader, writer)

    async def run(self, tasks: Iterable[Task], tell: Tell) -> None:
        """Does tasks, one after the other."""
        for task in tasks:
            if task.part is not None:
                await Part(task.part, self._strategy, self._reader, self._writer, tell).fold()
            else:
                tell(await self._again.fold(task.customers))

    def close(self) -> None:
        """Ends the sessions, and what they were at."""
        self._reader.terminate()
        self._writer.terminate()
