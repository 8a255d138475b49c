"""What insight reads from the database: live readings, a customer's journal, and the lists."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from events import Event, PerceptionStated, decode, type_of
from projections.bands import Band
from projections.corrections import Corrections, corrections
from projections.judgement import in_force_at
from projections.knots.weighing import Tangle, read_with
from projections.links import Person
from projections.matters import Promise
from projections.reading import Reader, band_of
from projections.rhythm import Population
from projections.strategy import Strategy
from projections.whole import open_tangles, read_unjudged
from services.insight.announced import Told, told
from services.insight.answers import Listed, Promised, Relationship
from services.insight.histories import History, Place, place_of, subjects, who
from services.insight.ledger import SOON, ledger, ledger_of
from services.insight.views import AllViews, all_views
from services.runtime.database import Connection, Pool
from services.runtime.people import QUERIES as PEOPLE
from services.runtime.people import judged_of, judgement_at, people, person_sums, reading_time, words
from services.runtime.queries import Queries
from services.runtime.rows import instant, matter_from, open_matters, relationship_from
from services.runtime.taking import KNOT_TYPES
from services.runtime.web import name_in

_QUERIES = Queries(Path(__file__).with_name("queries.sql"))

_END = datetime(9999, 12, 31, tzinfo=UTC)
"""After every event: none may lie more than minutes ahead of its arrival."""

_COUNTED_FOR = 2.0
"""Seconds for which one count of the bands serves everyone who looks."""


_STATED = type_of(PerceptionStated)


class Unheard(Exception):  # noqa: N818 - an answer
    """No customer of that name has been heard of."""


def customer_in(segment: str) -> str:
    """The customer that a part of a path names. Raises `Unheard` for agents: nobody reads how they fare."""
    name = name_in(segment)
    if name.startswith("agent:"):
        raise Unheard(name)
    return name


class Happening(msgspec.Struct, frozen=True):
    """An event of the timeline."""

    event: Event
    retracted: bool
    """Whether it was taken back."""
    contested: bool
    """Whether the customer contests it."""


class Archive:
    """Reads; every answer is of one moment of the database."""

    def __init__(self, pool: Pool, strategy: Strategy) -> None:
        self._pool = pool
        self._strategy = strategy
        self._reader = Reader(strategy)
        self._counting = asyncio.Lock()
        self._counts: dict[Band, int] = {}
        self._counted_at = float("-inf")

    async def live(self, customer: str) -> Relationship:
        """The reading at max(now, newest event), from the sums and the open matters. Raises `Unheard`."""
        # One snapshot: a matter settled in between would be missed, or counted twice.
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            person = (await people(connection, [customer])).of(customer)
            rows = await connection.fetch(PEOPLE["relationships"], list(person.members))
            if not rows:
                raise Unheard(customer)
            still_open = await open_matters(connection, list(person.members))
            members = [relationship_from(row) for row in rows]
            at = reading_time(members, datetime.now(UTC))
            tangles = await self._tangles(connection, person, at)
            is_judged = any(row["judged_until"] is not None for row in rows)
            made = await judged_of(connection, person.members if is_judged else ())
        sums = person_sums(members, still_open, self._strategy, at.timestamp())
        reading = read_with(sums, tangles, self._reader, at.timestamp())
        revisions = {row["customer"]: row["revision"] for row in rows}
        return Relationship.of(
            customer,
            person,
            reading,
            taken_at=at,
            revision=revisions.get(customer),
            strategy=self._strategy,
            events=sum(row["events"] for row in rows),
            judgement=judgement_at(person.members, made, at),
        )

    async def _tangles(self, connection: Connection, person: Person, at: datetime) -> list[Tangle]:
        """The open knots of a person at an instant, from the events that may tie or untie one."""
        members = list(person.members)
        rows = await connection.fetch(_QUERIES["knot_events"], members, KNOT_TYPES, at)
        if not rows:
            return []
        rule = self._strategy.knots.misunderstanding
        lately = None if rule is None else at - timedelta(seconds=rule.open_for)
        if lately is not None and any(row["type"] == _STATED and row["time"] >= lately for row in rows):
            # What a customer states is compared with what was read then, of all events. A knot that rests on
            # an earlier statement has closed by itself.
            rows = await connection.fetch(_QUERIES["history"], members, at)
        events = [decode(row["body"], arrived=row["arrived"]) for row in rows]
        return await asyncio.to_thread(open_tangles, events, self._strategy, at.timestamp())

    async def past(self, customer: str, at: datetime) -> Relationship:
        """The reading at an instant, from the journal: what is known now about then. Raises `Unheard`."""
        history = await self.history(customer, at)
        reading = await asyncio.to_thread(read_unjudged, history.events, self._strategy, at.timestamp())
        return Relationship.of(
            customer,
            history.person,
            reading,
            taken_at=at,
            revision=None,
            strategy=self._strategy,
            events=len(history.events),
            judgement=in_force_at(history.events, at.timestamp()),
        )

    async def history(self, customer: str, at: datetime | None) -> History:
        """All that is known until an instant; without one, until max(now, newest event). Raises `Unheard`."""
        # One snapshot: a link that comes in between would bring a person without their events.
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            said = await words(connection, customer)
            rows = await connection.fetch(_QUERIES["history"], subjects(customer, said), at or _END)
        person = who(customer, said, None if at is None else at.timestamp())
        found = [(decode(row["body"], arrived=row["arrived"]), row["arrived"]) for row in rows]
        # In one order, however they came: sums of the same numbers are then the same to the last bit.
        found.sort(key=lambda one: place_of(one[0]))
        near = [event for event, _ in found]
        events = [event for event in near if event.subject in person.members]
        if not events:
            await self._check_known(customer)
        until = at or max([datetime.now(UTC), *(event.time for event in events)])
        return History(customer, person, until, events, near, [arrived for _, arrived in found], said)

    async def population(self) -> Population:
        """How often customers come in general."""
        row = await self._pool.fetchrow(_QUERIES["cadence"])
        return Population(row["gaps"], row["observed_s"])

    async def said(self) -> AllViews:
        """What all customers stated and agents judged, beside what was read."""
        rows = await self._pool.fetch(_QUERIES["calibration"], self._strategy.version)
        return await asyncio.to_thread(all_views, rows, self._strategy)

    async def announced(self, customer: str, before: datetime, limit: int) -> list[Told]:
        """Some of what was announced of a customer before an instant, the latest first."""
        rows = await self._pool.fetch(_QUERIES["announced"], customer, before, limit)
        return [told(row) for row in rows]

    async def timeline(
        self, customer: str, before: Place | None, limit: int, until: datetime | None = None
    ) -> tuple[list[Happening], Place | None, Person]:
        """Events before a place in the order, and until an instant, newest first; and where to go on from.

        They are those of everybody whom the customer stands for, now or at that instant. Raises `Unheard`.
        """
        said = await words(self._pool, customer)
        person = who(customer, said, None if until is None else until.timestamp())
        members = list(person.members)
        since = min(until or _END, _END if before is None else instant(before[0][0]))
        rows = await self._pool.fetch(_QUERIES["timeline"], members, since, limit + 1)
        if not rows:
            await self._check_known(customer)
        events = sorted(
            (decode(row["body"], arrived=row["arrived"]) for row in rows), key=place_of, reverse=True
        )
        if before is not None:
            events = [event for event in events if place_of(event) < before]
        page = events[:limit]
        known = await self._corrections(members, until or _END)
        happened = [
            Happening(event, known.retraction_of(event) is not None, known.contest_of(event) is not None)
            for event in page
        ]
        return happened, place_of(page[-1]) if len(events) > limit else None, person

    async def _corrections(self, members: list[str], until: datetime) -> Corrections:
        rows = await self._pool.fetch(_QUERIES["corrections"], members, until)
        return corrections(decode(row["body"], arrived=row["arrived"]) for row in rows)

    async def _check_known(self, customer: str) -> None:
        if not await self._pool.fetchval(_QUERIES["is_known"], customer):
            raise Unheard(customer)

    async def promises(
        self, customer: str, at: datetime | None = None, within: timedelta = SOON
    ) -> tuple[list[Promised], datetime, Person]:
        """The ledger now, or as it stood at an instant; that instant, and whose it is. Raises `Unheard`."""
        if at is not None:
            history = await self.history(customer, at)
            return await asyncio.to_thread(ledger_of, history, self._strategy, within), at, history.person
        person = (await people(self._pool, [customer])).of(customer)
        rows = await self._pool.fetch(_QUERIES["promises"], list(person.members))
        if not rows:
            await self._check_known(customer)
        now = datetime.now(UTC)
        found = []
        for row in rows:
            subject, promise_id, *parts = row.values()
            promise = matter_from(Promise, parts)
            if isinstance(promise, Promise):
                found.append((subject, promise_id, promise))
        return ledger(found, now, within), now, person

    async def listing(
        self,
        *,
        after: str,
        bands: Sequence[Band],
        confidence: float,
        changed_since: datetime | None,
        limit: int,
    ) -> list[Listed]:
        """A page of the readings kept for lists, by customer."""
        query = "relationships_in_bands" if bands else "relationships"
        given: list[Any] = [after, confidence, changed_since or datetime.min.replace(tzinfo=UTC), limit]
        rows = await self._pool.fetch(_QUERIES[query], *given, *([list(bands)] if bands else []))
        return [_listed(row, self._strategy) for row in rows]

    async def latest(
        self,
        *,
        before: tuple[datetime, str] | None,
        bands: Sequence[Band],
        confidence: float,
        beginning: str,
        limit: int,
    ) -> list[Listed]:
        """A page of the readings kept for lists, the latest change first."""
        changed_at, customer = before or (_END, "")
        rows = await self._pool.fetch(
            _QUERIES["latest"], changed_at, customer, confidence, beginning, limit, list(bands)
        )
        return [_listed(row, self._strategy) for row in rows]

    async def count_bands(self) -> dict[Band, int]:
        """How many relationships are in each band; one count serves everyone for a moment."""
        async with self._counting:
            if monotonic() - self._counted_at > _COUNTED_FOR:
                rows = await self._pool.fetch(_QUERIES["count_bands"])
                self._counts = {row["band"]: row["relationships"] for row in rows}
                self._counted_at = monotonic()
            return self._counts


_FOLLOWING = ("known", "read_band")
"""What follows from the rest of a row."""


def _listed(row: Any, strategy: Strategy) -> Listed:
    kept = {name: row[name] for name in Listed.__struct_fields__ if name not in _FOLLOWING}
    # By the strategy of today only where a judgement hides what the one of the row said.
    read_band = row["band"]
    if row["judged_until"] is not None:
        read_band = band_of(row["health"], row["confidence"], strategy, knotted=bool(row["knotted"]))
    return Listed(**kept, read_band=read_band, known=read_band != "unknown")
