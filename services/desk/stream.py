"""The live stream of prompts: one look at the database serves every agent who watches."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from time import monotonic

import msgspec

from services.desk.prompts import LONGEST, OVERLAP, Prompts, Seen
from services.runtime.database import TRANSIENT, Wakeup, end_if_cancelled

_HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows that the stream lives."""

_LOOK_BACK = 5.0
"""Seconds between two looks that reach back for what was committed much later than others."""

_BACKLOG = 3000
"""Changes that may wait for one watcher; a look may find 1,000. Who is slower begins again from the list."""


class Stream:
    """Hands changes of prompts to whoever watches."""

    def __init__(self, prompts: Prompts, url: str) -> None:
        self._prompts = prompts
        self._wakeup = Wakeup(url, "egard_prompts")
        self._watchers: set[asyncio.Queue[bytes | None]] = set()

    async def follow(self) -> None:
        """Looks for changes whenever there may be some."""
        seen, looked_back = Seen(datetime.now(UTC)), monotonic()
        try:
            while True:
                await self._wakeup.wait()
                try:
                    if monotonic() - looked_back < _LOOK_BACK:
                        changed = await self._prompts.changed(seen, OVERLAP)
                    else:
                        changed, looked_back = await self._prompts.changed(seen, LONGEST), monotonic()
                except TRANSIENT as error:
                    end_if_cancelled(error)
                    continue
                for one in changed:
                    self._hand_out(b"event: prompt\ndata: " + msgspec.json.encode(one) + b"\n\n")
        finally:
            await self._wakeup.close()

    def _hand_out(self, message: bytes) -> None:
        for watcher in list(self._watchers):
            if watcher.qsize() >= _BACKLOG:
                self._watchers.discard(watcher)
                watcher.put_nowait(None)
            else:
                watcher.put_nowait(message)

    def end(self) -> None:
        """Lets every watcher go."""
        for watcher in self._watchers:
            watcher.put_nowait(None)
        self._watchers.clear()

    async def watch(self) -> AsyncGenerator[bytes, None]:
        """Server-sent events, as changes come."""
        mine: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._watchers.add(mine)
        try:
            yield b"retry: 1000\n\n"
            while True:
                try:
                    message = await asyncio.wait_for(mine.get(), _HEARTBEAT)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if message is None:
                    return
                yield message
        finally:
            self._watchers.discard(mine)
