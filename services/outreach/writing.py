"""What is written of a decision: the row of a prompt, and the events that tell of it, in one transaction.

Ids and times follow from the cause, so that repeating changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from events import (
    Data,
    OutreachExpired,
    OutreachReacted,
    OutreachReleased,
    OutreachWithheld,
)
from projections.causes import Cause
from projections.links import Person
from projections.outreach.brief import Brief, brief
from projections.outreach.budget import Loss
from projections.outreach.choosing import Choice
from projections.outreach.course import Given, Joins, Withheld
from projections.outreach.looking import Ends, Look
from projections.outreach.prompts import Episode, Prompt, Told, with_more
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import Due, Stale, reason_of, trigger_of
from services.outreach.knowing import QUERIES, SOURCE, Situation
from services.outreach.machine import handed_over
from services.runtime import outbox
from services.runtime.database import Connection
from services.runtime.settings import Language


class _Row(msgspec.Struct, kw_only=True):
    """A new row of the prompts."""

    customer: str
    prompt_id: str
    trigger: str
    reason: str
    episode: str
    matter_id: str | None
    state: str
    withheld: str | None
    cause_at: datetime
    prompted_at: datetime
    priority: float
    minutes: float
    strategy: str
    facts: Told
    traceparent: str | None
    subjects: list[str] | None
    closed_at: datetime | None
    deliver_at: datetime | None
    delivered_at: datetime | None
    expires_at: datetime | None
    owed: bool
    hard: bool
    skill: str | None
    gesture: float
    episodes: list[Episode]
    revision: int | None
    arm: str | None
    by: str
    chosen_why: str | None
    person_due: datetime | None
    brief: Brief | None
    expected_loss: float | None
    loss_source: str | None


class Begun(msgspec.Struct, frozen=True):
    """A prompt that is still to be written."""

    row: _Row
    entries: list[outbox.Entry]
    """What is published of it, if it was not there before."""

    @property
    def prompt(self) -> Prompt:
        """The prompt, as it is kept."""
        return msgspec.convert(
            {**msgspec.structs.asdict(self.row), "changed_at": self.row.prompted_at, "actions": 0},
            Prompt,
            from_attributes=True,
        )


Noted = tuple[Any, ...]
"""What is to be noted of a prompt that stays as it is, as parameters."""


class Writer:
    """Writes what follows from decisions, within the caller's transaction."""

    def __init__(self, strategy: Strategy, language: Language) -> None:
        """`language` is that of the house."""
        self._strategy = strategy
        self._language: Language = language

    def begin(
        self,
        cause: Cause,
        who: Person,
        decision: Due | Stale,
        rule: TriggerRule,
        course: Given | Withheld,
        there: Situation,
        now: datetime,
        trace: str | None,
        choice: Choice | None,
        loss: Loss | None,
    ) -> Begun:
        """A prompt, given, held or withheld, and what tells of it; it is still to be written.

        It is under the person's canonical id, whichever of their ids the cause has. `choice` says who sees to
        it, if it is given at once; `loss` is what is expected to be lost where there are no minutes for it.
        """
        customer = who.canonical
        withheld = course.reason if isinstance(course, Withheld) else None
        later = course.deliver_at if isinstance(course, Given) else None
        given = withheld is None and later is None
        subjects = there.rests_on(customer, decision.subjects)
        row = _Row(
            customer=customer,
            prompt_id=decision.prompt_id,
            trigger=cause.trigger,
            reason=reason_of(cause.trigger, rule),
            episode=decision.episode,
            matter_id=decision.matter_id if isinstance(decision, Due) else None,
            state="withheld" if withheld is not None else "held" if later is not None else "open",
            withheld=withheld,
            cause_at=decision.at,
            prompted_at=now,
            priority=decision.priority,
            minutes=decision.minutes,
            strategy=self._strategy.version,
            facts=told_by(decision),
            traceparent=trace,
            subjects=subjects,
            closed_at=None if withheld is None else now,
            deliver_at=later,
            delivered_at=now if given else None,
            expires_at=expiry(rule, now) if given else None,
            owed=rule.owed,
            hard=rule.hard,
            skill=rule.skill,
            gesture=rule.gesture,
            episodes=[_episode(decision, cause)],
            revision=there.revision(customer, subjects),
            arm=course.arm,
            by=choice.by if given and choice is not None else "human",
            chosen_why=choice.why if given and choice is not None else None,
            person_due=choice.person_at if given and choice is not None else None,
            brief=brief(there.known, told_by(decision), now.timestamp()) if given else None,
            expected_loss=None if loss is None else loss.points,
            loss_source=None if loss is None else loss.source,
        )
        entries: list[outbox.Entry] = []
        if withheld is not None:
            data = OutreachWithheld(prompt_id=row.prompt_id, reason=withheld, trigger=row.trigger)
            entries = [_said(customer, data, f"{row.prompt_id}:withheld", decision.at, trace)]
        elif choice is not None and given:
            entries = self._handed_over(choice, row, row.facts, there, decision.at, trace)
        return Begun(row, entries)

    async def write(self, connection: Connection, begun: Sequence[Begun]) -> None:
        """Writes prompts that were begun, and what tells of them; not again what was there before."""
        if not begun:
            return
        rows = await connection.fetch(QUERIES["keep_prompts"], _json([one.row for one in begun]))
        new = {row["prompt_id"] for row in rows}
        entries = [entry for one in begun if one.row.prompt_id in new for entry in one.entries]
        if entries:
            await outbox.put(connection, entries, SOURCE)

    async def join(
        self,
        connection: Connection,
        cause: Cause,
        decision: Due,
        rule: TriggerRule,
        course: Joins,
        there: Situation,
        now: datetime,
    ) -> bool:
        """Tells a prompt that is under way of more; whether it still was, and told of nothing else since."""
        prompt = course.prompt
        told = prompt.facts
        told = told_by(decision) if told is None else with_more(told, prompt.priority, decision)
        subjects = there.rests_on(prompt.customer, [*prompt.rests_on, *decision.subjects])
        joined = await connection.fetchval(
            QUERIES["join_prompt"],
            prompt.customer,
            prompt.prompt_id,
            _json(told),
            _json([*(prompt.episodes or ()), _episode(decision, cause)]),
            max(prompt.priority, decision.priority),
            decision.minutes,
            subjects,
            rule.owed,
            rule.hard,
            rule.gesture,
            rule.skill,
            expiry(rule, now),
            course.deliver_at,
            there.revision(prompt.customer, subjects),
            _json(brief(there.known, told, now.timestamp())),
            _told_of(prompt),
        )
        return joined is not None

    def stays(self, prompt: Prompt, look: Look, there: Situation, now: datetime) -> Noted:
        """What is to be noted of a prompt that stays: that it was looked at, and what it states now."""
        told = None if look.told is None else _json(brief(there.known, look.told, now.timestamp()))
        subjects = there.rests_on(prompt.customer, prompt.rests_on)
        return (*self._looked(prompt, look, there), told, subjects, _told_of(prompt))

    async def note(self, connection: Connection, noted: Sequence[Noted]) -> None:
        """Notes that prompts were looked at."""
        if noted:
            await connection.executemany(QUERIES["seen"], noted)

    async def opens(
        self,
        connection: Connection,
        prompt: Prompt,
        look: Look,
        there: Situation,
        now: datetime,
        trace: str | None,
        choice: Choice | None,
    ) -> None:
        """Gives a prompt whose moment has come: the first time, `choice` says who sees to it."""
        rule = trigger_of(look.episodes[0].cause, self._strategy)
        due = prompt.deliver_at or now
        opened = await connection.fetchval(
            QUERIES["open_prompt"],
            *self._looked(prompt, look, there),
            now,
            None if rule is None else expiry(rule, now),
            None if choice is None else choice.by,
            None if choice is None else choice.why,
            None if choice is None else choice.person_at,
            None if look.told is None else _json(brief(there.known, look.told, now.timestamp())),
            there.rests_on(prompt.customer, prompt.rests_on),
            _told_of(prompt),
        )
        if opened is not None and choice is not None and look.told is not None:
            now_told = msgspec.structs.replace(prompt, priority=look.priority, minutes=look.minutes)
            entries = self._handed_over(choice, now_told, look.told, there, due, trace)
            await outbox.put(connection, entries, SOURCE)

    async def waits(self, connection: Connection, prompt: Prompt, until: datetime, there: Situation) -> None:
        """Holds a prompt until its moment comes."""
        await connection.execute(
            QUERIES["hold_prompt"],
            prompt.customer,
            prompt.prompt_id,
            prompt.state,
            until,
            there.revision(prompt.customer, prompt.subjects),
        )

    async def ends(self, connection: Connection, prompt: Prompt, step: Ends, trace: str | None) -> None:
        """Closes a prompt that nobody is to act on any more."""
        expired = await connection.fetchval(
            QUERIES["expire_prompt"], prompt.customer, prompt.prompt_id, prompt.state, _told_of(prompt)
        )
        if expired is not None:
            data = OutreachExpired(prompt_id=prompt.prompt_id, reason=step.reason)
            name = f"{prompt.prompt_id}:expired"
            await _tell(connection, prompt.customer, data, name, step.at, trace)

    async def lapses(self, connection: Connection, prompt: Prompt, trace: str | None) -> None:
        """Gives everybody back what somebody had claimed and let lie."""
        assert prompt.lease_until is not None  # noqa: S101 - else nothing could run out
        returned = await connection.fetchval(
            QUERIES["return_prompt"], prompt.customer, prompt.prompt_id, prompt.lease_until
        )
        if returned is not None:
            data = OutreachReleased(prompt_id=prompt.prompt_id, agent_id=prompt.agent_id, reason="lease")
            # Each claim is an action: what happened to it is told under its number.
            name = f"{prompt.prompt_id}:lease:{prompt.actions}"
            await _tell(connection, prompt.customer, data, name, prompt.lease_until, trace)

    async def reacted(self, connection: Connection, prompt: Prompt, reaction: str) -> bool:
        """Keeps how an outreach was taken; whether that was not known yet."""
        kept = await connection.fetchval(
            QUERIES["keep_reaction"], prompt.customer, prompt.prompt_id, reaction
        )
        return kept is not None

    async def silent(self, connection: Connection, prompt: Prompt, at: datetime) -> None:
        """Keeps and tells that an outreach was met by silence."""
        if await self.reacted(connection, prompt, "none"):
            data = OutreachReacted(prompt_id=prompt.prompt_id, reaction="none")
            name = f"{prompt.prompt_id}:reacted"
            await _tell(connection, prompt.customer, data, name, at, prompt.traceparent)

    def _handed_over(
        self,
        choice: Choice,
        prompt: Prompt | _Row,
        told: Told,
        there: Situation,
        at: datetime,
        trace: str | None,
    ) -> list[outbox.Entry]:
        return handed_over(
            choice,
            prompt,
            told.why,
            told.facts,
            there.known.events,
            at=at,
            trace=trace,
            language=self._language,
        )

    def _looked(self, prompt: Prompt, look: Look, there: Situation) -> tuple[Any, ...]:
        return (
            prompt.customer,
            prompt.prompt_id,
            prompt.state,
            there.revision(prompt.customer, there.rests_on(prompt.customer, prompt.rests_on)),
            None if look.told is None else _json(look.told),
            _json(look.episodes),
            look.priority,
            look.minutes,
        )


def told_by(decision: Due | Stale) -> Told:
    """What a prompt states when it is decided."""
    return Told(decision.why, decision.facts if isinstance(decision, Due) else [])


def expiry(rule: TriggerRule, given: datetime) -> datetime | None:
    """When a prompt that was given is over if nobody takes it; what is owed never is."""
    return None if rule.owed else given + timedelta(seconds=rule.freshness)


def _episode(decision: Due | Stale, cause: Cause) -> Episode:
    return Episode(decision.prompt_id, decision.episode, cause)


def _told_of(prompt: Prompt) -> int:
    """Of how much a prompt had been told when it was read: it is only ever told of more."""
    return len(prompt.episodes or ())


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _said(customer: str, data: Data, name: str, at: datetime, trace: str | None) -> outbox.Entry:
    return outbox.event_entry(data, subject=customer, source=SOURCE, id=name, time=at, traceparent=trace)


async def _tell(
    connection: Connection, customer: str, data: Data, name: str, at: datetime, trace: str | None
) -> None:
    await outbox.put(connection, [_said(customer, data, name, at, trace)], SOURCE)
