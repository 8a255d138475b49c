"""The journal: all that was acknowledged is in it once, as it was sent, and nothing else is."""

from collections import Counter
from collections.abc import Iterator

from events import Event, decode
from tests.chaos.found import Found, Journalled
from tests.chaos.oracle.violation import Violation
from tests.chaos.record import Name, Record

OURS = ("/egard/outreach", "/egard/desk")
"""The sources of the events that services publish by themselves."""


def check(record: Record, found: Found) -> Iterator[Violation]:
    """Holds the journal against what was sent."""
    times = Counter(_name(row) for row in found.journal)
    for name, count in times.items():
        if count > 1:
            yield Violation("doubled", f"{name} is in the journal {count} times")
    for row in found.journal:
        sent = record.sent.get(_name(row))
        if row.customer != row.subject:
            yield Violation("strange", f"{_name(row)} is journalled as an event of {row.customer}")
        if sent is None and row.source not in OURS:
            yield Violation("strange", f"{_name(row)} was never sent")
        elif sent is not None and sent.event.body != row.body:
            yield Violation("strange", f"{_name(row)} was sent otherwise")
    for name, sent in record.sent.items():
        if sent.acknowledged and name not in times:
            yield Violation("lost", f"{name} was acknowledged")
    for letter in found.dead_letters:
        yield Violation("refused", f"there is a dead letter: {letter}")
    if found.outbox:
        yield Violation("refused", f"{found.outbox} records are still in the outbox")


def accepted(record: Record, found: Found) -> list[Event]:
    """The events that the journal has, each once: those of publishers as we sent them."""
    events: dict[Name, Event] = {}
    for row in found.journal:
        sent = record.sent.get(_name(row))
        events[_name(row)] = decode(row.body, arrived=row.arrived) if sent is None else sent.event
    return list(events.values())


def _name(row: Journalled) -> Name:
    return (row.subject, row.source, row.id)
