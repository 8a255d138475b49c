"""A small table and a small map, for tests of `egard import`."""

import io
import json
from datetime import UTC, datetime
from typing import Any

from services.cli.importing.outcomes import convert_file

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

BASE = """
source = "desk"
timezone = "Europe/Paris"
"""
CALL = """
[[event]]
type = "egard.contact.attempted"
subject = "{who}"
time = "{at}"
id = "{n}"
data = { contact_id = "{n}", channel = "phone" }
"""


def outcomes(table: str | bytes, map_text: str) -> list[Any]:
    """What became of each row: its events as dicts, or the reason why there are none."""
    raw = table.encode() if isinstance(table, str) else table
    return [
        [json.loads(event.line) for event in one.result]
        if isinstance(one.result, list)
        else one.result.reason
        for one in convert_file(io.BytesIO(raw), map_text, arrived=NOW)
    ]


def event_of(cells: str, rule: str, *, top: str = BASE, header: str = "n,who,at,x,y") -> dict[str, Any]:
    """The only event of the only row."""
    ((event,),) = outcomes(f"{header}\n{cells}\n", top + rule)
    assert isinstance(event, dict)
    return event
