"""PostgreSQL: one pool per process, whose sessions can never block a successor for long."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import asyncpg

from services.runtime import copying
from services.runtime.errors import Fatal
from services.runtime.settings import DEPLOY
from services.runtime.silence import give_up_on_silence

Pool: TypeAlias = asyncpg.Pool
Connection: TypeAlias = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

log = logging.getLogger("egard.database")

copying.mend()

SESSION = {
    "application_name": "egard",
    # A process that froze or was cut off holds its locks no longer than this.
    "idle_in_transaction_session_timeout": "15s",
    "statement_timeout": "60s",
    "tcp_user_timeout": "15s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    # A batch is only worth announcing once it is on disk.
    "synchronous_commit": "on",
}

TRANSIENT = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    # What asyncpg says of a session whose end it has read and not yet seen (MagicStack/asyncpg#1069).
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    # A standby that is not promoted yet, or a hosted database that takes no more because its disk fills.
    asyncpg.ReadOnlySQLTransactionError,
    # Turned away while it is restored or its settings change. Who may never in is told so at the start.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""What passes by itself or by what is done to the database: it restarts, fails over, is full, only reads,
refuses sessions, or chose us in a deadlock. A process waits; whatever else it does goes on."""

_SEEN_TO = (
    asyncpg.DiskFullError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""What somebody has to see to: it is said also where another reason to wait came before it."""

_T = TypeVar("_T")


async def connect(url: str, *, size: int = 8, name: str = "egard", patience: float = 90.0) -> Pool:
    """A pool of connections. Raises `Fatal` where the database does not answer or turns us away.

    `patience` is how long, in seconds, an answer may take. Whoever gives up before waits for it all the same:
    asyncpg asks the server to stop, and lets a session that does not answer go only after as long again.
    """
    # It tells again and again, with a traceback, what we get as an exception and say once.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            timeout=10,
            command_timeout=patience,
            server_settings={**SESSION, "application_name": name},
            init=give_up_on_silence,
            reset=_keep,
        )
    except (*TRANSIENT, asyncpg.PostgresError, ValueError) as error:
        raise unusable(url, error) from None


def unusable(url: str, error: BaseException) -> Fatal:
    """That a database cannot be used, as what stops a process at its start."""
    return Fatal(f"The database at {place(url)} cannot be used: {sentence(error)}")


async def _keep(_: Connection) -> None:
    """A session goes back to the pool as it is, though an open transaction is rolled back.

    asyncpg would first ask the server to forget settings, locks and cursors: a round trip after every use.
    None of ours leaves any of these behind.
    """


async def check_schema(pool: Pool) -> None:
    """Raises `Fatal` where the database was not migrated, or not as far as this version needs."""
    if await pool.fetchval("select to_regclass('journal')") is None:
        raise Fatal("The database has no schema of ours yet: run `egard migrate` first.")
    applied = {row["version"] for row in await pool.fetch("select version from schema_migrations")}
    missing = sorted(version for version in shipped_versions() if version not in applied)
    if missing:
        raise Fatal(f"The database lacks {len(missing)} of our migrations: run `egard migrate` first.")


def shipped_versions() -> list[str]:
    """The versions of the migrations that this version of the software ships."""
    return [file.name.partition("_")[0] for file in (DEPLOY / "migrations").glob("*.sql")]


def place(url: str) -> str:
    """Host, port and name of a database address, without its secrets."""
    parts = urlsplit(url)
    try:
        port = parts.port or 5432
    except ValueError:
        return "its address"  # what cannot be taken apart may hold the password anywhere
    return f"{parts.hostname or 'localhost'}:{port}{parts.path}"


def sentence(error: BaseException) -> str:
    """An error as one line that ends like a sentence."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if text.endswith(".") else f"{text}."


def reason(error: BaseException) -> str:
    """Why the database does not do something now, for whoever can help it."""
    if isinstance(error, asyncpg.DiskFullError):
        help_ = "Make room there: nothing is lost, and all goes on by itself."
        return f"its disk is full. {help_} {sentence(error)}"
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return f"it takes no writes, like a standby or one whose disk is nearly full. {sentence(error)}"
    if isinstance(error, asyncpg.InvalidPasswordError):
        help_ = "If it was changed, restart this process with the new one."
        return f"it refuses the password. {help_} {sentence(error)}"
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        # In the words of the client library, which tell whoever is on call nothing.
        return f"the connection was lost ({sentence(error).rstrip('.')})."
    return sentence(error)


async def persist(what: str, work: Callable[[], Awaitable[_T]], *, longest: float = 5.0) -> _T:
    """Does a piece of work again until the database lets it through; says so once, and when it is over.

    A reason that somebody has to see to is said once more: most often the session is lost first.

    `work` must be a whole transaction: it is begun anew each time.
    """
    pause, waiting = 0.1, False
    try:
        while True:
            try:
                result = await work()
            except TRANSIENT as error:
                end_if_cancelled(error)
                if not waiting:
                    waiting = True
                    _waiting[what] += 1
                kind = type(error) if isinstance(error, _SEEN_TO) else None
                if what not in _told or (kind is not None and kind not in _told[what]):
                    _told.setdefault(what, set()).add(kind)
                    log.warning("%s waits for the database: %s", what, reason(error))
                await asyncio.sleep(pause)
                pause = min(longest, pause * 2)
            else:
                if waiting and _waiting[what] == 1:
                    log.warning("%s goes on: the database is back.", what)
                return result
    finally:
        _waiting[what] -= waiting
        if not _waiting[what]:
            _told.pop(what, None)


def end_if_cancelled(error: BaseException) -> None:
    """Raises `CancelledError` where this task was cancelled, and undoing its work failed with this error.

    A rollback that fails takes the place of the cancellation that asked for it: whoever begins anew then
    would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


_waiting: Counter[str] = Counter()
"""How many pieces of work wait, by whose they are: the first says so, the last that it is over."""

_told: dict[str, set[type[Exception] | None]] = {}
"""Which reasons were said of what waits now; None stands for all those that pass by themselves."""


_ANSWERS_WITHIN = 5.0
"""Seconds that a session which listens has for an answer."""

_LOOKED_AFTER_EVERY = 30.0
"""Seconds after which a session of which nothing was heard is asked whether it still is one."""


class Wakeup:
    """Sets an event whenever another session notifies a channel; without one, waiting ends after a while.

    Notifications only save waiting time: nothing rests on their arrival.
    """

    def __init__(self, url: str, channel: str, *, said: str = "", at_most: float = 1.0) -> None:
        """`said` is what the notification has to say; others are not heard."""
        self._url = url
        self._channel = channel
        self._said = said
        self._at_most = at_most
        self._event = asyncio.Event()
        self._connection: Any = None
        self._lived_at = 0.0

    async def wait(self) -> None:
        """Returns once notified, or after `at_most` seconds."""
        if self._connection is None or self._connection.is_closed():
            await self._listen()
        elif monotonic() - self._lived_at > _LOOKED_AFTER_EVERY:
            await self._look_after()
        try:
            # Until Python 3.12, `wait_for` loses a cancellation that comes together with a notification.
            async with asyncio.timeout(self._at_most):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()

    async def _listen(self) -> None:
        try:
            self._connection = await asyncpg.connect(
                self._url,
                timeout=_ANSWERS_WITHIN,
                command_timeout=_ANSWERS_WITHIN,
                server_settings={"application_name": "egard-wakeup"},
            )
            await give_up_on_silence(self._connection)
            await self._connection.add_listener(self._channel, self._heard)
            self._lived_at = monotonic()
        except (*TRANSIENT, asyncpg.PostgresError):
            await self.close()

    async def _look_after(self) -> None:
        """Who only listens never learns that the other side is gone, where no goodbye reaches them."""
        try:
            await self._connection.execute("select 1")
            self._lived_at = monotonic()
        except (*TRANSIENT, asyncpg.PostgresError):
            await self.close()

    def _heard(self, *notification: Any) -> None:
        self._lived_at = monotonic()
        if notification[-1] == self._said:
            self._event.set()

    async def close(self) -> None:
        """Ends the listening session."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
