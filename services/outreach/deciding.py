"""Deciding on causes: what is taken is decided, and what follows is written, in one transaction."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from projections.causes import REACTED, Cause
from projections.links import Person
from projections.outreach.choosing import Choice, in_touch
from projections.outreach.course import Course, Given, Joins, Withheld, course
from projections.outreach.silence import reaction_to
from projections.strategy import Strategy
from projections.trigger_rules import SurpriseTrigger, TriggerRule
from projections.triggers import Due, Stale, decide, trigger_of
from services.outreach.knowing import QUERIES, Situation, situation, situations
from services.outreach.machine import chosen
from services.outreach.minutes import Week, afford, leave_undone
from services.outreach.praise import route_praise
from services.outreach.writing import Writer
from services.runtime import telemetry
from services.runtime.database import TRANSIENT, Connection, Pool
from services.runtime.people import hold, people

log = logging.getLogger("egard.outreach")

SOME = 50
"""Causes of one transaction."""

_MONTH = timedelta(days=30)


class Deciding:
    """Takes causes, and decides on them. Any number may: causes are taken with `skip locked`."""

    def __init__(self, pool: Pool, strategy: Strategy, writer: Writer) -> None:
        self._pool = pool
        self._strategy = strategy
        self._writer = writer

    async def some(self, most: int = SOME) -> int:
        """Decides on the causes that waited longest, and returns how many it took.

        If one of them cannot be decided they are taken singly, and that one is put off for a minute.
        """
        try:
            return await self._decide(most)
        except TRANSIENT:
            raise
        except Exception:
            if most > 1:
                log.warning("A batch of causes could not be decided; taking them singly.")
                return sum([await self.some(1) for _ in range(most)])
            log.exception("A cause could not be decided; it is put off.")
            await self._pool.execute(QUERIES["put_off_cause"])
            return 1

    async def _decide(self, most: int) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            await hold(connection)
            rows = await connection.fetch(QUERIES["take_causes"], most)
            if not rows:
                return 0
            causes = [_cause(row) for row in rows]
            persons = await people(connection, {row["customer"] for row in rows if row["linked"]})

            def person(cause: Cause) -> Person:
                return persons.of(cause.customer)

            causes.sort(key=lambda one: (person(one).canonical, one.at, one.trigger, one.customer))
            await connection.execute(
                QUERIES["lock_people"], list({person(cause).canonical for cause in causes})
            )
            known = await situations(connection, map(person, causes), self._strategy)
            week = Week(connection, self._strategy)
            for who, some in groupby(causes, key=person):
                there: Situation | None = known.pop(who.canonical)
                for cause in some:
                    there = there or await situation(connection, who.members, self._strategy)
                    if await self._decide_one(connection, cause, who, there, week):
                        there = None  # the next one is decided with this one known
        return len(causes)

    async def _decide_one(
        self, connection: Connection, cause: Cause, who: Person, there: Situation, week: Week
    ) -> bool:
        """Decides on a cause; whether that changed what there is of the person."""
        if cause.trigger == REACTED:
            return await self._react(connection, there)
        rule = trigger_of(cause, self._strategy)
        if rule is None:
            return False
        now = datetime.now(UTC)
        await route_praise(connection, cause, there.known)
        with telemetry.span(
            "egard.outreach decide", parent=cause.traceparent, attributes={"egard.trigger": cause.trigger}
        ) as trace:
            decision = decide(cause, there.known, self._strategy, now)
            if decision is None:
                return False
            found = self._course(cause, who, decision, rule, there, now)
            if isinstance(found, Given) and isinstance(rule, SurpriseTrigger):
                found = await self._rare(connection, rule, found, now)
            if isinstance(found, Joins) and isinstance(decision, Due):
                if await self._writer.join(connection, cause, decision, rule, found, there, now):
                    return True
                # Somebody closed it just now: this is a reason of its own.
                there = await situation(connection, who.members, self._strategy)
                found = self._course(cause, who, decision, rule, there, now)
            if not isinstance(found, Given | Withheld):
                return False
            choice, short = None, False
            if isinstance(decision, Due) and (isinstance(found, Given) or found.reason == "holdout"):
                given = found
                found, choice = await self._hands(connection, given, decision, rule, there, week, now)
                short = found is not given and choice.by == "human"
            begun = await self._writer.begin(
                connection, cause, who, decision, rule, found, there, now, trace, choice
            )
            if begun and short and isinstance(decision, Due):
                facts = (decision.why, *decision.facts)
                await leave_undone(
                    connection,
                    who.canonical,
                    decision.prompt_id,
                    facts,
                    there.known.events,
                    self._strategy,
                    now,
                    for_good=isinstance(found, Withheld),
                )
            return begun

    async def _hands(
        self,
        connection: Connection,
        found: Given | Withheld,
        decision: Due,
        rule: TriggerRule,
        there: Situation,
        week: Week,
        now: datetime,
    ) -> tuple[Given | Withheld, Choice]:
        """Into whose hands a prompt is given, and whether these have the minutes."""
        events = there.known.events
        quiet = isinstance(found, Given) and found.deliver_at is not None
        choice = await chosen(connection, rule, events, self._strategy, now, quiet=quiet)
        if choice.by == "human":
            found = await afford(week, found, decision, rule, there.prompts, self._strategy, now)
        elif isinstance(found, Given) and quiet and in_touch(events, now.timestamp()):
            # A machine may answer who is plainly awake.
            found = Given(None, found.arm)
        return found, choice

    def _course(
        self,
        cause: Cause,
        who: Person,
        decision: Due | Stale,
        rule: TriggerRule,
        there: Situation,
        now: datetime,
    ) -> Course:
        return course(
            who.canonical,
            cause.trigger,
            decision,
            rule,
            there.known.events,
            there.prompts,
            self._strategy,
            now,
        )

    async def _rare(
        self, connection: Connection, rule: SurpriseTrigger, found: Given, now: datetime
    ) -> Course:
        """Surprises are few over all customers."""
        await connection.execute(QUERIES["lock_surprises"])
        so_far: int = await connection.fetchval(QUERIES["surprises_since"], now - _MONTH)
        return found if so_far < rule.most else Withheld("cap")

    async def _react(self, connection: Connection, there: Situation) -> bool:
        """Keeps with its prompt how an outreach was taken, as the journal has it."""
        for prompt in there.prompts:
            reaction = reaction_to(prompt.prompt_id, there.known.events)
            if reaction is not None and reaction != prompt.reaction:
                await self._writer.reacted(connection, prompt, reaction)
        return False


def _cause(row: Mapping[str, Any]) -> Cause:
    return Cause(**{name: row[name] for name in Cause.__struct_fields__})
