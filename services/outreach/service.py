"""Outreach as a process: takes causes, decides, and writes what follows in one transaction."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from events import OutreachExpired, OutreachPrompted, OutreachWithheld, decode
from projections.causes import Cause
from projections.links import Person
from projections.triggers import Due, Fact, Known, Stale, decide, trigger_of
from services.runtime import outbox, telemetry
from services.runtime.database import TRANSIENT, Connection, Wakeup, persist
from services.runtime.kafka import PROMPTS
from services.runtime.people import hold, people
from services.runtime.published import PublishedPrompt
from services.runtime.queries import Queries
from services.runtime.service import Context, Service

QUERIES = Queries(Path(__file__).with_name("queries.sql"))

SOURCE = "/egard/outreach"
"""The source of the events that outreach publishes."""

_SOME = 50

log = logging.getLogger("egard.outreach")


class Outreach(Service):
    """Decides on causes. Any number may run: causes are taken with `skip locked`."""

    name = "outreach"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wakeup = Wakeup(context.settings.database, "egard_causes")
        self._relay = outbox.Relay(context.pool, context.settings.database, context.producer, SOURCE)

    async def start(self) -> None:
        """Begins to decide, and to publish what was decided."""
        self.spawn(self._work())
        self.spawn(self._relay.run())

    async def stop(self) -> None:
        """Ends after what is under way."""
        await super().stop()
        await self._wakeup.close()

    async def _work(self) -> None:
        while True:
            decided = await persist("Outreach", self.decide_some)
            await persist("Outreach", self.expire_overtaken)
            if decided < _SOME:
                await self._wakeup.wait()

    async def decide_some(self, most: int = _SOME) -> int:
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
                return sum([await self.decide_some(1) for _ in range(most)])
            log.exception("A cause could not be decided; it is put off.")
            return await self._put_off()

    async def _decide(self, most: int) -> int:
        async with self.context.pool.acquire() as connection, connection.transaction():
            await hold(connection)
            rows = await connection.fetch(QUERIES["take_causes"], most)
            causes = [_cause(row) for row in rows]
            persons = await people(connection, {row["customer"] for row in rows if row["linked"]})

            def person(cause: Cause) -> Person:
                return persons.of(cause.customer)

            causes.sort(key=lambda one: (person(one).canonical, one.at, one.trigger, one.customer))
            if not causes:
                return 0
            for who, some in groupby(causes, key=person):
                known = await self._known(connection, who)
                for cause in some:
                    await self._decide_one(connection, cause, who, known)
            await connection.execute(
                QUERIES["settle_causes"],
                [cause.customer for cause in causes],
                [cause.trigger for cause in causes],
                [cause.episode for cause in causes],
            )
        return len(causes)

    async def _put_off(self) -> int:
        async with self.context.pool.acquire() as connection, connection.transaction():
            for cause in map(_cause, await connection.fetch(QUERIES["take_causes"], 1)):
                await connection.execute(
                    QUERIES["put_off_cause"], cause.customer, cause.trigger, cause.episode
                )
        return 1

    async def _decide_one(self, connection: Connection, cause: Cause, who: Person, known: Known) -> None:
        now = datetime.now(UTC)
        with telemetry.span(
            "egard.outreach decide", parent=cause.traceparent, attributes={"egard.trigger": cause.trigger}
        ) as trace:
            decision = decide(cause, known, self.context.strategy, now)
            if isinstance(decision, Due) and await self._cooling(connection, cause, who):
                decision = None
            if decision is not None:
                await self._write(connection, cause, who, decision, now, trace)

    async def _known(self, connection: Connection, who: Person) -> Known:
        rows = await connection.fetch(QUERIES["lock_history"], who.canonical, list(who.members))
        history = (decode(row["body"], arrived=row["arrived"]) for row in rows)
        return Known(history, self.context.strategy)

    async def _cooling(self, connection: Connection, cause: Cause, who: Person) -> bool:
        trigger = trigger_of(cause, self.context.strategy)
        if trigger is None or trigger.cooldown is None:
            return False
        since = cause.at - timedelta(seconds=trigger.cooldown)
        cooling: bool = await connection.fetchval(
            QUERIES["prompted_since"], list(who.members), cause.trigger, since
        )
        return cooling

    async def _write(
        self,
        connection: Connection,
        cause: Cause,
        who: Person,
        decision: Due | Stale,
        now: datetime,
        trace: str | None,
    ) -> None:
        """Writes prompt and events, unless there was a prompt for this reason before.

        Ids and times follow from the cause, so repeating changes nothing. Both are under the canonical id,
        whichever of the person's ids the cause has.
        """
        due = isinstance(decision, Due)
        customer = who.canonical
        kept = await connection.fetchval(
            QUERIES["keep_prompt"],
            customer,
            decision.prompt_id,
            cause.trigger,
            decision.episode,
            decision.matter_id if isinstance(decision, Due) else None,
            "open" if due else "withheld",
            None if due else "stale",
            decision.at,
            now,
            decision.priority,
            decision.minutes,
            self.context.strategy.version,
            _facts(decision),
            trace,
            None if decision.subjects == (customer,) else list(decision.subjects),
            list(who.members),
            list(decision.same),
        )
        if kept is None:
            return
        await outbox.put_event(
            connection,
            OutreachPrompted(prompt_id=decision.prompt_id, reason=cause.trigger, minutes=decision.minutes)
            if due
            else OutreachWithheld(prompt_id=decision.prompt_id, reason="stale", trigger=cause.trigger),
            subject=customer,
            source=SOURCE,
            id=f"{decision.prompt_id}:{'prompted' if due else 'withheld'}",
            time=decision.at,
            traceparent=trace,
            and_then=[_published(customer, cause.trigger, decision, trace)]
            if isinstance(decision, Due)
            else [],
        )

    async def expire_overtaken(self) -> int:
        """Closes prompts whose promise was settled before anybody took them; returns how many."""
        async with self.context.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(QUERIES["overtaken_prompts"], _SOME)
            now = datetime.now(UTC)
            for row in rows:
                await connection.execute(QUERIES["expire_prompt"], row["customer"], row["prompt_id"], now)
                await outbox.put_event(
                    connection,
                    OutreachExpired(prompt_id=row["prompt_id"], reason="settled"),
                    subject=row["customer"],
                    source=SOURCE,
                    id=f"{row['prompt_id']}:expired",
                    time=now,
                    traceparent=row["traceparent"],
                )
            if rows:
                await connection.execute("notify egard_prompts")
        return len(rows)


def _cause(row: Mapping[str, Any]) -> Cause:
    return Cause(**{name: row[name] for name in Cause.__struct_fields__})


class _Brief(msgspec.Struct):
    why: Fact
    facts: list[Fact]


def _facts(decision: Due | Stale) -> str:
    facts = decision.facts if isinstance(decision, Due) else []
    return msgspec.json.encode(_Brief(decision.why, facts)).decode()


def _published(customer: str, trigger: str, decision: Due, trace: str | None) -> outbox.Entry:
    """A prompt as `egard.prompts` carries it."""
    prompt = PublishedPrompt(
        prompt_id=decision.prompt_id,
        customer=customer,
        trigger=trigger,
        cause_at=decision.at,
        priority=decision.priority,
        minutes=decision.minutes,
        why=decision.why,
        facts=decision.facts,
    )
    return outbox.Entry(PROMPTS, customer, msgspec.json.encode(prompt), trace)
