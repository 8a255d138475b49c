"""What agents do with prompts: each action is a row and an outbox event in one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from events import (
    Data,
    GestureMade,
    OutreachClaimed,
    OutreachDeclined,
    OutreachDelegated,
    OutreachMade,
    OutreachReleased,
    OutreachSnoozed,
    PromiseRenegotiated,
)
from projections.strategy import Strategy
from services.desk.answers import By, Prompt
from services.desk.asked import (
    Acting,
    Asked,
    Declining,
    Delegating,
    Finishing,
    Giving,
    Renegotiating,
    Snoozing,
)
from services.desk.showing import Shower
from services.desk.words import amount, refusal
from services.runtime import outbox, present, telemetry
from services.runtime.database import Pool
from services.runtime.people import people
from services.runtime.present import Clock
from services.runtime.queries import Queries
from services.runtime.settings import Settings

QUERIES = Queries(Path(__file__).with_name("queries.sql"))

SOURCE = "/egard/desk"
"""The source of the events that the desk publishes."""

WAITING = ("open", "claimed")
"""The states of prompts that somebody should act on now."""

WAITING_OR_SNOOZED = (*WAITING, "snoozed")
"""The states of prompts that somebody may still act on."""


OVERLAP = timedelta(seconds=5)
"""Transactions end in another order than they began: changes may be seen so much later than others."""

LONGEST = timedelta(seconds=90)
"""So much later where somebody stood still before a commit: a session may be idle for 15 seconds, and have a
statement that takes a minute."""


class Seen:
    """The changes of prompts that were seen: all of before, and those of the last while one by one."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.changes: dict[str, datetime] = {}
        """The last change of each prompt that changed lately."""

    def add(self, changes: Mapping[str, datetime]) -> None:
        """Notes changes, and forgets those that nobody asks for any more."""
        self.since = max([self.since, *changes.values()])
        lately = self.since - LONGEST
        self.changes = {name: at for name, at in {**self.changes, **changes}.items() if at > lately}


class NotFound(Exception):  # noqa: N818 - an answer
    """There is no such prompt."""


class Taken(Exception):  # noqa: N818 - an answer
    """The prompt is not for this agent to act on now; the message says why."""


