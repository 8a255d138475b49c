"""Persons as the database holds them."""

from contextlib import AbstractAsyncContextManager
from os import environ
from pathlib import Path

from projections.links import Person
from services.cli.database import database
from services.runtime.database import Pool
from services.runtime.erased import seal
from services.runtime.errors import Fatal
from services.runtime.people import people
from services.runtime.queries import Queries
from services.runtime.settings import erasure_key

QUERIES = Queries(Path(__file__).with_name("queries.sql"))


def opened() -> AbstractAsyncContextManager[Pool]:
    """The database, for these commands."""
    return database("egard-customer", size=2)


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
