"""A process that folds: it is told what to fold on standard input, line by line, and says how far it came.

It ends when its standard input does: so none is left behind by a parent that was killed.
"""

import asyncio
import os
import signal
import sys
from typing import BinaryIO

import asyncpg
import msgspec
import uvloop

from projections.strategy import Strategy
from services.cli.rebuilding.folder import Folder, Task
from services.cli.rebuilding.store import unavailable
from services.cli.strategy import read_strategy
from services.runtime import memory
from services.runtime.database import TRANSIENT, sentence
from services.runtime.errors import Fatal
from services.runtime.settings import database_url
from services.runtime.version import version_of


class Said(msgspec.Struct, omit_defaults=True):
    """What a process says: how many more events it folded, that its task is done, or why it ends."""

    folded: int = 0
    done: bool = False
    failed: str = ""


_task = msgspec.json.Decoder(Task).decode
_encode = msgspec.json.Encoder().encode


async def _work(version: str, lines: "asyncio.Queue[bytes]") -> None:
    folder = await Folder.open(database_url(os.environ), _strategy(version))
    try:
        memory.spare()
        _say(Said(done=True))
        while line := await lines.get():
            await folder.run([_task(line)], lambda events: _say(Said(folded=events)))
            _say(Said(done=True))
    finally:
        folder.close()


def _strategy(version: str) -> Strategy:
    strategy = read_strategy()
    if version_of(strategy).name != version:
        raise Fatal("The strategy, or the code, was changed while the rebuild ran.")
    return strategy


def _say(said: Said) -> None:
    sys.stdout.buffer.write(_encode(said) + b"\n")
    sys.stdout.buffer.flush()


def _read(stream: BinaryIO, loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[bytes]") -> None:
    for line in stream:
        loop.call_soon_threadsafe(lines.put_nowait, line)
    os._exit(0)  # whoever tells us what to do is gone: what is not committed is not needed


async def _run(version: str) -> int:
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, _read, sys.stdin.buffer, loop, lines)
    try:
        await _work(version, lines)
    except Fatal as error:
        _say(Said(failed=str(error)))
    except TRANSIENT as error:
        _say(Said(failed=unavailable(error)))
    except asyncpg.PostgresError as error:
        _say(Said(failed=f"The database refused: {sentence(error)}"))
    sys.stdout.flush()
    os._exit(1)


if __name__ == "__main__":
    # Ctrl-C reaches the whole group of processes; it is the parent's to say what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(_run(sys.argv[1]))
