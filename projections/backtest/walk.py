"""One person's history, walked: whom a strategy would have prompted for in a span of time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from events import Event
from projections.backtest.arising import Arising
from projections.causes import Cause
from projections.outreach.course import Given, Joins, Withheld, course
from projections.outreach.looking import Ends, Opens, Waits, look
from projections.outreach.prompts import Episode, Prompt, Told, with_more
from projections.rhythm import Population
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import Due, Fact, Known, Stale, decide, reason_of, trigger_of
from projections.triggers.silence import contacts_began, episode_of

Became = Literal["given", "withheld", "expired"]
"""What would have become of a prompt. One that joins another of its reason is none by itself."""

_SELF_MADE = ("silence", "milestone")
"""Triggers whose causes no event is, but time alone."""


class Would(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt that a strategy would have made, or withheld."""

    customer: str
    prompt_id: str
    trigger: str
    reason: str
    arose_at: datetime
    became: Became
    why_not: str | None
    """Why it was withheld, or ended before it was given."""
    at: datetime
    """When it would have been given; or else when it was decided that it is not."""
    minutes: float
    priority: float
    owed: bool
    why: Fact


def walk(
    person: str,
    events: Sequence[Event],
    prompts: Sequence[Prompt],
    strategy: Strategy,
    since: datetime,
    until: datetime,
    population: Population,
) -> list[Would]:
    """What would have been prompted between two instants, in the order in which it was decided.

    `events` are all that the journal holds of the person, whose canonical id is `person`; each is taken to
    have been known when it happened. `prompts` are those from before: caps and cooldowns count them.
    """
    ordered = sorted(events, key=lambda event: (event.order, event.subject))
    before = [event for event in ordered if event.time <= since]
    walking = Walk(person, before, prompts, strategy, since, population)
    for event in ordered[len(before) :]:
        if event.time > until:
            break
        walking.hear(event)
    walking.pass_time(until)
    return walking.found