class Prompts:
    """The prompts, as agents see and move them."""

    def __init__(
        self, pool: Pool, settings: Settings, strategy: Strategy, clock: Clock = present.now
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._language = settings.language
        self._shower = Shower(settings, strategy, clock)
        self._lease = timedelta(seconds=strategy.outreach.team.lease)

    async def in_states(self, states: Sequence[str], limit: int, by: By = "human") -> list[Prompt]:
        """Prompts in some states, the most urgent first; those of people, or of machines."""
        return await self._shown(await self._pool.fetch(QUERIES["list_prompts"], list(states), limit, by))

    async def one(self, prompt_id: str) -> Prompt:
        """A prompt, in whatever state it is. Raises `NotFound`."""
        row = await self._pool.fetchrow(QUERIES["prompt"], _possible(prompt_id))
        if row is None:
            raise NotFound(f"There is no prompt {prompt_id}.")
        [shown] = await self._shown([row])
        return shown

    async def changed(self, seen: Seen, overlap: timedelta = LONGEST) -> list[Prompt]:
        """Prompts that changed in a way that was not seen yet; it is then.

        What came so much later than others is not found: looking further back is more work.
        """
        since = seen.since - overlap
        known = {name: at for name, at in seen.changes.items() if at > since}
        rows = await self._pool.fetch(QUERIES["changed_prompts"], since, list(known), list(known.values()))
        shown = await self._shown(rows, {row["customer"] for row in rows if row["linked"]})
        seen.add({row["prompt_id"]: row["changed_at"] for row in rows})
        return shown

    async def claim(self, prompt_id: str, asked: Acting) -> Prompt:
        """Takes a prompt on, for the length of a lease. Raises `NotFound` or `Taken`."""
        until = self._clock() + self._lease
        data = OutreachClaimed(prompt_id=prompt_id, agent_id=asked.agent_id, until=until)
        return await self._act("claim", prompt_id, asked, self._lease, tell=lambda _: data)

    async def release(self, prompt_id: str, asked: Acting) -> Prompt:
        """Gives a prompt back. Raises `NotFound` or `Taken`."""
        data = OutreachReleased(prompt_id=prompt_id, agent_id=asked.agent_id)
        return await self._act("release", prompt_id, asked, tell=lambda _: data)

    async def decline(self, prompt_id: str, asked: Declining) -> Prompt:
        """Says that this outreach is not called for. Raises `NotFound` or `Taken`."""
        data = OutreachDeclined(prompt_id=prompt_id, agent_id=asked.agent_id, reason=asked.reason)
        return await self._act("close", prompt_id, asked, "declined", None, asked.reason, tell=lambda _: data)

    async def done(self, prompt_id: str, asked: Finishing) -> Prompt:
        """Says that the agent reached out. Raises `NotFound` or `Taken`."""
        data = OutreachMade(
            prompt_id=prompt_id, agent_id=asked.agent_id, minutes=asked.minutes, note=asked.note
        )
        return await self._act("close", prompt_id, asked, "done", asked.minutes, None, tell=lambda _: data)

    async def snooze(self, prompt_id: str, asked: Snoozing) -> Prompt:
        """Takes another moment. Raises `NotFound` or `Taken`."""
        data = OutreachSnoozed(
            prompt_id=prompt_id,
            until=asked.until,
            awaiting=asked.awaiting,
            agent_id=asked.agent_id,
            reason=asked.reason,
        )
        more = (asked.until, asked.awaiting)
        return await self._act("snooze", prompt_id, asked, *more, tell=lambda _: data)

    async def delegate(self, prompt_id: str, asked: Delegating) -> Prompt:
        """Hands a prompt on to a colleague. Raises `NotFound` or `Taken`."""
        data = OutreachDelegated(prompt_id=prompt_id, agent_id=asked.to, reason=asked.reason)
        return await self._act("delegate", prompt_id, asked, asked.to, tell=lambda _: data)

    async def give(self, prompt_id: str, asked: Giving) -> Prompt:
        """Makes a gesture, within what may be spent on this prompt. Raises `NotFound` or `Taken`."""

        def tell(row: Mapping[str, Any]) -> Data:
            return GestureMade(
                gesture_id=_event_id(row), what=asked.what, cost=asked.cost, agent_id=asked.agent_id
            )

        return await self._act("give", prompt_id, asked, asked.cost, tell=tell)

    async def renegotiate(self, prompt_id: str, asked: Renegotiating) -> Prompt:
        """Records another due of a promise to the customer. Raises `NotFound` or `Taken`."""
        row = await self._pool.fetchrow(QUERIES["prompt"], _possible(prompt_id))
        if row is None or row["state"] in ("withheld", "held"):
            raise NotFound(f"There is no prompt {prompt_id}.")
        promise_id = asked.promise_id or row["matter_id"]
        person = (await people(self._pool, {row["customer"]})).of(row["customer"])
        about = row["customer"] if row["subjects"] is None else row["subjects"][0]
        owed = {about, *person.members}
        subject = await self._pool.fetchval(QUERIES["promise"], list(owed), promise_id, about)
        if subject is None:
            if promise_id is None:
                raise Taken(refusal("about_none", self._language))
            raise Taken(refusal("not_owed", self._language, promise_id=promise_id))
        data = PromiseRenegotiated(promise_id=promise_id, due=asked.due, agreed=asked.agreed)
        return await self._act("note", prompt_id, asked, tell=lambda _: data, subject=subject)

    async def _act(
        self,
        statement: str,
        prompt_id: str,
        asked: Asked,
        *more: object,
        tell: Callable[[Mapping[str, Any]], Data],
        subject: str | None = None,
    ) -> Prompt:
        """A row and an event in one transaction; the same again changes nothing, as an answer may be lost."""
        said = _digest(statement, asked)
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                QUERIES[statement], _possible(prompt_id), asked.agent_id, said, *more
            )
            if row is None:
                row = await connection.fetchrow(QUERIES["prompt"], prompt_id)
                if row is None or row["last_action"] != said or statement == "claim":
                    raise self._why_not(prompt_id, row, asked)
            else:
                with telemetry.span(f"egard.desk {statement}", parent=row["traceparent"]) as trace:
                    await outbox.put_event(
                        connection,
                        tell(row),
                        subject=subject or row["customer"],
                        source=SOURCE,
                        id=_event_id(row),
                        time=row["changed_at"],
                        traceparent=trace,
                    )
                await connection.execute("notify egard_prompts")
        [shown] = await self._shown([row])
        return shown

    def _why_not(self, prompt_id: str, row: Mapping[str, Any] | None, asked: Asked) -> Exception:
        """Why something cannot be done with a prompt as it stands."""
        if row is None or row["state"] in ("withheld", "held"):
            return NotFound(f"There is no prompt {prompt_id}.")
        lapsed = row["state"] == "claimed" and row["lease_until"] < self._clock()
        if row["state"] == "claimed" and not lapsed and row["agent_id"] != asked.agent_id:
            return Taken(refusal("claimed", self._language, agent_id=row["agent_id"]))
        if isinstance(asked, Giving) and row["state"] in WAITING_OR_SNOOZED:
            figures = {
                "left": row["gesture"] - row["gesture_spent"],
                "whole": row["gesture"],
                "cost": asked.cost,
            }
            said = {name: amount(value, self._language) for name, value in figures.items()}
            return Taken(refusal("gesture", self._language, **said))
        return Taken(refusal("open" if lapsed else row["state"], self._language))

    async def _shown(
        self, rows: Sequence[Mapping[str, Any]], linked: Collection[str] | None = None
    ) -> list[Prompt]:
        """Prompts as the API shows them, in the language of the house; `linked` are those who have links."""
        if linked is None:
            linked = {row["customer"] for row in rows}
        persons = await people(self._pool, linked)
        return [self._shower.show(row, persons.of(row["customer"])) for row in rows]


def _possible(prompt_id: str) -> str:
    """An id that the database can be asked for. Raises `NotFound`: an address may hold what no text does."""
    if "\0" in prompt_id:
        raise NotFound("There is no prompt of that name.")
    return prompt_id


def _event_id(row: Mapping[str, Any]) -> str:
    return f"{row['prompt_id']}:{row['actions']}"


def _digest(statement: str, asked: Asked) -> str:
    """What was asked, in short: words go to the journal, and nowhere else."""
    return blake2b(f"{statement} ".encode() + msgspec.json.encode(asked), digest_size=16).hexdigest()
