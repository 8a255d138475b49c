"""A batch before it meets the database: decoded, its repetitions put aside."""

from collections.abc import Sequence

import msgspec

from events import Event, Refused, check_repetition, decode
from services.projector.letters import Name, check_header_names, named
from services.projector.records import Record, body_of

Key = tuple[str, bytes]
"""An event's identity in the journal: customer and hash of (source, id)."""


class Received(msgspec.Struct, frozen=True):
    """An event and the record that it came in."""

    event: Event
    record: Record
    key: Key
    """Its identity in the journal."""


class Rejected(msgspec.Struct, frozen=True):
    """A record that is not accepted, and why."""

    record: Record
    refusal: Refused


class Redriven(msgspec.Struct, frozen=True):
    """An event that was sent in place of a dead letter, and is not refused for itself."""

    name: Name
    key: Key
    record: Record


class Batch(msgspec.Struct):
    """The records of one partition between two offsets."""

    partition: int
    first: int
    """The offset that the batch begins at: where the position must stand."""
    next: int
    """The offset after its last record."""
    received: dict[Key, Received]
    """One event per identity: the first to come."""
    rejected: list[Rejected]
    redriven: list[Redriven]
    """Those that name a dead letter, repetitions included."""
    links: list[str]
    """The traces that its events belong to."""


def prepare(partition: int, first: int, records: Sequence[Record]) -> Batch:
    """Decodes records; the pure part of a batch."""
    batch = Batch(partition, first, records[-1].offset + 1, {}, [], [], [])
    for record in records:
        try:
            check_header_names(record.headers)
            event = decode(body_of(record), arrived=record.arrived)
            received = Received(event, record, (event.subject, event.identity))
            earlier = batch.received.setdefault(received.key, received)
            if earlier is not received:
                check_repetition(earlier.event.body, event)
        except Refused as refusal:
            batch.rejected.append(Rejected(record, refusal))
            continue
        name = named(record.headers)
        if name is not None:
            batch.redriven.append(Redriven(name, received.key, record))
        trace = record.traceparent
        if trace is not None:
            batch.links.append(trace)
    return batch
