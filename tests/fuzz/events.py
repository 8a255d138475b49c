"""Valid events to spoil, and neighbours to be spared. Everything follows from the random numbers given."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from events import TYPES, identity
from events.examples import example

SOURCE = "/fuzz"

_BEGINNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
_EXAMPLES = {name: example(name) for name in sorted(TYPES)}
# Whoever is erased takes all their events along, neighbours too: that is not what is tried here.
_NAMES = [*(name for name in _EXAMPLES if name != "egard.customer.erased"), "org.example.unheard.of"]

Envelope = dict[str, Any]
Key = tuple[str, bytes]
"""An event's identity in the journal: customer and hash of (source, id)."""


def event(draw: Random, *, customers: int) -> Envelope:
    """A valid event of any type, under an id that no other has and that no spoiling can give to another."""
    name = draw.choice(_NAMES)
    found = {**_EXAMPLES.get(name, _EXAMPLES["egard.exchange.visited"]), "type": name}
    agent = name.startswith("egard.team.")
    return {
        **found,
        "source": SOURCE,
        "id": f"{draw.getrandbits(96):024x}",
        "subject": f"{'agent:' if agent else ''}fuzz-{draw.randrange(customers)}",
        "time": (_BEGINNING + timedelta(milliseconds=draw.randrange(10**10))).isoformat(),
    }


def other(one: Envelope) -> Envelope:
    """Another event under the same id."""
    return {**one, "time": "2025-12-01T00:00:00+00:00"}


def bytes_of(one: Envelope) -> bytes:
    """The event in structured mode."""
    return msgspec.json.encode(one)


def key_of(one: Envelope) -> Key:
    """Where the journal has the event."""
    return (one["subject"], identity(one["source"], one["id"]))
