"""Our services as processes of their own: to be killed, frozen and thawed."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from services.embedded.leash import Leash
from services.embedded.ports import free_port

ROOT = Path(__file__).parents[1]

_PATIENCE = 20.0
"""Seconds that a process has to end when it is asked to."""


def command(*arguments: str) -> list[str]:
    """The command line `egard`, as this interpreter runs it."""
    return [sys.executable, "-m", "services.cli.main", *arguments]


class Serving:
    """`egard serve NAMES` in a process of its own, which ends with ours, even by SIGKILL."""

    def __init__(
        self,
        *names: str,
        kafka: str,
        database: str,
        log: Path,
        access: str = "open",
        strategy: Path | str | None = None,
    ) -> None:
        self._names = names
        self._log = log
        self.port = free_port()
        self._environment = {
            **os.environ,
            "EGARD_KAFKA": kafka,
            "EGARD_DATABASE": database,
            "EGARD_PORT": str(self.port),
            "EGARD_ACCESS": access,
            **({} if strategy is None else {"EGARD_STRATEGY": str(strategy)}),
        }
        self._leash: Leash | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._leash is not None and not self._leash.ended

    @property
    def pid(self) -> int:
        """The process id; it must have been started."""
        assert self._leash is not None
        return self._leash.pid

    async def start(self, *, ready: bool = True) -> None:
        """Starts it, and waits until it is ready."""
        self._leash = await Leash.start(
            command("serve", *self._names),
            log=self._log,
            signals=[signal.SIGTERM, signal.SIGKILL],
            patience=_PATIENCE,
            environment=self._environment,
        )
        if ready:
            await self.ready()

    async def ready(self, within: float = 60.0) -> None:
        """Waits until /readyz says so; fails where the process ended instead."""
        async with httpx.AsyncClient(base_url=self.url) as http, asyncio.timeout(within):
            while True:
                if not self.running:
                    raise AssertionError(f"it ended: {self.said()}")
                with suppress(httpx.TransportError):
                    if (await http.get("/readyz")).status_code == httpx.codes.OK:
                        return
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """SIGKILL: no goodbye to Kafka or the database."""
        assert self._leash is not None
        await self._leash.kill()

    def freeze(self) -> None:
        """SIGSTOP: alive for the system, dead for everybody else."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on where it was, not knowing that time passed."""
        os.kill(self.pid, signal.SIGCONT)

    async def ended(self, within: float = 30.0) -> int:
        """Waits until it ends, and returns its exit code: 128 + n where signal n ended it."""
        assert self._leash is not None
        return await asyncio.wait_for(self._leash.wait(), within)

    def said(self) -> str:
        """All that it wrote."""
        return self._log.read_text(errors="replace")

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen."""
        if self._leash is not None:
            await self._leash.stop()

    async def __aenter__(self) -> Self:
        """Starts it."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops it."""
        await self.stop()


async def egard(
    *arguments: str, output: Path | None = None, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Runs a command to its end; returns its exit code and what it said on standard error."""
    with (output or Path(os.devnull)).open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command(*arguments),
            env={**os.environ, **(environment or {})},
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace")


def lines(path: Path) -> int:
    """How many lines a file has."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


__all__: Sequence[str] = ("ROOT", "Serving", "command", "egard", "lines")
