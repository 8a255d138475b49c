"""The engine: one transaction per partition batch, effectively once.

The transaction opens with a compare-and-set of the position: a process that was overtaken writes nothing.
Only events that the journal accepts are folded; what they change, prompt and announce follows from that.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from events import Refused, check_repetition
from projections.causes import Cause, Deadline, Traced, causes_of_bands, causes_of_events, deadlines_of
from projections.fold import Change, MatterKey, gather, no_change, replace
from projections.links import Persons
from projections.matters import KINDS, Complaint, Contact, Matter, Promise
from projections.reading import Reader, Reading
from projections.strategy import Band, Strategy
from services.projector import links
from services.projector.batch import Batch, Key, Received, Rejected
from services.projector.deadletters import Buried, settle
from services.projector.erasure import Erasures
from services.projector.refold import corrected, refold
from services.projector.sql import QUERIES
from services.runtime import rows
from services.runtime.database import Connection, Pool
from services.runtime.people import person_reading

_TABLES: dict[type[Matter], str] = {
    Contact: "join_contacts",
    Promise: "join_promises",
    Complaint: "join_complaints",
}


class Displaced(Exception):  # noqa: N818 - the outcome of a race, not an error
    """Another process moved the position: this one does not own the partition."""


class Told(msgspec.Struct, frozen=True):
    """A reading to be announced."""

    customer: str
    revision: int
    taken_at: datetime
    reading: Reading
    canonical: str | None = None
    """By which id the person is known, where it is another."""


class Applied(msgspec.Struct, frozen=True):
    """What a batch did."""

    accepted: int
    repeated: int
    refused: int
    told: list[Told]
    buried: Buried = Buried()
    """What was refused."""
    gone: list[str] = []
    """Those of whom nothing is kept any more: their announcements are to be taken back."""
    dropped: int = 0
    """Records of those who were erased before."""


class Engine:
    """Applies batches to the database."""

    def __init__(self, pool: Pool, strategy: Strategy, topic: str, *, erasure_key: str | None = None) -> None:
        self._pool = pool
        self._strategy = strategy
        self._reader = Reader(strategy)
        self._topic = topic
        self._erasures = Erasures(erasure_key)

    async def apply(self, batch: Batch, announced: int) -> Applied:
        """Applies a batch in one transaction, and notes what was announced before it.

        Raises `Displaced` where the position is another's; then nothing was written.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            moved = await connection.fetchval(
                QUERIES["advance_position"], self._topic, batch.partition, batch.first, batch.next, announced
            )
            if moved is None:
                raise Displaced
            await links.begin(connection, batch)
            sifted = await self._erasures.sift(connection, batch)
            batch = sifted.batch
            accepted, reused = await self._accept(connection, batch)
            buried = await settle(connection, self._topic, batch, accepted, reused)
            told, gone = await self._fold(connection, accepted)
            erased = await self._erasures.erase(connection, sifted.asked)
        return Applied(
            len(accepted),
            len(batch.received) - len(accepted) - len(reused),
            len(batch.rejected) + len(reused),
            [one for one in told if one.customer not in erased],
            buried,
            [*gone, *erased],
            sifted.dropped,
        )

    async def _accept(
        self, connection: Connection, batch: Batch
    ) -> tuple[list[Received], dict[Key, Rejected]]:
        """Writes the journal; returns the events that are new, and those under somebody else's identity."""
        if not batch.received:
            return [], {}
        entries = list(batch.received.items())
        new: set[int] = {
            row[0]
            for row in await connection.fetch(
                QUERIES["accept"],
                [customer for (customer, _), _ in entries],
                [identity for (_, identity), _ in entries],
                [received.event.type for _, received in entries],
                [received.event.time for _, received in entries],
                [received.record.arrived for _, received in entries],
                [received.record.offset for _, received in entries],
                [received.event.body for _, received in entries],
                batch.partition,
            )
        }
        known = [key for key, received in entries if received.record.offset not in new]
        reused: dict[Key, Rejected] = {}
        if known:
            for row in await connection.fetch(
                QUERIES["known_bodies"],
                [customer for customer, _ in known],
                [identity for _, identity in known],
            ):
                key = (row["customer"], row["identity"])
                again = batch.received[key]
                try:
                    check_repetition(row["body"], again.event)
                except Refused as refusal:
                    reused[key] = Rejected(again.record, refusal)
        return [received for _, received in entries if received.record.offset in new], reused

    async def _fold(self, connection: Connection, accepted: list[Received]) -> tuple[list[Told], list[str]]:
        """Folds what was accepted: matters, sums, deadlines, readings, causes.

        Returns the readings to be announced, and those who have none any more.
        """
        changes: dict[str, Change] = {}
        for received in accepted:
            change = changes.setdefault(received.event.subject, no_change())
            gather(change, received.event, self._strategy)
        if not changes:
            return [], []
        ties = await links.tie(connection, accepted, changes.keys())
        joined = await self._join(connection, changes)
        additions = [
            rows.relationship_row(name, change.count, change.newest, change.sums)
            for name, change in changes.items()
        ]
        additions += ties.rows()
        kept = {row["customer"]: row for row in await connection.fetch(QUERIES["add_sums"], additions)}
        for customer in await corrected(connection, accepted):
            state, kept[customer] = await refold(connection, customer, self._strategy)
            joined = {key: matter for key, matter in joined.items() if key[0] != customer}
            joined |= {(customer, key): matter for key, matter in state.matters.items()}
        traced = [(received.event, received.record.traceparent) for received in accepted]
        await self._write_deadlines(connection, joined, traced)
        gone = await links.part(connection, ties)
        left = {name: row for name, row in kept.items() if name not in gone}
        told, fallen = await self._read(connection, left, ties.persons)
        causes = [
            *causes_of_events(traced, self._strategy),
            *causes_of_bands(fallen, traced, self._strategy),
        ]
        await self._raise(connection, causes)
        return told, gone

    async def _join(
        self, connection: Connection, changes: dict[str, Change]
    ) -> dict[tuple[str, MatterKey], Matter]:
        """Joins matters and takes over what their outcomes add to, or take from, the sums."""
        joined: dict[tuple[str, MatterKey], Matter] = {}
        for kind in KINDS:
            partials = [
                rows.matter_row(customer, matter_id, matter)
                for customer, change in changes.items()
                for (of, matter_id), matter in change.matters.items()
                if of is kind
            ]
            if not partials:
                continue
            for row in await connection.fetch(QUERIES[_TABLES[kind]], partials):
                customer, matter_id, *parts = row.values()
                middle = len(parts) // 2
                old = rows.matter_from(kind, parts[:middle])
                # A matter that was not there before is what this batch says of it.
                new = changes[customer].matters[kind, matter_id] if old is None else None
                new = new or rows.matter_from(kind, parts[middle:])
                assert new is not None  # noqa: S101 - a row is written for an event, never for nothing
                replace(changes[customer].sums, old, new, self._strategy)
                joined[customer, (kind, matter_id)] = new
        return joined

    async def _read(
        self, connection: Connection, relationships: Mapping[str, Any], persons: Persons
    ) -> tuple[list[Told], dict[str, tuple[Band | None, Band]]]:
        """Takes and keeps the readings; returns them, and how bands changed."""
        still_open = await rows.open_matters(connection, list(relationships))
        now = datetime.now(UTC)
        told = []
        taken: dict[str, tuple[datetime, Reading]] = {}
        for customer, row in relationships.items():
            person = persons.of(customer)
            if person.canonical not in taken:
                members = [relationships[member] for member in person.members]
                taken[person.canonical] = person_reading(members, still_open, self._reader, now)
            told.append(Told(customer, row["revision"], *taken[person.canonical], person.known_as(customer)))
        bands = await connection.fetch(
            QUERIES["keep_readings"],
            [
                rows.reading_row(
                    one.customer,
                    one.revision,
                    one.taken_at,
                    now,
                    self._strategy.version,
                    one.reading,
                    one.canonical,
                )
                for one in told
            ],
        )
        return told, {row["customer"]: (row["was"], row["band"]) for row in bands}

    async def _write_deadlines(
        self,
        connection: Connection,
        joined: dict[tuple[str, MatterKey], Matter],
        traced: list[Traced],
    ) -> None:
        wanted, void = deadlines_of(joined, traced, self._strategy)
        if wanted:
            await connection.execute(QUERIES["set_deadlines"], *_columns(wanted, Deadline))
        if void:
            await connection.execute(
                QUERIES["void_deadlines"], *[list(column) for column in zip(*void, strict=True)]
            )

    async def _raise(self, connection: Connection, causes: list[Cause]) -> None:
        if causes:
            await connection.execute(QUERIES["raise_causes"], *_columns(causes, Cause))
            await connection.execute("notify egard_causes")


def _columns(items: Iterable[msgspec.Struct], cls: type[msgspec.Struct]) -> list[list[object]]:
    return [[getattr(item, name) for item in items] for name in cls.__struct_fields__]
