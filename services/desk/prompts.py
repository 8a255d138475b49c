"""What agents do with prompts: each action is a row and an outbox event in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from events import Data, OutreachClaimed, OutreachDeclined, OutreachMade, OutreachReleased
from projections.links import Person
from services.desk.answers import Fact, Prompt
from services.desk.words import latitude, sentence
from services.runtime import outbox, telemetry
from services.runtime.database import Pool
from services.runtime.people import people
from services.runtime.queries import Queries
from services.runtime.settings import Settings

QUERIES = Queries(Path(__file__).with_name("queries.sql"))

SOURCE = "/egard/desk"
"""The source of the events that the desk publishes."""

LEASE = timedelta(minutes=30)
"""How long a claimed prompt stays with whoever claimed it."""

WAITING = ("open", "claimed")
"""The states of prompts that somebody may still act on."""


_OVERLAP = timedelta(seconds=5)
"""Transactions end in another order than they began: changes may be seen so much later than others."""


class Seen:
    """The changes of prompts that were seen: all of before, and those of the last seconds one by one."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.changes: dict[str, datetime] = {}
        """The last change of each prompt that changed lately."""

    def add(self, changes: Mapping[str, datetime]) -> None:
        """Notes changes, and forgets those that nobody asks for any more."""
        self.since = max([self.since, *changes.values()])
        lately = self.since - _OVERLAP
        self.changes = {name: at for name, at in {**self.changes, **changes}.items() if at > lately}


class NotFound(Exception):  # noqa: N818 - an answer
    """There is no such prompt."""


class Taken(Exception):  # noqa: N818 - an answer
    """The prompt is not for this agent to act on now; the message says why."""


class Prompts:
    """The prompts, as agents see and move them."""

    def __init__(self, pool: Pool, settings: Settings, zone: str) -> None:
        """`zone` is the time zone of the business, whose clock the sentences use."""
        self._pool = pool
        self._settings = settings
        self._zone = ZoneInfo(zone)

    async def in_states(self, states: Sequence[str], limit: int) -> list[Prompt]:
        """Prompts in some states, the most urgent first."""
        return await self._shown(await self._pool.fetch(QUERIES["list_prompts"], list(states), limit))

    async def changed(self, seen: Seen) -> list[Prompt]:
        """Prompts that changed in a way that was not seen yet; it is then."""
        rows = await self._pool.fetch(
            QUERIES["changed_prompts"], seen.since - _OVERLAP, list(seen.changes), list(seen.changes.values())
        )
        shown = await self._shown(rows, {row["customer"] for row in rows if row["linked"]})
        seen.add({row["prompt_id"]: row["changed_at"] for row in rows})
        return shown

    async def claim(self, prompt_id: str, agent_id: str) -> Prompt:
        """Takes a prompt on, for the length of a lease. Raises `NotFound` or `Taken`."""
        until = datetime.now(UTC) + LEASE
        data = OutreachClaimed(prompt_id=prompt_id, agent_id=agent_id, until=until)
        return await self._act("claim", data, prompt_id, agent_id, LEASE)

    async def release(self, prompt_id: str, agent_id: str) -> Prompt:
        """Gives a prompt back. Raises `NotFound` or `Taken`."""
        data = OutreachReleased(prompt_id=prompt_id, agent_id=agent_id)
        return await self._act("release", data, prompt_id, agent_id)

    async def decline(self, prompt_id: str, agent_id: str, reason: str | None) -> Prompt:
        """Says that this outreach is not called for. Raises `NotFound` or `Taken`."""
        data = OutreachDeclined(prompt_id=prompt_id, agent_id=agent_id, reason=reason)
        return await self._act("close", data, prompt_id, agent_id, "declined")

    async def done(self, prompt_id: str, agent_id: str, minutes: float | None, note: str | None) -> Prompt:
        """Says that the agent reached out. Raises `NotFound` or `Taken`."""
        data = OutreachMade(prompt_id=prompt_id, agent_id=agent_id, minutes=minutes, note=note)
        return await self._act("close", data, prompt_id, agent_id, "done")

    async def _act(self, statement: str, data: Data, prompt_id: str, agent_id: str, *more: object) -> Prompt:
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(QUERIES[statement], prompt_id, agent_id, *more)
            if row is None:
                raise await self._why_not(prompt_id)
            with telemetry.span(f"egard.desk {statement}", parent=row["traceparent"]) as trace:
                await outbox.put_event(
                    connection,
                    data,
                    subject=row["customer"],
                    source=SOURCE,
                    id=f"{prompt_id}:{row['actions']}",
                    time=row["changed_at"],
                    traceparent=trace,
                )
            await connection.execute("notify egard_prompts")
        [shown] = await self._shown([row])
        return shown

    async def _why_not(self, prompt_id: str) -> Exception:
        row = await self._pool.fetchrow(QUERIES["prompt"], prompt_id)
        if row is None or row["state"] == "withheld":
            return NotFound(f"There is no prompt {prompt_id}.")
        if row["state"] == "claimed":
            return Taken(f"{row['agent_id']} has claimed this prompt.")
        return Taken(f"This prompt is {row['state']}.")

    async def _shown(
        self, rows: Sequence[Mapping[str, Any]], linked: Collection[str] | None = None
    ) -> list[Prompt]:
        """Prompts as the API shows them, in the language of the house; `linked` are those who have links."""
        if linked is None:
            linked = {row["customer"] for row in rows}
        persons = await people(self._pool, linked)
        return [self._in_words(row, persons.of(row["customer"])) for row in rows]

    def _in_words(self, row: Mapping[str, Any], person: Person) -> Prompt:
        language = self._settings.language
        brief = msgspec.json.decode(row["facts"])
        lapsed = row["state"] == "claimed" and row["lease_until"] < datetime.now(UTC)
        url = self._settings.customer_url
        return Prompt(
            id=row["prompt_id"],
            customer=row["customer"],
            aliases=[name for name in person.members if name != row["customer"]],
            trigger=row["trigger"],
            state="open" if lapsed else row["state"],
            priority=row["priority"],
            minutes=row["minutes"],
            prompted_at=row["prompted_at"],
            cause_at=row["cause_at"],
            agent_id=None if lapsed else row["agent_id"],
            lease_until=None if lapsed else row["lease_until"],
            withheld=row["withheld"],
            why=sentence(brief["why"], language, self._zone),
            facts=[
                Fact(
                    text=sentence(fact, language, self._zone),
                    source=fact["source"],
                    id=fact["id"],
                    at=datetime.fromisoformat(fact["at"]),
                )
                for fact in [brief["why"], *brief["facts"]]
            ],
            latitude=latitude(language),
            customer_url=None if url is None else url.format(customer=quote(row["customer"], safe="")),
        )
