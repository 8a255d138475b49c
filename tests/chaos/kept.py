"""A service as a supervisor keeps it: whatever ends it, it is started again."""

import asyncio
import signal
from collections import Counter
from contextlib import suppress

from tests.processes import Serving

_FOREVER = 1e6
_PAUSE = 1.0
"""Seconds before a service is started again that ended by itself."""

WORDLESS = "It ended with"
"""What is told of one that ended by itself and did not say why begins so."""

_READY_WITHIN = 90.0
"""Seconds that a service has to be ready when nothing is wrong any more."""


class Kept:
    """A process of one service. Faults end it, or it ends by itself; then it is started again."""

    def __init__(self, name: str, serving: Serving) -> None:
        self.name = name
        self.serving = serving
        self.ends: Counter[str] = Counter()
        """Why it ended by itself, as it said, and how often."""
        self.unwilling = 0
        """How often it had to be killed, because it did not end when asked to."""
        self._away = 0.0
        self._asked = False
        self._task: asyncio.Task[None] | None = None
        self._read = 0

    def start(self) -> None:
        """Begins to keep it."""
        self._task = asyncio.create_task(self._keep(), name=self.name)

    async def _keep(self) -> None:
        while True:
            self._asked = False
            await self.serving.start(ready=False)
            code = await self.serving.ended(within=_FOREVER)
            if not self._asked:
                self.ends[self._last_words(code)] += 1
            await asyncio.sleep(self._away if self._asked else _PAUSE)

    def _last_words(self, code: int) -> str:
        said = self.serving.said()
        new, self._read = said[self._read :], len(said)
        lines = [line for line in new.splitlines() if line.startswith("egard: ")]
        return lines[-1].removeprefix("egard: ") if lines else f"{WORDLESS} {code} and said nothing."

    async def kill(self, away: float) -> None:
        """SIGKILL; it is started again after so many seconds."""
        if self.serving.running:
            self._asked, self._away = True, away
            await self.serving.kill()

    async def restart(self) -> None:
        """SIGTERM; it is started again when it has ended."""
        if not self.serving.running:
            return
        self._asked, self._away = True, 0.0
        await self.serving.stop()
        self.unwilling += await self.serving.ended() == 128 + signal.SIGKILL

    async def freeze(self, seconds: float) -> None:
        """It stands still for so long."""
        with suppress(ProcessLookupError):
            self.serving.freeze()
        try:
            await asyncio.sleep(seconds)
        finally:
            with suppress(ProcessLookupError):
                self.serving.thaw()

    async def ready(self) -> None:
        """Waits until it serves, though it may first have to be started again."""
        async with asyncio.timeout(_READY_WITHIN):
            while True:
                with suppress(AssertionError, TimeoutError):
                    await self.serving.ready(within=_READY_WITHIN)
                    return
                await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """Ends it for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.serving.stop()
