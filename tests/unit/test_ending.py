"""Tasks that are to end."""

import asyncio

from services.runtime.ending import end


async def test_a_task_that_misses_its_cancellation_is_told_again() -> None:
    """What it waits for comes just as it is cancelled, and `asyncio.wait_for` gives it that instead."""
    came, met = asyncio.Event(), list[str]()

    async def work() -> None:
        while True:
            await asyncio.wait_for(came.wait(), 60)
            came.clear()
            met.append("what it waited for")

    working = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    came.set()
    await asyncio.sleep(0)  # whoever waits for it has it, and has not told yet
    await asyncio.wait_for(end([working]), 5)
    assert working.cancelled()
    assert met == ["what it waited for"]


async def test_what_a_task_ends_with_is_nobodys_error() -> None:
    """A task that fails when it is told to end is over, and whoever ends it goes on."""

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    await end([working])
    assert isinstance(working.exception(), ValueError)
