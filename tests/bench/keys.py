"""Keys for the benches: they are measured with the guard on, as services run."""

import asyncio
import os

from tests.processes import ROOT, command


async def create_key(database: str, *scopes: str) -> str:
    """A new key with some scopes."""
    process = await asyncio.create_subprocess_exec(
        *command("keys", "create", *(word for scope in scopes for word in ("--scope", scope))),
        env={**os.environ, "EGARD_DATABASE": database},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    key, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return key.decode().strip()
