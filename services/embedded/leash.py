"""Child processes that cannot outlive us."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from services.embedded import guard
from services.embedded.errors import EmbeddedError


class Leash:
    """A running server that is stopped when we let go of it, and when we die, by SIGKILL too.

    Between us and the server stands a guard process (see `services.embedded.guard`) that holds the other end
    of a pipe. Both are in a session of their own, so a terminal's Ctrl-C reaches only us, and we decide.
    """

    def __init__(self, guard_process: asyncio.subprocess.Process, pid: int) -> None:
        """Keep what `start` made."""
        self._guard = guard_process
        self.pid = pid
        """The server's own process id, not the guard's."""

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
            await process.wait()
            raise
        if not first:
            await process.wait()
            raise EmbeddedError(f"{command[0]} cannot be run (the reason is in {log}).")
        return cls(process, int(first))

    @property
    def ended(self) -> bool:
        """Whether the server and all its children have ended, whoever ended them."""
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
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        await self._guard.wait()
