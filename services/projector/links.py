"""Links in a batch's transaction: who is who is written down, and all ids of a person follow what happens."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from events import CustomerErased, CustomerLinked, CustomerUnlinked, Event, EventRetracted, recall
from projections.links import Persons, spoken
from services.projector.batch import OF_LINKS, Batch, Received
from services.runtime import rows
from services.runtime.database import Connection
from services.runtime.people import people
from services.runtime.queries import Queries
from services.runtime.rows import Relationship

QUERIES = Queries(Path(__file__).with_name("links.sql"))

_SAYING = (CustomerLinked, CustomerUnlinked, CustomerErased)
"""Data of events after which other ids may be one person."""


class Ties(msgspec.Struct, frozen=True):
    """Who is who after a batch, as far as it matters there."""

    persons: Persons
    beside: Sequence[str]
    """Those of whom the batch has no event and whose reading it changes, in order."""


def may_change(batch: Batch) -> bool:
    """Whether other ids may be one person after a batch, by what it says itself; see also `takes_back`."""
    return not batch.kinds.isdisjoint(_SAYING)


async def takes_back(connection: Connection, batch: Batch) -> bool:
    """Whether a batch takes back what was said of links; most of what is taken back is something else."""
    if EventRetracted not in batch.kinds:
        return False
    back = [
        (received.event.subject, received.event.data.source, received.event.data.id)
        for received in batch.received.values()
        if isinstance(received.event.data, EventRetracted)
    ]
    if not back:  # those of the kind were refused, as their ids were others'
        return False
    columns = [list(column) for column in zip(*back, strict=True)]
    return bool(await connection.fetchval(QUERIES["takes_back"], *columns))


async def tie(
    connection: Connection,
    accepted: Iterable[Received],
    customers: Collection[str],
    *,
    linked: bool,
    changing: bool,
) -> Ties:
    """Writes down what a batch says of links, and finds everybody whose reading follows from it.

    `customers` are those of whom the batch has events; `linked` says whether there are links of any of them,
    `changing` whether other ids may be one person afterwards, for which nobody else may write.
    """
    names = set(customers)
    if not changing:
        after = await people(connection, names if linked else ())
        return Ties(after, _beside(names, after))
    speakers = sorted({one.event.subject for one in accepted if isinstance(one.event.data, OF_LINKS)})
    words = await words_of(connection, speakers)
    names |= {name for edge, *_ in words for name in edge}
    before = await people(connection, names)
    await keep_words(connection, words)
    after = await people(connection, names)
    near = names | before.linked.keys() | after.linked.keys()
    moved = {name for name in near if before.of(name) != after.of(name)}
    return Ties(after, sorted({*_beside(set(customers), after), *moved} - set(customers)))


def part(ties: Ties, kept: Mapping[str, Relationship]) -> tuple[Mapping[str, Relationship], list[str]]:
    """Sets those apart who were only ever named in a link, and are linked no more: all others, and them."""
    gone = {name for name in ties.beside if name not in ties.persons.linked and not kept[name].events}
    if not gone:
        return kept, []
    return {name: one for name, one in kept.items() if name not in gone}, sorted(gone)


async def forget(connection: Connection, names: list[str]) -> list[str]:
    """Forgets those of some who have no events of their own; returns these."""
    gone = [row["customer"] for row in await connection.fetch(QUERIES["forget_nobodies"], names)]
    await connection.execute(QUERIES["forget_history"], gone)
    return gone


Said = tuple[tuple[str, str], Event, bool, datetime | None]
"""A pair of ids, what was said of it, whether that drew a link, and when it was taken back."""


def _beside(customers: set[str], persons: Persons) -> list[str]:
    linked = persons.linked
    members = {member for name in linked.keys() & customers for member in linked[name].members}
    return sorted(members - customers)


async def words_of(connection: Connection, speakers: list[str]) -> list[Said]:
    """All that some subjects ever said of links: a retraction may concern any of it, in any order."""
    said = await connection.fetch(QUERIES["said"], speakers)
    if not said:
        return []
    back = await connection.fetch(QUERIES["taken_back"], speakers)
    events = recall([row["body"] for row in [*said, *back]])
    return [
        (word.edge, event, word.drawn, None if word.retracted_at is None else rows.instant(word.retracted_at))
        for event, word in spoken(events)
    ]


async def keep_words(connection: Connection, words: Sequence[Said]) -> None:
    """Writes words down, in both directions."""
    found = [
        (
            customer,
            alias,
            event.subject,
            event.identity,
            drawn,
            event.time,
            event.id,
            event.source,
            retracted_at,
        )
        for edge, event, drawn, retracted_at in words
        for customer, alias in (edge, edge[::-1])
    ]
    if found:
        columns = [list(column) for column in zip(*found, strict=True)]
        await connection.execute(QUERIES["keep_words"], *columns)
