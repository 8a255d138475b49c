"""How a process admits: by keys, or everybody."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from services.runtime.access.guard import Connection, Denied, credentials, no_key
from services.runtime.access.holder import ADMINISTRATOR, Holder
from services.runtime.access.keyring import PATIENCE_S, Keyring, Unsure
from services.runtime.database import Pool, connect
from services.runtime.ending import end
from services.runtime.settings import Settings


class Access(Protocol):
    """Decides who a caller is."""

    async def start(self, failed: Callable[[BaseException], None]) -> None:
        """Gets ready; `failed` hears what ends its work. Raises `Fatal` where it cannot."""

    async def stop(self) -> None:
        """Ends its work."""

    async def admit(self, connection: Connection) -> Holder:
        """Who calls. Raises `Denied` where they may not come in."""


class _Steady:
    async def start(self, failed: Callable[[BaseException], None]) -> None:
        """Nothing to prepare."""

    async def stop(self) -> None:
        """Nothing to end."""


class _Open(_Steady):
    async def admit(self, connection: Connection) -> Holder:  # noqa: ARG002 - whoever it is
        """Everybody may do everything."""
        return ADMINISTRATOR


class _Closed(_Steady):
    async def admit(self, connection: Connection) -> Holder:  # noqa: ARG002 - whoever it is
        """Nobody has a key."""
        raise no_key()


OPEN: Access = _Open()
"""Asks nobody for a key: for the loopback address only."""

CLOSED: Access = _Closed()
"""Lets nobody in, except where anybody may: for an application that only describes itself."""


class Keyed:
    """Asks everybody for a key, over a connection to the database that no other work can keep busy."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._pool: Pool | None = None
        self._keyring: Keyring | None = None
        self._following: asyncio.Task[None] | None = None

    async def start(self, failed: Callable[[BaseException], None]) -> None:
        """Reads the keys and begins to follow them. Raises `Fatal` where it cannot."""
        self._pool = await connect(self._database, size=1, name="egard-keys", patience=PATIENCE_S)
        self._keyring = Keyring(self._pool)
        await self._keyring.load()
        self._following = asyncio.create_task(self._keyring.follow())
        self._following.add_done_callback(lambda task: _tell(task, failed))

    async def stop(self) -> None:
        """Forgets the keys and disconnects."""
        if self._following is not None:
            await end([self._following])
        if self._pool is not None:
            self._pool.terminate()

    async def admit(self, connection: Connection) -> Holder:
        """The holder of the key that a request carries. Raises `Denied`."""
        key = credentials(connection)
        if key is None or self._keyring is None:
            raise no_key()
        try:
            holder = await self._keyring.find(key)
        except Unsure:
            raise Denied(
                503,
                "The database is away, and this key is not among those known; try again shortly.",
                {"Retry-After": "2"},
            ) from None
        if holder is None:
            raise no_key()
        return holder


def _tell(task: "asyncio.Task[None]", failed: Callable[[BaseException], None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        failed(error)


def access_of(settings: Settings) -> Access:
    """How a process with these settings admits."""
    return OPEN if settings.access == "open" else Keyed(settings.database)
