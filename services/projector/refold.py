"""Corrections: a join cannot be undone, so a customer of whom something is set aside is folded anew.

It runs inside the batch's transaction, once the customer's relationship is locked: whoever else writes of the
customer waits for this transaction, and finds what it left.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from events import Event, recall
from projections.corrections import CORRECTIONS, corrections
from projections.fold import State, fold
from projections.strategy import Strategy
from services.projector.batch import Batch, Received
from services.projector.sql import QUERIES
from services.runtime.database import Connection
from services.runtime.rows import TABLES, Relationship


async def corrected(
    connection: Connection,
    batch: Batch,
    accepted: Iterable[Received],
    kept: Mapping[str, Relationship],
) -> list[str]:
    """The customers of whom an accepted event sets something aside, or is itself set aside, in order.

    Notes who has such events from now on.
    """
    if batch.kinds.isdisjoint(CORRECTIONS) and not any(one.corrected for one in kept.values()):
        return []
    new: dict[str, list[Event]] = {}
    found = set()
    for one in accepted:
        customer = one.event.subject
        if isinstance(one.event.data, CORRECTIONS):
            found.add(customer)
        elif kept[customer].corrected:
            new.setdefault(customer, []).append(one.event)
    if new:
        rows = sorted(await connection.fetch(QUERIES["corrections"], [*new]), key=itemgetter("customer"))
        for customer, rows_of in groupby(rows, key=itemgetter("customer")):
            known = corrections(recall([row["body"] for row in rows_of]))
            if any(known.sets_aside(event) for event in new[customer]):
                found.add(customer)
    for customer in found:
        kept[customer].corrected = True
    return sorted(found)


async def refold(connection: Connection, customer: str, strategy: Strategy) -> State:
    """Folds a customer's journal anew, and deletes the matters and deadlines that were kept."""
    history = await connection.fetch(QUERIES["history"], customer)
    for table in (*TABLES.values(), "deadlines"):
        await connection.execute(QUERIES[f"forget_{table}"], customer)
    return fold(recall([row["body"] for row in history]), strategy)
