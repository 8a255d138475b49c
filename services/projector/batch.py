"""A batch before it meets the database: decoded, its repetitions put aside."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from events import (
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    EventRetracted,
    Refused,
    check_repetition,
    decode,
)
from services.projector.letters import Name, check_header_names, named
from services.projector.records import Record, body_of, plain_value

Key = tuple[str, bytes]
"""An event's identity in the journal: customer and hash of (source, id)."""

_EPOCH = datetime.fromtimestamp(0, UTC)

OF_LINKS = (CustomerLinked, CustomerUnlinked, EventRetracted)
"""Data of events that say something of links, or may take it back."""


class Received(msgspec.Struct, frozen=True, gc=False):
    """An event and the record that it came in."""

    event: Event
    record: Record
    key: Key
    """Its identity in the journal."""
    arrived: datetime
    trace: str | None = None
    """The trace that it belongs to (W3C Trace Context), if its record says so."""


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
    received: dict[Key, Received] = {}
    """One event per identity: the first to come."""
    asked: dict[Key, Received] = {}
    """The events that ask for an erasure. They are not journalled, so their ids meet nobody else's."""
    rejected: list[Rejected] = []
    redriven: list[Redriven] = []
    """Those that name a dead letter, repetitions included."""
    links: list[str] = []
    """The traces that its events belong to."""
    kinds: set[type] = set()
    """The classes of its events' data: what none of them is need not be looked for."""
    size: int = 0
    """How many records it has."""

    def extend(self, records: Sequence[Record]) -> None:
        """Decodes records that follow, and takes them in."""
        stamp, arrived = -1, _EPOCH
        for record in records:
            if record.timestamp_ms != stamp:  # those that the broker took together share one
                stamp, arrived = record.timestamp_ms, record.arrived
            body = plain_value(record)
            try:
                if body is None:
                    self._take(record, arrived)
                else:
                    self._put(record, decode(body, arrived=arrived), arrived, None)
            except Refused as refusal:
                self.rejected.append(Rejected(record, refusal))
        self.next = records[-1].offset + 1
        self.size += len(records)

    def pieces(self) -> Iterator["Batch"]:
        """The batch, cut where somebody is erased and links are spoken of later; nearly none is.

        Who is erased are those who are one person when it is asked for: what is said of links afterwards is
        not to be known then.
        """
        cuts = self._cuts() if self.asked else []
        if not cuts:
            yield self
            return
        first = self.first
        for end in (*cuts, self.next):
            yield self._piece(first, end)
            first = end

    def _cuts(self) -> list[int]:
        """The offsets of the first that speaks of links after each erasure."""
        speak = [one.record.offset for one in self.received.values() if isinstance(one.event.data, OF_LINKS)]
        after = {bisect(speak, one.record.offset) for one in self.asked.values()}
        return [speak[place] for place in sorted(after) if place < len(speak)]

    def _piece(self, first: int, end: int) -> "Batch":
        def within(some: dict[Key, Received]) -> dict[Key, Received]:
            return {key: one for key, one in some.items() if first <= one.record.offset < end}

        received, asked = within(self.received), within(self.asked)
        return msgspec.structs.replace(
            self,
            first=first,
            next=end,
            received=received,
            asked=asked,
            rejected=[one for one in self.rejected if first <= one.record.offset < end],
            # Beside the event that one repeats: what becomes of that decides.
            redriven=[one for one in self.redriven if one.key in received or one.key in asked],
        )

    def _take(self, record: Record, arrived: datetime) -> None:
        """Takes in a record whose headers say more. Raises `Refused`."""
        check_header_names(record.headers)
        received = self._put(record, decode(body_of(record), arrived=arrived), arrived, record.traceparent)
        name = named(record.headers)
        if name is not None:
            self.redriven.append(Redriven(name, received.key, record))
        if received.trace is not None:
            self.links.append(received.trace)

    def _put(self, record: Record, event: Event, arrived: datetime, trace: str | None) -> Received:
        """Takes in an event, unless it came before. Raises `Refused` where its id came with another."""
        received = Received(event, record, (event.subject, event.identity), arrived, trace)
        self.kinds.add(type(event.data))
        if isinstance(event.data, CustomerErased):
            return self.asked.setdefault(received.key, received)
        earlier = self.received.setdefault(received.key, received)
        if earlier is not received:
            check_repetition(earlier.event.body, event)
        return received


def prepare(partition: int, first: int, records: Sequence[Record]) -> Batch:
    """Decodes records; the pure part of a batch."""
    batch = Batch(partition, first, first)
    batch.extend(records)
    return batch
