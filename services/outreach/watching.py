"""Watching: prompts under way are looked at when their moment comes, and when their people have changed."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from projections.outreach.looking import Ends, Lapses, Look, Opens, Waits, look
from projections.outreach.prompts import Prompt
from projections.outreach.silence import Silent, silence_after
from projections.strategy import Strategy
from projections.triggers import trigger_of
from services.outreach.knowing import QUERIES, Situation, situation
from services.outreach.machine import chosen, seen_to
from services.outreach.minutes import Week, leave_undone, next_week
from services.outreach.writing import Writer
from services.runtime import telemetry
from services.runtime.database import TRANSIENT, Connection, Pool
from services.runtime.people import hold, people

log = logging.getLogger("egard.outreach")

SOME = 50
"""Prompts of one look."""

_PUT_OFF = 60.0
"""Seconds for which what could not be looked at lets the others pass."""

Act = Callable[[Connection, Prompt, Situation, datetime], Awaitable[None]]


class Watching:
    """Looks at prompts. Any number may: who meets another at a person leaves the person to the other."""

    def __init__(self, pool: Pool, strategy: Strategy, writer: Writer) -> None:
        self._pool = pool
        self._strategy = strategy
        self._writer = writer
        self._put_off: dict[str, float] = {}

    async def some(self, now: datetime) -> int:
        """Looks at some of the prompts under way for which there is something to see; returns how many."""
        rows = await self._pool.fetch(QUERIES["to_look_at"], now, self._passed_over(), SOME)
        return await self._see_to(rows, now, self._look, "a prompt under way")

    async def reactions(self, now: datetime) -> int:
        """Looks at some of the outreach of which nobody said how it was taken; returns how many."""
        since = now - timedelta(seconds=self._strategy.outreach.learning.silence)
        rows = await self._pool.fetch(QUERIES["unanswered"], since, self._passed_over(), SOME)
        return await self._see_to(rows, now, self._listen, "how an outreach was taken")

    async def _see_to(self, rows: list[Mapping[str, Any]], now: datetime, act: Act, what: str) -> int:
        for row in rows:
            try:
                await self._one(row, now, act)
            except TRANSIENT:
                raise
            except Exception:
                log.exception("It could not be decided what is with %s; it is put off.", what)
                self._put_off[row["prompt_id"]] = monotonic() + _PUT_OFF
        return len(rows)

    async def _one(self, row: Mapping[str, Any], now: datetime, act: Act) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await hold(connection)
            names = {row["customer"], *(row["subjects"] or ())}
            persons = await people(connection, names)
            who = persons.of(row["customer"])
            if not await connection.fetchval(QUERIES["try_lock_person"], who.canonical):
                return
            # Who was one person when it was decided may be several now: what it rests on is theirs.
            members = {member for name in names for member in persons.of(name).members}
            there = await situation(connection, members, self._strategy)
            for prompt in there.prompts:
                if prompt.prompt_id == row["prompt_id"] and prompt.customer == row["customer"]:
                    await act(connection, prompt, there, now)

    async def _look(self, connection: Connection, prompt: Prompt, there: Situation, now: datetime) -> None:
        if not prompt.under_way or await seen_to(connection, prompt, there.known.events):
            return
        found = look(prompt, there.known, there.prompts, self._strategy, now)
        with telemetry.span(
            "egard.outreach look", parent=prompt.traceparent, attributes={"egard.trigger": prompt.trigger}
        ) as trace:
            match found.step:
                case Ends():
                    await self._writer.ends(connection, prompt, found.step, trace)
                case Opens():
                    await self._open(connection, prompt, found, there, now, trace)
                case Waits(until=until):
                    await self._writer.waits(connection, prompt, until, there)
                case Lapses():
                    await self._writer.lapses(connection, prompt, trace)
                case _:
                    await self._writer.stays(connection, prompt, found, there, now)

    async def _open(
        self,
        connection: Connection,
        prompt: Prompt,
        found: Look,
        there: Situation,
        now: datetime,
        trace: str | None,
    ) -> None:
        """Gives a prompt, if there are minutes for it: the first time it is, somebody's are taken."""
        rule = trigger_of(found.episodes[0].cause, self._strategy) if prompt.delivered_at is None else None
        if rule is None:
            await self._writer.opens(connection, prompt, found, there, now, trace, None)
            return
        events = there.known.events
        choice = await chosen(connection, rule, events, self._strategy, now, quiet=False)
        if (
            choice.by == "machine"
            or prompt.owed
            or await Week(connection, self._strategy).has_room(found.minutes, there.prompts, now)
        ):
            await self._writer.opens(connection, prompt, found, there, now, trace, choice)
            return
        until = next_week(prompt.cause_at, rule, self._strategy, now)
        if found.told is not None:
            facts = (found.told.why, *found.told.facts)
            await leave_undone(
                connection,
                prompt.customer,
                prompt.prompt_id,
                facts,
                events,
                self._strategy,
                now,
                for_good=until is None,
            )
        if until is None:
            await self._writer.ends(connection, prompt, Ends("minutes", now), trace)
        else:
            await self._writer.waits(connection, prompt, until, there)

    async def _listen(self, connection: Connection, prompt: Prompt, there: Situation, now: datetime) -> None:
        if prompt.state != "done" or prompt.reaction is not None:
            return
        silence = self._strategy.outreach.learning.silence
        found = silence_after(prompt.prompt_id, there.known.events, silence, now)
        if isinstance(found, Silent):
            await self._writer.silent(connection, prompt, found.at)
        elif found is not None:
            await self._writer.reacted(connection, prompt, found)

    def _passed_over(self) -> list[str]:
        """What is put off for now."""
        at = monotonic()
        self._put_off = {name: until for name, until in self._put_off.items() if until > at}
        return list(self._put_off)
