"""Events and prompts put straight into the database, for what looks at them at an instant of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from events import Event
from services.runtime.database import Pool

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
"""A Tuesday on which people are at work."""

_PROMPT: dict[str, Any] = {
    "trigger": "retold",
    "reason": "retelling",
    "episode": "an episode",
    "state": "open",
    "priority": 50.0,
    "minutes": 10.0,
    "strategy": "test",
    "by": "human",
    "owed": False,
    "hard": False,
    "gesture": 0.0,
    "gesture_spent": 0.0,
    "actions": 0,
    "claims": 0,
    "snoozes": 0,
}


async def keep(pool: Pool, events: Sequence[Event]) -> None:
    """Keeps events in the journal, as a projector would."""
    await pool.executemany(
        "insert into journal (customer, identity, type, time, arrived, kafka_partition, kafka_offset, body) "
        "values ($1, $2, $3, $4, $4, 0, 1, $5)",
        [(event.subject, event.identity, event.type, event.time, event.body) for event in events],
    )


async def prompt(pool: Pool, prompt_id: str, customer: str = "anna", **said: Any) -> None:
    """A prompt that was given an hour before noon, unless said otherwise; `why` is the event it rests on."""
    why: Event | None = said.pop("why", None)
    given = NOON - timedelta(hours=1)
    source, event_id = (why.source, why.id) if why else ("crm", "1")
    fact = {"template": "retold", "parameters": {}, "source": source, "id": event_id, "at": given}
    facts = {"why": fact, "facts": []}
    row = {
        **_PROMPT,
        "customer": customer,
        "prompt_id": prompt_id,
        "facts": facts,
        "cause_at": given,
        "prompted_at": given,
        "delivered_at": given,
        "changed_at": given,
        **said,
    }
    columns = ", ".join(row)
    await pool.execute(
        f"insert into prompts ({columns}) select {columns} "  # noqa: S608 - names of our own
        "from jsonb_populate_record(null::prompts, $1::jsonb)",
        msgspec.json.encode(row).decode(),
    )


async def rows(pool: Pool, *columns: str) -> dict[str, tuple[Any, ...]]:
    """Some columns of every prompt, by its id."""
    found = await pool.fetch("select * from prompts order by prompt_id")
    return {row["prompt_id"]: tuple(row[name] for name in columns) for row in found}


async def published(pool: Pool) -> list[dict[str, Any]]:
    """What stands in the outbox, each with its topic."""
    found = await pool.fetch("select topic, value from outbox order by id")
    return [{"topic": row["topic"], **msgspec.json.decode(row["value"])} for row in found]
