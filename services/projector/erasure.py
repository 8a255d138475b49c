"""Erasure in a batch's transaction: who asked to be forgotten is, under every alias, and does not come back.

The event that asks for it is not journalled: it names whom it is of. What remains is a row that says when and
how much, and keyed hashes by which later events are known, and dropped.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from events import MAX_NAME_BYTES, CustomerLinked, CustomerUnlinked, Event
from services.projector import links
from services.projector.batch import Batch
from services.projector.records import Record
from services.projector.spellings import spellings
from services.runtime.database import Connection
from services.runtime.erased import Seal, seal
from services.runtime.people import people
from services.runtime.queries import Queries

QUERIES = Queries(Path(__file__).with_name("erasure.sql"))

# `unannounced` before `relationships`: whoever announces what a rebuild changed locks rows in that order.
_TABLES = (
    *("journal", "contacts", "promises", "complaints", "history", "comparisons"),
    *("unannounced", "relationships"),
)
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')


class Sifted(msgspec.Struct, frozen=True):
    """A batch without what may not be known any more."""

    batch: Batch
    asked: Sequence[Event]
    """The events that ask for an erasure."""
    dropped: int
    """How many records are of those who were erased before."""


class Erasures:
    """Forgets, and knows again who is to stay forgotten."""

    def __init__(self, key: str | None) -> None:
        """`key` is the one that the settings give, if they do."""
        self._key = key
        self._seal: Seal | None = None

    async def sift(self, connection: Connection, batch: Batch, *, erased: bool) -> Sifted:
        """Drops the records of those who were erased, where anybody was, and takes out what asks for it."""
        asked = [one.event for one in batch.asked.values()]
        sealed = await self._sealed(connection)
        if not asked and not erased:
            return Sifted(batch, (), 0)
        names = {name for one in batch.received.values() for name in _names(one.event)}
        names.update(event.subject for event in asked)
        texts = [mentioned(one.record) for one in batch.rejected]
        known = await sealed.erased(connection, names.union(*texts))
        received = {key: one for key, one in batch.received.items() if known.isdisjoint(_names(one.event))}
        rejected = [one for one, text in zip(batch.rejected, texts, strict=True) if known.isdisjoint(text)]
        new = [event for event in asked if event.subject not in known]
        before = len(batch.received) + len(batch.rejected) + len(asked)
        # The batch stays as it was: should the transaction fail, it is applied again.
        kept = msgspec.structs.replace(batch, received=received, rejected=rejected)
        return Sifted(kept, new, before - len(received) - len(rejected) - len(new))

    async def erase(self, connection: Connection, asked: Iterable[Event]) -> list[str]:
        """Sweeps those who asked, under all their ids; returns of whom nothing is kept any more."""
        sealed = await self._sealed(connection)
        gone: list[str] = []
        forgotten: list[str] = []
        for event in asked:
            if event.subject in gone:
                continue  # the same person, by another name
            members = list((await people(connection, [event.subject])).of(event.subject).members)
            rows, others = await sweep(connection, members)
            number = await connection.fetchval(QUERIES["note_erasure"], event.time, rows, sealed.id)
            await connection.execute(QUERIES["note_hashes"], [sealed.hash(one) for one in members], number)
            await connection.execute(QUERIES["note_names"], members, number)
            gone += members
            forgotten += others
        return [*gone, *forgotten]

    async def _sealed(self, connection: Connection) -> Seal:
        if self._seal is None:
            self._seal = await seal(connection, self._key)
        return self._seal


async def sweep(connection: Connection, names: list[str]) -> tuple[int, list[str]]:
    """Deletes all that is kept of some ids.

    Returns how many rows that were, and others of whom nothing is left then.
    """
    keys = [name.encode() for name in names]
    await connection.execute(QUERIES["stop_rebuild"])
    rows = await _delete(connection, "sweep_causes", names)
    await connection.execute(QUERIES["lock_customers"], names)
    for table in ("deadlines", "prompts"):
        rows += await _delete(connection, f"sweep_{table}", names)
    rows += await _delete(connection, "sweep_outbox", keys)
    others, forgotten = await _forget_words_of_others(connection, names)
    rows += len(others)
    rows += await _delete(connection, "sweep_links", names)
    for table in _TABLES:
        rows += await _delete(connection, f"sweep_{table}", names)
    rows += await _delete(connection, "sweep_dead_letters", *naming(names))
    if await connection.fetchval(QUERIES["rebuilding"]):
        await connection.execute(QUERIES["sweep_rebuilding"], names, others)
    # Whoever was turning a deadline into a cause was waited for above.
    return rows + await _delete(connection, "sweep_causes", names), forgotten


def naming(names: list[str]) -> tuple[list[str], list[bytes], list[bytes], list[str]]:
    """What to look for in dead letters that name some ids: subjects, keys, texts in values, headers."""
    keys = [name.encode() for name in names]
    texts = [text for name in names for text in spellings(name)]
    return names, keys, texts, [msgspec.json.encode([["ce_subject", key]]).decode() for key in keys]


async def _delete(connection: Connection, statement: str, *words: object) -> int:
    done: str = await connection.execute(QUERIES[statement], *words)
    return int(done.split()[-1])


async def _forget_words_of_others(connection: Connection, names: list[str]) -> tuple[list[str], list[str]]:
    """Deletes what names these ids among the events of others, whose reading that does not move.

    Returns whose events those were, once for each, and who had no others.
    """
    others = [row["customer"] for row in await connection.fetch(QUERIES["sweep_words_of_others"], names)]
    if not others:
        return [], []
    await connection.execute(QUERIES["count_again"], others)
    persons = await people(connection, others)
    alone = [name for name in others if name not in persons.linked]
    forgotten = await links.forget(connection, alone)
    if forgotten:
        await connection.execute(QUERIES["announce_gone"], forgotten)
    return others, forgotten


def _names(event: Event) -> tuple[str, ...]:
    """The ids that an event is about."""
    if isinstance(event.data, CustomerLinked | CustomerUnlinked):
        return (event.subject, event.data.alias)
    return (event.subject,)


def mentioned(record: Record) -> set[str]:
    """All texts of a refused record that could be an id: its key, its subject, every text in its value."""
    found = {value for name, value in record.headers if name == "ce_subject"} | {record.key}
    names = {_decoded(one) for one in found if one is not None}
    for text in _TEXT.findall(record.value or b""):
        try:
            names.add(msgspec.json.decode(text, type=str))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return {name for name in names if name and len(name.encode()) <= MAX_NAME_BYTES}


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace")
