"""Deciding on causes, within the transaction that takes them: what follows is written at its end."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from projections.causes import REACTED, Cause
from projections.links import Person
from projections.outreach.budget import expected_loss
from projections.outreach.choosing import Choice, in_touch
from projections.outreach.course import Course, Given, Joins, Withheld, course
from projections.outreach.silence import reaction_to
from projections.strategy import Strategy
from projections.trigger_rules import SurpriseTrigger, TriggerRule
from projections.triggers import Due, Stale, decide, trigger_of
from services.outreach.knowing import QUERIES, Situation, situation
from services.outreach.machine import chosen
from services.outreach.minutes import afford
from services.outreach.praise import route_praise
from services.outreach.staff import Staff
from services.outreach.writing import Begun, Writer
from services.runtime import telemetry
from services.runtime.database import Connection
from services.runtime.present import Clock

_MONTH = timedelta(days=30)


class Decisions:
    """The decisions of one transaction. Each knows what the ones before it came to."""

    def __init__(
        self, connection: Connection, strategy: Strategy, writer: Writer, staff: Staff, clock: Clock
    ) -> None:
        self._connection = connection
        self._strategy = strategy
        self._writer = writer
        self._staff = staff
        self._clock = clock
        self._begun: list[Begun] = []

    async def on(self, causes: Iterable[Cause], who: Person, there: Situation) -> None:
        """Decides on the causes of a person."""
        known: Situation | None = there
        for cause in causes:
            known = known or await situation(self._connection, who.members, self._strategy)
            if cause.trigger == REACTED:
                await self._react(known)
            else:
                known = await self._decide(cause, who, known)

    async def write(self) -> None:
        """Writes what was decided and is not written yet."""
        await self._writer.write(self._connection, self._begun)
        self._begun = []

    async def _decide(self, cause: Cause, who: Person, there: Situation) -> Situation | None:
        """Decides on a cause; returns what there is of the person then, None where that is to be seen."""
        rule = trigger_of(cause, self._strategy)
        if rule is None:
            return there
        now = self._clock()
        await route_praise(self._connection, cause, there.known)
        with telemetry.span(
            "egard.outreach decide", parent=cause.traceparent, attributes={"egard.trigger": cause.trigger}
        ) as trace:
            decision = decide(cause, there.known, self._strategy, now)
            if decision is None:
                return there
            found = self._course(cause, who, decision, rule, there, now)
            while isinstance(found, Joins) and isinstance(decision, Due):
                await self.write()
                if await self._writer.join(self._connection, cause, decision, rule, found, there, now):
                    return None
                # Somebody closed it just now, or it was told of more by one who was the same person once.
                there = await situation(self._connection, who.members, self._strategy)
                found = self._course(cause, who, decision, rule, there, now)
            if isinstance(found, Given | Withheld):
                begun = await self._begin(cause, who, decision, rule, found, there, now, trace)
                self._begun.append(begun)
                there.prompts.append(begun.prompt)
        return there

    async def _begin(
        self,
        cause: Cause,
        who: Person,
        decision: Due | Stale,
        rule: TriggerRule,
        found: Given | Withheld,
        there: Situation,
        now: datetime,
        trace: str | None,
    ) -> Begun:
        """A prompt, or what is left of one where nobody is prompted."""
        if isinstance(found, Given) and isinstance(rule, SurpriseTrigger):
            found = await self._rare(rule, found, now)
        choice, loss = None, None
        if isinstance(decision, Due) and (isinstance(found, Given) or found.reason == "holdout"):
            given = found
            found, choice = await self._hands(given, decision, rule, there, now)
            if found is not given and choice.by == "human":
                facts = (decision.why, *decision.facts)
                events, at = there.known.events, now.timestamp()
                loss = expected_loss(decision.prompt_id, who.canonical, facts, events, self._strategy, at)
        return self._writer.begin(cause, who, decision, rule, found, there, now, trace, choice, loss)

    async def _hands(
        self,
        found: Given | Withheld,
        decision: Due,
        rule: TriggerRule,
        there: Situation,
        now: datetime,
    ) -> tuple[Given | Withheld, Choice]:
        """Into whose hands a prompt is given, and whether these have the minutes."""
        events = there.known.events
        quiet = isinstance(found, Given) and found.deliver_at is not None
        choice = await chosen(self._connection, self._staff, rule, events, self._strategy, now, quiet=quiet)
        if choice.by == "human":
            found = await afford(
                self._connection, self._staff, found, decision, rule, there.prompts, self._strategy, now
            )
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

    async def _rare(self, rule: SurpriseTrigger, found: Given, now: datetime) -> Given | Withheld:
        """Surprises are few over all customers."""
        await self.write()
        await self._connection.execute(QUERIES["lock_surprises"])
        so_far: int = await self._connection.fetchval(QUERIES["surprises_since"], now - _MONTH)
        return found if so_far < rule.most else Withheld("cap")

    async def _react(self, there: Situation) -> None:
        """Keeps with its prompt how an outreach was taken, as the journal has it."""
        for prompt in there.prompts:
            reaction = reaction_to(prompt.prompt_id, there.known.events)
            if reaction is not None and reaction != prompt.reaction:
                await self._writer.reacted(self._connection, prompt, reaction)
