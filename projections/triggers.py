"""Whether a cause is reason enough to prompt somebody: pure functions of a customer's history and an instant.

A history may be that of several subjects who are one person: what was told to one was told to all of them.

What a prompt states is kept as template and parameters, each fact with the event it comes from; the desk
puts it into words.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

import msgspec

from events import ContactRetold, Event, PromiseKept, PromiseMade, PromiseRenegotiated
from projections.causes import Cause
from projections.corrections import standing
from projections.fold import Folded, fold_person
from projections.judgement import as_judged, in_force, judgements
from projections.matters import Promise
from projections.reading import read
from projections.strategy import BandFallenTrigger, PromiseOverdueTrigger, Strategy, TellingTrigger


class Known:
    """What is known of a customer under every alias, and stands.

    It is folded at most once, however many causes are decided on.
    """

    def __init__(self, history: Iterable[Event], strategy: Strategy) -> None:
        self.events = standing(history)
        self._strategy = strategy

    @cached_property
    def state(self) -> Folded:
        """What it amounts to."""
        return fold_person(self.events, self._strategy)


class Fact(msgspec.Struct, frozen=True):
    """Something true that an agent should know: a template, its parameters, and the event it rests on."""

    template: str
    parameters: dict[str, Any]
    source: str
    id: str
    at: datetime


class Due(msgspec.Struct, frozen=True):
    """A prompt is due."""

    prompt_id: str
    episode: str
    at: datetime
    """When the reason arose: it follows from the episode, whichever cause led to it."""
    why: Fact
    facts: list[Fact]
    priority: float
    minutes: float
    subjects: tuple[str, ...]
    """Under which ids the reason arose; the matter's own first."""
    same: tuple[str, ...] = ()
    """Episodes that tell of the same reason: if there was a prompt for one of them, it was this one."""
    matter_id: str | None = None


class Stale(msgspec.Struct, frozen=True):
    """A prompt would have been due, but its cause is older than its trigger's freshness window."""

    prompt_id: str
    episode: str
    at: datetime
    """When the reason arose: it follows from the episode, whichever cause led to it."""
    why: Fact
    priority: float
    minutes: float
    subjects: tuple[str, ...]
    """Under which ids the reason arose."""
    same: tuple[str, ...] = ()
    """Episodes that tell of the same reason: if there was a prompt for one of them, it was this one."""


Decision = Due | Stale | None

Trigger = PromiseOverdueTrigger | TellingTrigger | BandFallenTrigger


def trigger_of(cause: Cause, strategy: Strategy) -> Trigger | None:
    """The trigger that a cause names; None where the strategy has none of that name any more."""
    found: Trigger | None = getattr(strategy.triggers, cause.trigger, None)
    return found


def decide(cause: Cause, known: Known, strategy: Strategy, now: datetime) -> Decision:
    """Decides on a cause from all that is known of the customer at an instant."""
    trigger = trigger_of(cause, strategy)
    if isinstance(trigger, PromiseOverdueTrigger):
        return _promise_overdue(cause, trigger, known, now)
    if isinstance(trigger, TellingTrigger):
        return _retold(cause, trigger, known.events, now)
    if isinstance(trigger, BandFallenTrigger):
        return _band_fallen(cause, trigger, known, strategy, now)
    return None


def prompt_id(customer: str, trigger: str, episode: str) -> str:
    """The id of the one prompt that an episode can lead to, whoever decides, and however often.

    `customer` is the subject whose episode it is, under whatever id the person goes by now.
    """
    parts = [part.encode() for part in (customer, trigger, episode)]
    return blake2b(b"".join(b"%d:%b" % (len(part), part) for part in parts), digest_size=12).hexdigest()


def _promise_overdue(cause: Cause, trigger: PromiseOverdueTrigger, known: Known, now: datetime) -> Decision:
    matter_id = cause.episode.rpartition("@")[0]
    promise = known.state.of(cause.customer).matters.get((Promise, matter_id))
    if not isinstance(promise, Promise) or not promise.open or promise.made is None:
        return None
    if promise.due is None or promise.due > now.timestamp():
        return None
    history = [event for event in known.events if event.subject == cause.customer]
    made = next(
        event
        for event in history
        if isinstance(event.data, PromiseMade)
        and event.data.promise_id == matter_id
        and (event.id, event.source) == (promise.made.id, promise.made.source)
    )
    why = _fact(
        "promise_overdue",
        made,
        what=promise.made.what,
        due=datetime.fromtimestamp(promise.due, UTC),
        agent_id=promise.made.agent_id,
    )
    if _too_old(cause, trigger.freshness, now):
        return _stale(cause, cause.episode, why, trigger)
    facts = [
        _fact("promise_renegotiated", event, due=event.data.due)
        for event in history
        if isinstance(event.data, PromiseRenegotiated) and event.data.promise_id == matter_id
    ]
    kept = [event for event in known.events if isinstance(event.data, PromiseKept)]
    if kept:
        latest = max(kept, key=lambda event: event.order)
        facts.append(_fact("promises_kept", latest, count=len(kept)))
        history.append(latest)
    due = _due(cause, cause.episode, why, facts, trigger, _subjects(cause.customer, history))
    return msgspec.structs.replace(due, matter_id=matter_id)


