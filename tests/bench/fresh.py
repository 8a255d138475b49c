"""A database for each measurement, empty and in the same state as every other."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_NAME = "measured"


@asynccontextmanager
async def fresh(url: str, more: Sequence[str] = ()) -> AsyncIterator[str]:
    """A copy of a migrated database that nobody is connected to; gives its address and drops it afterwards.

    A checkpoint comes first, so that no measurement pays for the pages of the one before. `more` are
    statements that are run in the copy.
    """
    parts = urlsplit(url)
    outside = urlunsplit(parts._replace(path="/postgres"))
    template = parts.path.removeprefix("/")
    admin = await asyncpg.connect(outside)
    try:
        await admin.execute(f"create database {_NAME} template {template}")
        await admin.execute("checkpoint")
        inside = urlunsplit(parts._replace(path=f"/{_NAME}"))
        if more:
            connection = await asyncpg.connect(inside)
            try:
                for statement in more:
                    await connection.execute(statement)
            finally:
                await connection.close()
        try:
            yield inside
        finally:
            await admin.execute(f"drop database {_NAME} with (force)")
    finally:
        await admin.close()
