"""All keys that are alive, as they were read a moment ago."""

import asyncio
import hmac
import logging
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from services.runtime.access.bucket import Bucket
from services.runtime.access.holder import Holder
from services.runtime.access.keys import digest, parts
from services.runtime.database import TRANSIENT, Pool, end_if_cancelled, reason, sentence
from services.runtime.errors import Fatal
from services.runtime.queries import Queries

log = logging.getLogger("egard.access")

EVERY_S = 2.0
"""Seconds between two readings of the keys: with a reading's own patience, a revocation works within 5."""

AT_MOST_EVERY_S = 0.5
"""Seconds between two readings when keys are asked for that are not known, however many are."""

PATIENCE_S = 2.0
"""Seconds that one reading may take."""

_WAIT_S = AT_MOST_EVERY_S + 2 * PATIENCE_S
"""Seconds that a key which is not known may have to wait for a reading."""

_QUERIES = Queries(Path(__file__).with_name("keyring.sql"))
_NO_HASH = bytes(32)


class Unsure(Exception):  # noqa: N818 - no error of ours: the database is away
    """Whether this is a key cannot be said: it is not among those known, and no others can be read now."""


class _Entry(NamedTuple):
    hash: bytes
    holder: Holder
    expires_at: datetime | None


class Keyring:
    """Knows keys without asking the database for each request.

    It reads all keys anew every two seconds. While the database is away it knows what it knew; keys still
    expire.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._entries: dict[str, _Entry] = {}
        self._wanted = asyncio.Event()
        self._next: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._began = float("-inf")
        self._blind = False

    async def load(self) -> None:
        """Reads the keys for the first time. Raises `Fatal` where the database does not give them."""
        try:
            await self._read()
        except asyncpg.UndefinedTableError:
            raise Fatal("The database has no table of keys yet: run `egard migrate` first.") from None
        except (*TRANSIENT, asyncpg.PostgresError) as error:
            raise Fatal(f"The keys cannot be read: {sentence(error)}") from None

    async def follow(self) -> None:
        """Reads the keys again and again, for as long as the process lives."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            else:
                await asyncio.sleep(max(0.0, self._began + AT_MOST_EVERY_S - loop.time()))
            self._wanted.clear()
            asked, self._next = self._next, loop.create_future()
            asked.set_result(await self._read_again())

    async def find(self, text: str) -> Holder | None:
        """Who holds this key; None for what is no key, or none that is alive.

        A key that is not known waits for the next reading, so that a new one works at once. All that wait
        share it. Raises `Unsure` where that reading fails.
        """
        found = parts(text)
        if found is None:
            return None
        prefix, secret = found
        holder = self._look(prefix, secret)
        if holder is None:
            self._wanted.set()
            try:
                known = await asyncio.wait_for(asyncio.shield(self._next), _WAIT_S)
            except TimeoutError:
                known = False
            if not known:
                raise Unsure
            holder = self._look(prefix, secret)
        return holder

    def _look(self, prefix: str, secret: str) -> Holder | None:
        # The same work whether or not the prefix exists: how long it takes tells nothing.
        given = digest(secret)
        entry = self._entries.get(prefix)
        same = hmac.compare_digest(given, _NO_HASH if entry is None else entry.hash)
        return entry.holder if entry is not None and same and _lives(entry) else None

    def _still(self, prefix: str) -> bool:
        entry = self._entries.get(prefix)
        return entry is not None and _lives(entry)

    async def _read_again(self) -> bool:
        try:
            await self._read()
        except (*TRANSIENT, asyncpg.PostgresError) as error:
            end_if_cancelled(error)
            if not self._blind:
                log.warning("Keys cannot be read; those known still hold: %s", reason(error))
            self._blind = True
            return False
        if self._blind:
            log.warning("Keys can be read again.")
        self._blind = False
        return True

    async def _read(self) -> None:
        self._began = asyncio.get_running_loop().time()
        async with asyncio.timeout(PATIENCE_S):
            rows = await self._pool.fetch(_QUERIES["alive"])
        self._entries = {row["prefix"]: self._entry(row) for row in rows}

    def _entry(self, row: Any) -> _Entry:
        rate = row["events_per_second"]
        known = self._entries.get(row["prefix"])
        bucket = None if known is None else known.holder.bucket
        if bucket is None or bucket.rate != rate:
            bucket = None if rate is None else Bucket(rate)
        still = partial(self._still, row["prefix"])
        holder = Holder(row["prefix"], frozenset(row["scopes"]), bucket, still)
        return _Entry(row["hash"], holder, row["expires_at"])


def _lives(entry: _Entry) -> bool:
    return entry.expires_at is None or datetime.now(UTC) < entry.expires_at
