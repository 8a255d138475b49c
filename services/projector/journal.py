"""The journal in a batch's transaction: what is new is written, what came before is held against it."""

from typing import Any

from events import Refused, check_repetition
from services.projector import sql
from services.projector.batch import Batch, Key, Received, Rejected
from services.projector.sql import QUERIES
from services.runtime.database import Connection

_COLUMNS = ("customer", "identity", "type", "time", "arrived", "kafka_partition", "kafka_offset", "body")


async def accept(connection: Connection, batch: Batch) -> tuple[list[Received], dict[Key, Rejected]]:
    """Writes the journal; returns the events that are new, and those under somebody else's identity."""
    if not batch.received:
        return [], {}
    rows = [_row(received, batch.partition) for received in batch.received.values()]
    few = len(rows) <= sql.FEW
    written: str
    if few:
        written = await connection.execute(QUERIES["accept_few"], *zip(*rows, strict=True))
    else:
        await connection.copy_records_to_table("arriving", records=rows, columns=_COLUMNS)
        written = await connection.execute(QUERIES["accept"])
    if int(written.split()[-1]) == len(rows):
        return list(batch.received.values()), {}
    known: set[Key] = set()
    reused: dict[Key, Rejected] = {}
    for row in await (
        connection.fetch(QUERIES["known_few"], *zip(*batch.received, strict=True))
        if few
        else connection.fetch(QUERIES["known"])
    ):
        key = (row["customer"], row["identity"])
        known.add(key)
        again = batch.received[key]
        try:
            check_repetition(row["body"], again.event)
        except Refused as refusal:
            reused[key] = Rejected(again.record, refusal)
    return [received for key, received in batch.received.items() if key not in known], reused


def _row(received: Received, partition: int) -> tuple[Any, ...]:
    event = received.event
    return (
        *received.key,
        event.type,
        event.time,
        received.arrived,
        partition,
        received.record.offset,
        event.body,
    )
