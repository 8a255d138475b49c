"""Events as they come over the wire, good ones and bad ones."""

import json
from datetime import UTC, datetime

from events import Event, decode

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""When they arrive."""

KEPT = {"promise_id": "1"}


def body(data: object = KEPT, **attributes: object) -> bytes:
    """An acceptable event, with some of its attributes changed; None takes one away."""
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "crm",
        "type": "egard.promise.kept",
        "subject": "anna",
        "time": "2026-11-22T09:30:00+01:00",
        "data": data,
        **attributes,
    }
    return json.dumps({name: value for name, value in event.items() if value is not None}).encode()


def accepted(text: bytes) -> Event:
    """The event that comes of a text."""
    return decode(text, arrived=NOW)
