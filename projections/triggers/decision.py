"""What deciding on a cause works with, and what it comes to.

What a prompt states is kept as template and parameters, each fact with the event it comes from; the desk
puts it into words.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from events import Event
from projections.causes import Cause
from projections.trigger_rules import TriggerRule


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
    """The promise, complaint, contact, incident or suggestion that it is about."""
    agent_id: str | None = None
    """The agent whom it concerns: who made the promise, or was praised."""
    case_id: str | None = None
    contact_id: str | None = None


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


def subjects_of(first: str, events: Iterable[Event]) -> tuple[str, ...]:
    """A subject, and the others that some events are of."""
    return (first, *sorted({event.subject for event in events} - {first}))


def too_old(cause: Cause, freshness: float, now: datetime) -> bool:
    """Whether a cause is older than a trigger's freshness window."""
    return (now - cause.at).total_seconds() > freshness


def fact_of(template: str, event: Event, **parameters: Any) -> Fact:
    """What an event says, as a template and its parameters."""
    return Fact(template, parameters, event.source, event.id, event.time)


def decided(
    cause: Cause,
    episode: str,
    why: Fact,
    trigger: TriggerRule,
    now: datetime,
    *,
    facts: Iterable[Fact] = (),
    subjects: tuple[str, ...] = (),
    same: tuple[str, ...] = (),
    matter_id: str | None = None,
    agent_id: str | None = None,
    case_id: str | None = None,
    contact_id: str | None = None,
) -> Due | Stale:
    """A prompt for a cause; or what is left of it, where that is older than the freshness window."""
    identity = prompt_id(cause.customer, cause.trigger, episode)
    if too_old(cause, trigger.freshness, now):
        subjects = (cause.customer,)
        return Stale(identity, episode, cause.at, why, trigger.priority, trigger.minutes, subjects, same)
    return Due(
        prompt_id=identity,
        episode=episode,
        at=cause.at,
        why=why,
        facts=list(facts),
        priority=trigger.priority,
        minutes=trigger.minutes,
        subjects=subjects or (cause.customer,),
        same=same,
        matter_id=matter_id,
        agent_id=agent_id,
        case_id=case_id,
        contact_id=contact_id,
    )
