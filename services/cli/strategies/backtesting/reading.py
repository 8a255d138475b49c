"""People and all that is known of them, a page at a time, from a session that cannot write."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from projections.rhythm import Population
from services.runtime.database import Connection
from services.runtime.people import people
from services.runtime.queries import Queries

QUERIES = Queries(Path(__file__).with_name("queries.sql"))

PAGE = 100
"""People of one page; some pages are in memory at a time."""

READ_ONLY = "set default_transaction_read_only = on"
"""What makes every later transaction of the session one that cannot write."""


class Person(msgspec.Struct, frozen=True):
    """One person, as the journal has them."""

    name: str
    """The id that they are known by."""
    bodies: list[bytes]
    prompts: list[str]
    """Those from before, as JSON."""
    really: dict[str, str]
    """The trigger of each prompt that was really given in that time."""


class Span(msgspec.Struct, frozen=True):
    """From when until when, and by which version prompts were really given."""

    since: datetime
    until: datetime
    version: str


async def population(connection: Connection) -> Population:
    """How often customers come in general, as it was last measured."""
    row = await connection.fetchrow(QUERIES["population"])
    return Population(row["gaps"], row["observed_s"])


async def pages(connection: Connection, span: Span) -> AsyncIterator[list[Person]]:
    """Everybody, in order."""
    after = ""
    while True:
        # One snapshot: a link that comes in between would bring a person without their events.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await connection.fetch(QUERIES["people"], after, PAGE)
            names = [row["customer"] for row in rows]
            found = await _page(connection, names, span) if names else []
        if found:
            yield found
        if len(names) < PAGE:
            return
        after = names[-1]


async def _page(connection: Connection, names: list[str], span: Span) -> list[Person]:
    persons = await people(connection, names)
    owner = {member: name for name in names for member in persons.of(name).members}
    members = list(owner)
    histories = await connection.fetch(QUERIES["histories"], members)
    before = await connection.fetch(QUERIES["prompts_before"], members, span.since)
    given = await connection.fetch(QUERIES["really"], members, span.since, span.until, span.version)
    found = {name: Person(name, [], [], {}) for name in names}
    for row, person in _owned(histories, owner, found):
        person.bodies.append(row["body"])
    for row, person in _owned(before, owner, found):
        person.prompts.append(row["prompt"])
    for row, person in _owned(given, owner, found):
        person.really[row["prompt_id"]] = row["trigger"]
    return list(found.values())


def _owned(
    rows: Iterable[Any], owner: Mapping[str, str], found: Mapping[str, Person]
) -> Iterable[tuple[Any, Person]]:
    return ((row, found[owner[row["customer"]]]) for row in rows)
