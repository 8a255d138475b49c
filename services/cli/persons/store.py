"""Persons as the database holds them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from os import environ
from pathlib import Path

from projections.links import Person
from services.runtime.database import TRANSIENT, Pool, check_schema, connect, sentence
from services.runtime.erased import seal
from services.runtime.errors import Fatal
from services.runtime.people import people
from services.runtime.queries import Queries
from services.runtime.settings import database_url, erasure_key

QUERIES = Queries(Path(__file__).with_name("queries.sql"))


@asynccontextmanager
async def opened() -> AsyncIterator[Pool]:
    """The database that EGARD_DATABASE names. Raises `Fatal` where it cannot be used, then or later."""
    pool = await connect(database_url(environ), size=2, name="egard-customer")
    try:
        await check_schema(pool)
        yield pool
    except TRANSIENT as error:
        raise Fatal(f"The database went away: {sentence(error)}") from None
    finally:
        pool.terminate()


async def check_not_erased(pool: Pool, *names: str) -> None:
    """Raises `Fatal` where one of some ids was erased."""
    erased = await (await seal(pool, erasure_key(environ))).erased(pool, names)
    for name in names:
        if name in erased:
            raise Fatal(
                f"{name} was erased: nothing is kept, and nothing is taken any more. "
                "A person who comes back needs a new id."
            )


async def who_is(pool: Pool, name: str) -> Person:
    """The person that an id stands for. Raises `Fatal` where nobody of that name is known."""
    person = (await people(pool, [name])).of(name)
    if not await pool.fetch(QUERIES["known"], list(person.members)):
        await check_not_erased(pool, name)
        raise Fatal(f"No customer called {name!r} has been heard of.")
    return person


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