def _retold(cause: Cause, trigger: TellingTrigger, history: Sequence[Event], now: datetime) -> Decision:
    """The n-th telling of a reason is the (n − 1)-th retelling: that one event, and no later one, prompts."""
    told = next((event for event in history if _is(cause, event)), None)
    if told is None or not isinstance(told.data, ContactRetold):
        return None
    reason = told.data.reason
    retellings = sorted(
        (event for event in history if isinstance(event.data, ContactRetold) and event.data.reason == reason),
        key=lambda event: (event.order, event.subject),
    )
    if len(retellings) < trigger.tellings - 1:
        return None
    turning = retellings[trigger.tellings - 2]
    episode = turning.identity.hex()
    cause = msgspec.structs.replace(cause, at=turning.time, customer=turning.subject)
    why = _fact("retold", turning, reason=reason, tellings=trigger.tellings)
    same = tuple(event.identity.hex() for event in retellings)
    if _too_old(cause, trigger.freshness, now):
        return msgspec.structs.replace(_stale(cause, episode, why, trigger), same=same)
    facts = [_fact("told_again", event, reason=reason) for event in retellings if event is not turning]
    due = _due(cause, episode, why, facts, trigger, _subjects(turning.subject, retellings))
    return msgspec.structs.replace(due, same=same)


def _band_fallen(
    cause: Cause, trigger: BandFallenTrigger, known: Known, strategy: Strategy, now: datetime
) -> Decision:
    """A level is compared with and without the fresh events: a backfill brings nobody's band down anew."""
    history = known.events
    at = max([now.timestamp(), *(event.at for event in history)])
    after = read(known.state.sums_at(strategy, at), strategy, at)
    after = as_judged(after, in_force(judgements(history), at), strategy)
    if after.band not in trigger.bands:
        return None
    fell = next((event for event in history if _is(cause, event)), None)
    if fell is None:
        return None
    since = now.timestamp() - trigger.freshness
    then = fold_person([event for event in history if event.at <= since], strategy)
    before = read(then.sums_at(strategy, at), strategy, at)
    before = as_judged(
        before, in_force(judgements(event for event in history if event.at <= since), at), strategy
    )
    why = _fact("band_fallen", fell, was=before.band, band=after.band, health=round(after.health))
    if _too_old(cause, trigger.freshness, now):
        return _stale(cause, cause.episode, why, trigger)
    if before.band in trigger.bands or before.health <= after.health:
        return None
    return _due(cause, cause.episode, why, [], trigger, (cause.customer,))


def _is(cause: Cause, event: Event) -> bool:
    named = (cause.customer, cause.source, cause.event_id)
    return (event.subject, event.source, event.id) == named


def _subjects(first: str, events: Iterable[Event]) -> tuple[str, ...]:
    """A subject, and the others that some events are of."""
    return (first, *sorted({event.subject for event in events} - {first}))


def _too_old(cause: Cause, freshness: float, now: datetime) -> bool:
    return (now - cause.at).total_seconds() > freshness


def _fact(template: str, event: Event, **parameters: Any) -> Fact:
    return Fact(template, parameters, event.source, event.id, event.time)


def _due(
    cause: Cause, episode: str, why: Fact, facts: list[Fact], trigger: Trigger, subjects: tuple[str, ...]
) -> Due:
    identity = prompt_id(cause.customer, cause.trigger, episode)
    return Due(identity, episode, cause.at, why, facts, trigger.priority, trigger.minutes, subjects)


def _stale(cause: Cause, episode: str, why: Fact, trigger: Trigger) -> Stale:
    identity = prompt_id(cause.customer, cause.trigger, episode)
    return Stale(identity, episode, cause.at, why, trigger.priority, trigger.minutes, (cause.customer,))
