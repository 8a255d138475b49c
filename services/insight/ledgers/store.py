"""What ledgers over all customers read from the database: a page at a time, each of one moment."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    Event,
    EventRetracted,
    RecordContested,
    decode,
    type_of,
)
from projections.corrections import corrections
from projections.links import Persons
from projections.matters import Contact, Matter, Promise
from services.runtime.database import Connection, Pool
from services.runtime.people import people
from services.runtime.queries import Queries
from services.runtime.rows import matter_from

_QUERIES = Queries(Path(__file__).with_name("queries.sql"))

_OF_TELLINGS = [
    type_of(kind)
    for kind in (
        ContactAttempted,
        ContactAnswered,
        ContactMissed,
        ContactReturned,
        ContactTransferred,
        ContactRetold,
        ContactClosed,
        EventRetracted,
        RecordContested,
    )
]

Place = tuple[datetime, str, str]
"""Where a matter stands in a list: its instant, customer and id."""

Said = tuple[datetime, str, bytes]
"""Where an event stands in a list: its time, customer and identity."""

Change = tuple[datetime, str]
"""Where a person stands in a list: the instant of the last change, and the customer."""


class Found(msgspec.Struct, frozen=True):
    """Some rows of a list, and where it goes on, if it does."""

    rows: Sequence[Any]
    rest: Any


class Ledgers:
    """Reads ledgers over all customers."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def _moment(self) -> AsyncIterator[Connection]:
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    async def owed(
        self, since: datetime, until: datetime, to: Sequence[str], after: Place, limit: int
    ) -> list[tuple[str, str, Promise]]:
        """Promises that are still owed and due in a span, by their due."""
        rows = await self._pool.fetch(_QUERIES["owed"], since, until, *after, list(to), limit)
        return _matters(Promise, rows)

    async def waiting(
        self, since: datetime, until: datetime, after: Place, limit: int
    ) -> list[tuple[str, str, Contact]]:
        """Contacts that nobody answered, first heard of in a span, the oldest first."""
        rows = await self._pool.fetch(_QUERIES["waiting"], since, until, *after, limit)
        return _matters(Contact, rows)

    async def said(self, types: Sequence[str], before: Said, limit: int) -> Found:
        """Events of some types, the latest first, without those that were taken back or are contested."""
        async with self._moment() as connection:
            return await self._said(connection, types, before, limit)

    async def ended(
        self, types: Sequence[str], before: Said, limit: int
    ) -> tuple[Found, dict[tuple[str, str], Promise]]:
        """Events that end promises, the latest first; and these promises, by customer and id."""
        async with self._moment() as connection:
            found = await self._said(connection, types, before, limit)
            keys = [(event.subject, event.data.promise_id) for event in found.rows]
            rows = await connection.fetch(
                _QUERIES["promises_named"], [one for one, _ in keys], [name for _, name in keys]
            )
        return found, {(customer, name): promise for customer, name, promise in _matters(Promise, rows)}

    async def retold(self, before: Said, limit: int) -> tuple[Found, Persons, dict[str, list[Event]]]:
        """Retellings, the latest first; who told them; and what is known of these persons' contacts."""
        async with self._moment() as connection:
            found = await self._said(connection, [type_of(ContactRetold)], before, limit)
            return found, *await self._contacts(connection, [event.subject for event in found.rows])

    async def changed(
        self, since: datetime, before: Change, limit: int
    ) -> tuple[Found, dict[str, list[Event]]]:
        """Persons to whom something happened, the latest first; and what is known of their contacts."""
        async with self._moment() as connection:
            rows = await connection.fetch(_QUERIES["changed"], *before, since, limit + 1)
            page = rows[:limit]
            rest = (page[-1]["changed_at"], page[-1]["customer"]) if len(rows) > limit else None
            names = [row["customer"] for row in page]
            _, events = await self._contacts(connection, names)
        return Found(names, rest), events

    async def _said(self, connection: Connection, types: Sequence[str], before: Said, limit: int) -> Found:
        rows = await connection.fetch(_QUERIES["last_said"], list(types), *before, limit + 1)
        page = rows[:limit]
        last = page[-1] if len(rows) > limit else None
        customers = list({row["customer"] for row in page})
        corrected = corrections(_events(await connection.fetch(_QUERIES["corrected"], customers)))
        events = [event for event in _events(page) if not corrected.sets_aside(event)]
        return Found(events, None if last is None else (last["time"], last["customer"], last["identity"]))

    async def _contacts(
        self, connection: Connection, subjects: Sequence[str]
    ) -> tuple[Persons, dict[str, list[Event]]]:
        """Who some subjects are, and by canonical id what is known of their contacts."""
        persons = await people(connection, list(set(subjects)))
        members = sorted({name for subject in subjects for name in persons.of(subject).members})
        rows = await connection.fetch(_QUERIES["contacts_told"], members, _OF_TELLINGS)
        events: dict[str, list[Event]] = {}
        for event in _events(rows):
            events.setdefault(persons.of(event.subject).canonical, []).append(event)
        return persons, events


def _events(rows: Sequence[Mapping[str, Any]]) -> list[Event]:
    return [decode(row["body"], arrived=row["arrived"]) for row in rows]


def _matters(kind: type[Matter], rows: Sequence[Any]) -> list[Any]:
    found = []
    for row in rows:
        customer, matter_id, *parts = row.values()
        matter = matter_from(kind, parts)
        if matter is not None:
            found.append((customer, matter_id, matter))
    return found
