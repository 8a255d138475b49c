"""Parameters as the services give them, made from their types: single ones, and batches."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.runtime.database import Connection
from tests.integration.plans.statements import Place

BATCH = 80
"""Elements of an array: to the customers there are as 2,000 to a million."""

PERSON = 4
"""Ids of one person, where an array holds those."""

_OF_PERSONS = (
    "services/cli/persons/",
    "services/cli/strategies/",
    "services/gateway/dry_run.sql",
    "services/insight/",
    "services/outreach/",
    "services/projector/erasure.sql",
)
"""Files whose statements are about one person, or a few."""

_GIVEN: Mapping[Place, Mapping[int, Any]] = {
    ("services/desk/queries.sql", "list_prompts"): {1: ["open", "claimed"], 3: "human"},
    ("services/insight/ledgers/queries.sql", "last_said"): {1: ["egard.contact.retold"]},
    ("services/insight/ledgers/queries.sql", "contacts_told"): {
        2: ["egard.contact.answered", "egard.contact.retold"]
    },
    ("services/insight/ledgers/queries.sql", "owed"): {6: ["customer", "agent"]},
}
"""Parameters of which a type does not say enough, by their numbers."""

_AT = datetime(2026, 2, 1, tzinfo=UTC)


def _name(number: int) -> str:
    return f"customer-{number * 37:09d}"


def _single(kind: str, number: int) -> Any:
    """A value of a type; those of other numbers are others, and come later in order."""
    values: Mapping[str, Any] = {
        "text": f"customer-{number:09d}",
        "timestamptz": _AT + timedelta(hours=number),
        "float8": 0.5,
        "int4": 100 + number,
        "int8": 100 + number,
        "bool": True,
        "bytea": number.to_bytes(16, "big"),
        "jsonb": "{}",
        "uuid": UUID(int=number),
        "interval": timedelta(minutes=30),
    }
    return values[kind]


async def parameters(connection: Connection, place: Place, statement: str) -> list[Any]:
    """What a statement may be given: arrays have as many elements as a large batch, or as a person ids."""
    size = PERSON if place[0].startswith(_OF_PERSONS) else BATCH
    prepared = await connection.prepare(statement)
    given = [
        await _batch(connection, kind.name.removesuffix("[]"), size)
        if kind.kind == "array"
        else None
        if kind.kind == "composite"
        else _single(kind.name, number)
        for number, kind in enumerate(prepared.get_parameters(), start=1)
    ]
    for number, value in _GIVEN.get(place, {}).items():
        given[number - 1] = value
    return given


async def _batch(connection: Connection, kind: str, size: int) -> list[Any]:
    if kind == "text":
        return [_name(number) for number in range(size)]
    if await connection.fetchval("select to_regclass($1) is not null", kind):
        rows = await connection.fetch(f'select * from "{kind}" limit {size}')  # noqa: S608 - a table of ours
        return [tuple(row) for row in rows]
    return [_single(kind, number) for number in range(size)]