class Walk:
    """One person's history, as far as it was heard."""

    def __init__(
        self,
        person: str,
        before: Sequence[Event],
        prompts: Sequence[Prompt],
        strategy: Strategy,
        since: datetime,
        population: Population,
    ) -> None:
        self.found: list[Would] = []
        """What would have been done so far."""
        self._person = person
        self._strategy = strategy
        self._population = population
        self._told = list(before)
        self._prompts = list(prompts)
        self._since = self._now = since
        self._known: Known | None = None
        self._arising = Arising(person, strategy)
        self._arising.begin(self._told, self._all_known(), since)

    def hear(self, event: Event) -> None:
        """Takes one more event, in their order: time passes until then."""
        self.pass_time(event.time)
        self._now = event.time
        self._told.append(event)
        self._known = None
        for cause in self._arising.hear(event):
            self._decide(cause, event.time)

    def _all_known(self) -> Known:
        if self._known is None:
            self._known = Known(self._told, self._strategy, self._population)
        return self._known

    def pass_time(self, until: datetime) -> None:
        """What comes of time alone, in its order: deadlines pass, and what was held is given."""
        while True:
            passes, held = self._arising.next(), self._held()
            due = min((one for one in (passes, held) if one is not None), default=None)
            if due is None or due > until:
                return
            # What is news of the past passes in the moment in which it is heard.
            due = self._now = max(due, self._now)
            for cause in list(self._arising.pass_by(due)):
                self._decide(cause, due)
                if cause.trigger in _SELF_MADE:
                    prompted = self._is_prompted(cause.trigger, due)
                    self._arising.look_again(cause.trigger, self._all_known(), due, prompted=prompted)
            self._give_held(due)

    def _held(self) -> datetime | None:
        waiting = [one.deliver_at for one in self._prompts if one.state == "held"]
        return min((at for at in waiting if at is not None), default=None)

    def _is_prompted(self, trigger: str, now: datetime) -> bool:
        """Whether there was a prompt for the silence that lasts."""
        if trigger != "silence":
            return False
        began = contacts_began(self._all_known(), now.timestamp())
        episode = episode_of(began[-1]) if began else None
        return any(one.trigger == "silence" and one.episode == episode for one in self._prompts)

    def _decide(self, cause: Cause, now: datetime) -> None:
        rule = trigger_of(cause, self._strategy)
        known = self._all_known()
        decision = None if rule is None else decide(cause, known, self._strategy, now)
        if rule is None or decision is None:
            return
        if isinstance(decision, Stale) and decision.at <= self._since:
            return  # that was another time's
        found = course(
            self._person,
            cause.trigger,
            decision,
            rule,
            known.events,
            self._prompts,
            self._strategy,
            now,
        )
        if isinstance(found, Withheld):
            self._keep(cause, decision, rule, "withheld", found.reason, now, None)
        elif isinstance(found, Given):
            self._keep(cause, decision, rule, "given", None, now, found.deliver_at)
        elif isinstance(found, Joins):
            self._join(found, cause, decision, rule)

    def _keep(
        self,
        cause: Cause,
        decision: Due | Stale,
        rule: TriggerRule,
        became: Became,
        why_not: str | None,
        now: datetime,
        later: datetime | None,
    ) -> None:
        held = later is not None
        given = became == "given" and not held
        prompt = Prompt(
            customer=self._person,
            prompt_id=decision.prompt_id,
            trigger=cause.trigger,
            reason=reason_of(cause.trigger, rule),
            episode=decision.episode,
            # Whoever is prompted is taken to act at once.
            state="held" if held else "done" if given else "withheld",
            withheld=why_not,
            cause_at=decision.at,
            prompted_at=now,
            priority=decision.priority,
            minutes=decision.minutes,
            owed=rule.owed,
            actions=0,
            episodes=[Episode(decision.prompt_id, decision.episode, cause)],
            facts=Told(decision.why, decision.facts if isinstance(decision, Due) else []),
            deliver_at=later,
            delivered_at=now if given else None,
            closed_at=None if held else now,
            changed_at=now,
        )
        self._prompts.append(prompt)
        if not held:
            self._find(prompt, became, why_not, now)

    def _join(self, found: Joins, cause: Cause, decision: Due | Stale, rule: TriggerRule) -> None:
        """One of its reason waits: it is told of this too."""
        prompt = found.prompt
        assert isinstance(decision, Due)  # noqa: S101 - what is too old is withheld
        self._put(
            prompt,
            msgspec.structs.replace(
                prompt,
                episodes=[*(prompt.episodes or ()), Episode(decision.prompt_id, decision.episode, cause)],
                facts=prompt.facts and with_more(prompt.facts, prompt.priority, decision),
                priority=max(prompt.priority, decision.priority),
                minutes=max(prompt.minutes, decision.minutes),
                owed=prompt.owed or rule.owed,
                deliver_at=min(prompt.deliver_at or found.deliver_at, found.deliver_at),
            ),
        )

    def _give_held(self, now: datetime) -> None:
        """What was held for its moment is looked at again, and given or not."""
        for prompt in [one for one in self._prompts if one.state == "held"]:
            if prompt.deliver_at is None or prompt.deliver_at > now:
                continue
            looked = look(prompt, self._all_known(), self._prompts, self._strategy, now)
            step = looked.step
            if isinstance(step, Waits) and step.until > now:
                self._put(prompt, msgspec.structs.replace(prompt, deliver_at=step.until))
            elif isinstance(step, Opens):
                given = msgspec.structs.replace(
                    prompt,
                    state="done",
                    delivered_at=now,
                    closed_at=now,
                    facts=prompt.facts and looked.told,
                    priority=looked.priority,
                    minutes=looked.minutes,
                    episodes=looked.episodes,
                )
                self._put(prompt, given)
                self._find(given, "given", None, now)
            else:
                self._put(prompt, msgspec.structs.replace(prompt, state="expired", closed_at=now))
                self._find(prompt, "expired", step.reason if isinstance(step, Ends) else None, now)

    def _put(self, old: Prompt, new: Prompt) -> None:
        self._prompts = [new if one is old else one for one in self._prompts]

    def _find(self, prompt: Prompt, became: Became, why_not: str | None, now: datetime) -> None:
        if prompt.facts is None:
            return  # it is from before: another time's, and of these it is not known what they state
        self.found.append(
            Would(
                customer=self._person,
                prompt_id=prompt.prompt_id,
                trigger=prompt.trigger,
                reason=prompt.reason or prompt.trigger,
                arose_at=prompt.cause_at,
                became=became,
                why_not=why_not,
                at=now,
                minutes=prompt.minutes,
                priority=prompt.priority,
                owed=prompt.owed,
                why=prompt.facts.why,
            )
        )
