"""Ending tasks: whoever is cancelled may miss it, and is told again."""

import asyncio
from collections.abc import Collection
from typing import Any

_TOLD_AGAIN = 1.0
"""Seconds after which a task that is to end, and has not, is told once more."""


async def end(tasks: Collection["asyncio.Task[Any]"]) -> None:
    """Cancels tasks, and returns when they are over, whatever they end with.

    A cancellation gets lost where what somebody waited for comes at that very moment (`asyncio.wait_for` of
    Python 3.11), and where a session that broke says so when it is given back. And a session that nobody
    answers is waited for, unless one is told a second time.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_TOLD_AGAIN)
