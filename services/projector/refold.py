"""Corrections: a join cannot be undone, so a customer of whom something is set aside is folded anew.

It runs inside the batch's transaction, after the batch's own sums were added: the customer's relationship is
locked by then, and whoever else touches the customer waits for this transaction or makes it wait.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from events import Event, decode
from projections.corrections import CORRECTIONS, corrections
from projections.fold import State, fold
from projections.matters import KINDS
from projections.strategy import Strategy
from services.projector.batch import Received
from services.projector.sql import QUERIES
from services.runtime import rows
from services.runtime.database import Connection

_TABLES = ("contacts", "promises", "complaints")


async def corrected(connection: Connection, accepted: Iterable[Received]) -> list[str]:
    """The customers of whom an accepted event sets something aside, or is itself set aside, in order."""
    some = list(accepted)
    found = {one.event.subject for one in some if isinstance(one.event.data, CORRECTIONS)}
    customers = {one.event.subject for one in some}
    kept = sorted(await connection.fetch(QUERIES["corrections"], [*customers]), key=itemgetter("customer"))
    if not kept:
        return sorted(found)
    new: dict[str, list[Event]] = {}
    for one in some:
        new.setdefault(one.event.subject, []).append(one.event)
    for customer, rows_of in groupby(kept, key=itemgetter("customer")):
        known = corrections(decode(row["body"], arrived=row["arrived"]) for row in rows_of)
        if any(known.sets_aside(event) for event in new[customer]):
            found.add(customer)
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
