"""Retractions: a join cannot be undone, so a customer of whom something is taken back is folded anew.

It runs inside the batch's transaction, after the batch's own sums were added: the customer's relationship is
locked by then, and whoever else touches the customer waits for this transaction or makes it wait.
"""

from collections.abc import Iterable
from typing import Any

from events import EventRetracted, decode, identity
from projections.fold import State, fold
from projections.matters import KINDS
from projections.strategy import Strategy
from services.projector.batch import Received
from services.projector.sql import QUERIES
from services.runtime import rows
from services.runtime.database import Connection

_TABLES = ("contacts", "promises", "complaints")


async def taken_back(connection: Connection, accepted: Iterable[Received]) -> list[str]:
    """The customers of whom an accepted event takes something back, or is itself taken back, in order."""
    new: dict[str, set[bytes]] = {}
    found = set()
    for received in accepted:
        new.setdefault(received.event.subject, set()).add(received.event.identity)
        if isinstance(received.event.data, EventRetracted):
            found.add(received.event.subject)
    for row in await connection.fetch(QUERIES["retractions"], list(new)):
        data = decode(row["body"], arrived=row["arrived"]).data
        if isinstance(data, EventRetracted) and identity(data.source, data.id) in new[row["customer"]]:
            found.add(row["customer"])
    return sorted(found)


async def refold(connection: Connection, customer: str, strategy: Strategy) -> tuple[State, Any]:
    """Folds a customer's journal anew and puts it in the place of what was kept; returns state and row."""
    history = await connection.fetch(QUERIES["history"], customer)
    state = fold((decode(row["body"], arrived=row["arrived"]) for row in history), strategy)
    for table, kind in zip(_TABLES, KINDS, strict=True):
        await connection.execute(QUERIES[f"forget_{table}"], customer)
        matters = [
            rows.matter_row(customer, matter_id, matter)
            for (of, matter_id), matter in state.matters.items()
            if of is kind
        ]
        if matters:
            await connection.execute(QUERIES[f"join_{table}"], matters)
    await connection.execute(QUERIES["forget_deadlines"], customer)
    revision = await connection.fetchval(QUERIES["forget_relationship"], customer)
    _, _, *counted = rows.relationship_row(customer, state.count, state.newest, state.sums)
    row = await connection.fetchrow(QUERIES["add_sums"], [(customer, revision, *counted)])
    return state, row
