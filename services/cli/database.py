"""The database as a command uses it: one sentence where it cannot be used, at the start or later."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from os import environ

from services.runtime.database import TRANSIENT, Pool, check_schema, connect, reason
from services.runtime.errors import Fatal
from services.runtime.settings import database_url


@asynccontextmanager
async def database(name: str, *, size: int = 1) -> AsyncIterator[Pool]:
    """The database that EGARD_DATABASE names, for a command that it will know by a name of its own.

    Raises `Fatal` where it cannot be used, then or later.
    """
    pool = await connect(database_url(environ), size=size, name=name)
    try:
        await check_schema(pool)
        yield pool
    except BrokenPipeError:
        raise  # not the database: whoever read our output has seen enough
    except TRANSIENT as error:
        raise Fatal(f"The database cannot be used any further: {reason(error)}") from None
    finally:
        pool.terminate()
