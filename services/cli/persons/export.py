"""All that is held of a person, as one JSON document."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from projections.links import Person
from projections.strategy import Strategy
from services.cli.persons.store import QUERIES
from services.insight.archive import Archive
from services.projector.erasure import naming
from services.runtime.database import Pool

_FOLDS = ("links", "relationships", "history", "comparisons", "deadlines", "causes")
_MATTERS = ("contacts", "promises", "complaints")
_JSON = ("facts", "brief", "episodes", "headers")
"""Columns that hold JSON as text."""


async def document(pool: Pool, strategy: Strategy, name: str, person: Person) -> bytes:
    """Everything: events as they were published, what they amount to, prompts, and what is under way."""
    members = list(person.members)
    reading = await Archive(pool, strategy).live(name)
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):

        async def rows(query: str, *words: object) -> list[dict[str, Any]]:
            found = await connection.fetch(QUERIES[query], *(words or (members,)))
            return [_plain(row) for row in found]

        # These first: a rebuild puts no others in their place before this is over.
        matters = {table: await rows(table) for table in _MATTERS}
        found = {
            "exported_at": datetime.now(UTC),
            "customer": name,
            "canonical": person.canonical,
            "aliases": person.aliases,
            "reading": reading,
            "events": [_event(row) for row in await connection.fetch(QUERIES["events"], members)],
            "matters": matters,
            **{table: await rows(table) for table in _FOLDS},
            "prompts": await rows("prompts"),
            "outbox": await rows("outbox", [one.encode() for one in members]),
            "dead_letters": await rows("dead_letters", *naming(members)),
        }
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "subject": row["customer"],
        "arrived": row["arrived"],
        "partition": row["kafka_partition"],
        "offset": row["kafka_offset"],
        "event": msgspec.Raw(row["body"]),
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON takes it; its parts too. Bytes become base64, by msgspec."""
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if name in _JSON:
        return None if value is None else msgspec.Raw(value.encode())
    # A dead letter's token lets somebody else's record pass for it: it is no data of the person.
    if name == "token":
        return None
    if isinstance(value, Mapping) or hasattr(value, "items"):
        return _plain(value)
    return value
