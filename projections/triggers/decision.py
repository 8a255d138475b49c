"""What deciding on a cause works with, and what it comes to.

What a prompt states is kept as template and parameters, each fact with the event it comes from; the desk
puts it into words.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

import msgspec

from events import Event
from projections.causes import Cause
from projections.corrections import standing
from projections.fold import Folded, fold_person
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule


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


def prompt_id(customer: str, trigger: str, episode: str) -> str:
    """The id of the one prompt that an episode can lead to, whoever decides, and however often.

    `customer` is the subject whose episode it is, under whatever id the person goes by now.
    """
    parts = [part.encode() for part in (customer, trigger, episode)]
    return blake2b(b"".join(b"%d:%b" % (len(part), part) for part in parts), digest_size=12).hexdigest()


def is_of(cause: Cause, event: Event) -> bool:
    """Whether a cause is of an event."""
    named = (cause.customer, cause.source, cause.event_id)
    return (event.subject, event.source, event.id) == named


def subjects_of(first: str, events: Iterable[Event]) -> tuple[str, ...]:
    """A subject, and the others that some events are of."""
    return (first, *sorted({event.subject for event in events} - {first}))


def too_old(cause: Cause, freshness: float, now: datetime) -> bool:
    """Whether a cause is older than a trigger's freshness window."""
    return (now - cause.at).total_seconds() > freshness


def fact_of(template: str, event: Event, **parameters: Any) -> Fact:
    """What an event says, as a template and its parameters."""
    return Fact(template, parameters, event.source, event.id, event.time)


def due_of(
    cause: Cause, episode: str, why: Fact, facts: list[Fact], trigger: TriggerRule, subjects: tuple[str, ...]
) -> Due:
    """A prompt for a cause."""
    identity = prompt_id(cause.customer, cause.trigger, episode)
    return Due(identity, episode, cause.at, why, facts, trigger.priority, trigger.minutes, subjects)


def stale_of(cause: Cause, episode: str, why: Fact, trigger: TriggerRule) -> Stale:
    """What is left of a prompt whose cause is too old."""
    identity = prompt_id(cause.customer, cause.trigger, episode)
    return Stale(identity, episode, cause.at, why, trigger.priority, trigger.minutes, (cause.customer,))
