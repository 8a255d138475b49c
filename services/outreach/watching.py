"""Watching: prompts under way are looked at when their moment comes, and when their people have changed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from projections.links import Person, Persons
from projections.outreach.looking import Ends, Lapses, Look, Opens, Waits, look
from projections.outreach.prompts import Prompt
from projections.outreach.silence import Silent, silence_after
from projections.strategy import Strategy
from projections.triggers import trigger_of
from services.outreach.knowing import QUERIES, Situation, situations
from services.outreach.machine import chosen, seen_to
from services.outreach.minutes import leave_undone, next_week
from services.outreach.staff import Staff
from services.outreach.writing import Noted, Writer
from services.runtime import telemetry
from services.runtime.database import TRANSIENT, Connection, Pool
from services.runtime.people import holding, people

log = logging.getLogger("egard.outreach")

SOME = 20
"""Prompts of one look, and so of one transaction: no more than causes of one, for the same reason."""

_PUT_OFF = 60.0
"""Seconds for which what could not be looked at lets the others pass."""

Row = Mapping[str, Any]
"""Which prompt it is, of whom, and under which ids there is what it rests on."""

Act = Callable[[Connection, Prompt, Situation, datetime], Awaitable[Noted | None]]
"""Sees to a prompt; returns what is to be noted of one that stays as it is."""


class Watching:
    """Looks at prompts. Any number may: who meets another at a person leaves the person to the other."""

    def __init__(self, pool: Pool, strategy: Strategy, writer: Writer, staff: Staff) -> None:
        self._pool = pool
        self._strategy = strategy
        self._writer = writer
        self._staff = staff
        self._put_off: dict[str, float] = {}

    async def some(self, now: datetime) -> int:
        """Looks at some of the prompts under way for which there is something to see; returns how many."""
        async with holding(self._pool) as connection:
            rows = await connection.fetch(QUERIES["to_look_at"], now, self._passed_over(), SOME)
        await self._see_to(rows, now, self._look, "a prompt under way")
        return len(rows)

    async def reactions(self, now: datetime) -> int:
        """Looks at some of the outreach of which nobody said how it was taken; returns how many."""
        since = now - timedelta(seconds=self._strategy.outreach.learning.silence)
        rows = await self._pool.fetch(QUERIES["unanswered"], since, self._passed_over(), SOME)
        await self._see_to(rows, now, self._listen, "how an outreach was taken")
        return len(rows)

    async def _see_to(self, rows: Sequence[Row], now: datetime, act: Act, what: str) -> None:
        """Sees to prompts together; where that cannot be, to each, and puts off what cannot be seen to."""
        try:
            while rows:
                rows = await self._together(rows, now, act)
        except TRANSIENT:
            raise
        except Exception:
            if len(rows) == 1:
                log.exception("It could not be decided what is with %s; it is put off.", what)
                self._put_off[rows[0]["prompt_id"]] = monotonic() + _PUT_OFF
                return
            for row in rows:
                await self._see_to([row], now, act, what)

    async def _together(self, rows: Sequence[Row], now: datetime, act: Act) -> list[Row]:
        """Sees to one prompt of each person in one transaction; returns those that are left.

        The next of a person is looked at when it can be seen what became of the one before.
        """
        async with holding(self._pool) as connection:
            persons = await people(connection, {name for row in rows for name in _names(row)})
            one_each, left = _one_each(rows, persons)
            owners = {row["customer"]: persons.of(row["customer"]).canonical for row, _ in one_each}
            locked = await connection.fetch(QUERIES["try_lock_people"], list(owners.values()))
            mine = {row["customer"] for row in locked}
            one_each = [(row, who) for row, who in one_each if owners[row["customer"]] in mine]
            there = await situations(connection, [who for _, who in one_each], self._strategy)
            noted: list[Noted | None] = []
            for row, who in one_each:
                known = there[who.canonical]
                noted += [await act(connection, one, known, now) for one in known.prompts if _is(one, row)]
                await asyncio.sleep(0)  # what has just come is not kept waiting by all of these
            await self._writer.note(connection, [one for one in noted if one is not None])
        return left

    async def _look(
        self, connection: Connection, prompt: Prompt, there: Situation, now: datetime
    ) -> Noted | None:
        if not prompt.under_way or await seen_to(connection, prompt, there.known.events):
            return None
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
                    return self._writer.stays(prompt, found, there, now)
        return None

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
        choice = await chosen(connection, self._staff, rule, events, self._strategy, now, quiet=False)
        if (
            choice.by == "machine"
            or prompt.owed
            or await self._staff.has_room(connection, found.minutes, there.prompts, now)
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


def _names(row: Row) -> set[str]:
    """The ids that a prompt rests on."""
    return {row["customer"], *(row["subjects"] or ())}


def _one_each(rows: Iterable[Row], persons: Persons) -> tuple[list[tuple[Row, Person]], list[Row]]:
    """One prompt of each person, with all ids that there is to know of; and the prompts that are left."""
    met: set[str] = set()
    found: list[tuple[Row, Person]] = []
    left: list[Row] = []
    for row in rows:
        # Who was one person when it was decided may be several now: what it rests on is theirs.
        members = {member for name in _names(row) for member in persons.of(name).members}
        if met.isdisjoint(members):
            met |= members
            found.append((row, Person(tuple(sorted(members)))))
        else:
            left.append(row)
    return found, left


def _is(prompt: Prompt, row: Row) -> bool:
    return (prompt.customer, prompt.prompt_id) == (row["customer"], row["prompt_id"])
