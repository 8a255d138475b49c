"""Child processes that cannot outlive us."""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil  # type: ignore[import-untyped]  # ships no types

from services.embedded import guard
from services.embedded.errors import EmbeddedError


class Leash:
    """A running server that is stopped when we let go of it, and when we die, by SIGKILL too.

    Between us and the server stands a guard process (see `services.embedded.guard`) that holds the other end
    of a pipe. Both are in a session of their own, so a terminal's Ctrl-C reaches only us, and we decide.
    """

    def __init__(self, process: asyncio.subprocess.Process, pid: int) -> None:
        """Use `start`; this only keeps what it made."""
        self._guard = process
        self._pid = pid

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        log: Path,
        signals: Sequence[signal.Signals],
        patience: float = 30.0,
        environment: Mapping[str, str] | None = None,
    ) -> Self:
        """Start a server.

        Args:
            command: The program and its arguments.
            log: The file that receives what the server writes; it is appended to.
            signals: What stops the server, the gentlest signal first.
            patience: Seconds the server has to obey each signal.
            environment: The server's whole environment; ours when None.

        Raises:
            EmbeddedError: The program cannot be run.
        """
        names = ",".join(one.name for one in signals)
        with log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", guard.__file__, names, str(patience), *command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=out,
                env=environment,
                start_new_session=True,
            )
        # For the type checker: both are pipes, as asked.
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018
        try:
            first = await process.stdout.readline()
        except BaseException:
            process.stdin.close()
            raise
        if not first:
            await process.wait()
            raise EmbeddedError(f"{command[0]} cannot be run (the reason is in {log}).")
        return cls(process, int(first))

    @property
    def pid(self) -> int:
        """The server's own process id (not the guard's)."""
        return self._pid

    @property
    def ended(self) -> bool:
        """Whether the server has ended, whoever ended it."""
        return self._guard.returncode is not None

    async def wait(self) -> int:
        """Wait until the server ends; return its exit code (128 + n if signal n killed it)."""
        return await self._guard.wait()

    async def stop(self) -> None:
        """Let go: the server is asked to stop with its signals, gentlest first; return when it has ended."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        await self._guard.wait()

    async def kill(self) -> None:
        """End the server and all its children by SIGKILL, as a crash would; return when all are gone."""
        try:
            server = psutil.Process(self._pid)
            server.suspend()  # so that no child is born while we count them
            family = [server, *server.children(recursive=True)]
        except psutil.NoSuchProcess:
            family = []
        for member in family:
            _kill(member)
        await self._guard.wait()
        # ASYNC110: nobody tells us of the end of processes that are not our children.
        while any(_alive(member) for member in family):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def _alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that only waits for its parent to read its exit code does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
