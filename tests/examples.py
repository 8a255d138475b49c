"""The programs in `examples/`, run as they stand."""

import asyncio
import os
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


async def run_example(name: str, **environment: str) -> str:
    """Runs an example to its end, with settings in its environment; returns what it printed."""
    interpreter = sys.executable if name.endswith(".py") else "/bin/sh"
    process = await asyncio.create_subprocess_exec(
        interpreter,
        str(EXAMPLES / name),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    return out.decode()
