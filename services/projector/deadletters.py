"""Dead letters within a batch's transaction: kept, cleared once mended, refused again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from events import Refused
from services.projector.batch import Batch, Key, Received, Redriven, Rejected
from services.projector.letters import Headers, Name, Told, legible, named, told
from services.projector.sql import QUERIES
from services.runtime.database import Connection

_KNOWN = Refused(
    "id_reused",
    "The event is in the journal already; only a new one can take the place of what was refused.",
    pointer="/id",
    accepted="an event under an id of its own",
)


class Buried(msgspec.Struct, frozen=True):
    """The dead letters of a batch, counted by reason."""

    new: Mapping[str, int] = {}
    again: Mapping[str, int] = {}
    """Those that were there before, sent again, and refused again."""


async def settle(
    connection: Connection,
    topic: str,
    batch: Batch,
    accepted: Sequence[Received],
    reused: dict[Key, Rejected],
    *,
    mendable: bool,
) -> Buried:
    """Keeps what a batch refused and clears what it mends, where anything can be; returns what it refused.

    A dead letter is cleared by a newly accepted event of its source, id and subject, and by a record that
    names it with its token, once that is in the journal. What names a dead letter and is refused again is
    that dead letter still. One for `id_reused` is cleared by a newly accepted event only: the event that its
    id belongs to was in the journal before it, and may come again.
    """
    if not (batch.rejected or batch.redriven or reused) and not mendable:
        return Buried()
    new = {received.key for received in accepted}
    mended = [one for one in batch.redriven if one.key not in reused]
    if mended:
        await _clear_redriven(connection, mended, new)
    if new:
        await connection.execute(
            QUERIES["clear_corrected"], [customer for customer, _ in new], [identity for _, identity in new]
        )
    rejected = [*batch.rejected, *reused.values(), *_repetitions(batch.redriven, reused)]
    # Where the dead letter of a known event is still there, it is one for `id_reused`, and stays so.
    known = [(one.name, Rejected(one.record, _KNOWN)) for one in mended if one.key not in new]
    again = [(name, one) for one in rejected if (name := named(one.record.headers)) is not None]
    there = await _refuse_again(connection, [*again, *known])
    old = {one.record.offset for name, one in again if name in there}
    fresh = [one for one in rejected if one.record.offset not in old]
    return Buried(
        await _keep(connection, topic, batch.partition, _uncorrected(fresh, accepted)),
        Counter(one.refusal.reason for name, one in [*again, *known] if name in there),
    )


def stored_headers(headers: Headers) -> str:
    """Headers as the database keeps them: legible names, and values in base64, as they may be any bytes."""
    return msgspec.json.encode([[legible(name), value] for name, value in headers]).decode()


def _repetitions(redriven: Iterable[Redriven], reused: dict[Key, Rejected]) -> list[Rejected]:
    """Records sent again that repeat, within the batch, one that was refused for its id."""
    return [
        Rejected(one.record, reused[one.key].refusal)
        for one in redriven
        if one.key in reused and reused[one.key].record is not one.record
    ]


def _uncorrected(rejected: Sequence[Rejected], accepted: Iterable[Received]) -> list[tuple[Rejected, Told]]:
    """Refused records and what they tell, but for those that a later one of their own batch corrected."""
    if not rejected:
        return []
    corrected: dict[tuple[bytes, str | None], int] = {}
    for known in accepted:
        subject, identity = known.key
        for name in (subject, None):
            corrected[identity, name] = known.record.offset
    found = []
    for one in rejected:
        tells = told(one.record, one.refusal)
        if tells.identity is None or corrected.get((tells.identity, tells.subject), -1) < one.record.offset:
            found.append((one, tells))
    return found


async def _clear_redriven(connection: Connection, mended: Sequence[Redriven], new: set[Key]) -> None:
    await connection.execute(
        QUERIES["clear_redriven"],
        [one.name.id for one in mended],
        [one.name.token for one in mended],
        [one.key in new for one in mended],
    )


async def _refuse_again(connection: Connection, again: Sequence[tuple[Name, Rejected]]) -> set[Name]:
    """Notes that dead letters were refused again; returns those that there are."""
    if not again:
        return set()
    rows = await connection.fetch(
        QUERIES["refuse_again"],
        [name.id for name, _ in again],
        [name.token for name, _ in again],
        [one.record.value for _, one in again],
        *_refusals([one for _, one in again]),
    )
    return {Name(row["id"], str(row["token"])) for row in rows}


async def _keep(
    connection: Connection, topic: str, partition: int, letters: Sequence[tuple[Rejected, Told]]
) -> Counter[str]:
    if letters:
        records = [one.record for one, _ in letters]
        await connection.execute(
            QUERIES["keep_dead_letters"],
            topic,
            partition,
            [record.offset for record in records],
            [record.key for record in records],
            [record.value for record in records],
            [stored_headers(record.headers) for record in records],
            *_refusals([one for one, _ in letters]),
            [tells.source for _, tells in letters],
            [tells.event_id for _, tells in letters],
            [tells.subject for _, tells in letters],
            [tells.identity for _, tells in letters],
        )
    return Counter(one.refusal.reason for one, _ in letters)


def _refusals(some: Sequence[Rejected]) -> tuple[list[str], list[str], list[str]]:
    """Reasons, details and pointers, as columns."""
    return (
        [one.refusal.reason for one in some],
        [legible(one.refusal.detail) for one in some],
        [legible(one.refusal.pointer) for one in some],
    )
