"""The processes that fold, seen from the one that leads them."""

import asyncio
import os
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import msgspec

from services.cli.rebuilding.folder import Task, Tell
from services.cli.rebuilding.worker import Said
from services.runtime.errors import Fatal

_encode = msgspec.json.Encoder().encode
_said = msgspec.json.Decoder(Said).decode


class Workers:
    """Some processes; each takes a task, then the next one. They end with this block."""

    def __init__(self, count: int, version: str, database: str) -> None:
        self._count = count
        self._version = version
        self._environment = {**os.environ, "EGARD_DATABASE": database}
        self._processes: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        """Starts them. Raises `Fatal` where one cannot begin."""
        try:
            for _ in range(self._count):
                self._processes.append(
                    await asyncio.create_subprocess_exec(
                        *(sys.executable, "-m", "services.cli.rebuilding.worker", self._version),
                        env=self._environment,
                        stdin=asyncio.subprocess.PIPE,
                        stdout=asyncio.subprocess.PIPE,
                    )
                )
            await asyncio.gather(*(self._until_done(process, _nothing) for process in self._processes))
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends them; what one had not committed is not needed."""
        await self._end()

    async def run(self, tasks: Iterable[Task], tell: Tell) -> None:
        """Has tasks done, and tells how many more events were folded. Raises `Fatal` where one fails."""
        waiting = iter(tasks)

        async def work(process: asyncio.subprocess.Process) -> None:
            for task in waiting:
                assert process.stdin is not None  # noqa: S101 - it was started with a pipe
                process.stdin.write(_encode(task) + b"\n")
                await self._until_done(process, tell)

        await asyncio.gather(*(work(process) for process in self._processes))

    async def _until_done(self, process: asyncio.subprocess.Process, tell: Tell) -> None:
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        while line := await process.stdout.readline():
            said = _said(line)
            if said.failed:
                raise Fatal(said.failed)
            if said.folded:
                tell(said.folded)
            if said.done:
                return
        code = await process.wait()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        raise Fatal(f"A process of the rebuild {how}: `egard rebuild` goes on where it stopped.")

    async def _end(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.kill()
        for process in self._processes:
            await process.wait()


def _nothing(folded: int) -> None:
    pass
