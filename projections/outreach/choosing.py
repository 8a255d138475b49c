"""The chooser: whether a person or a machine sees to a prompt.

The customer's choice comes first, then what they asked for this time. Where neither says, the reason does;
and where the reason leaves it open, the hour on the customer's clock and who is there. A machine never sees
to what a customer wants a person for: that waits for one. Where a person is fitting, nobody is there, and the
customer takes either, both do: a machine now, and a person when the house has opened, which is promised.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from events import (
    ContactAttempted,
    ContactBy,
    Event,
    PreferenceSet,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
)
from projections.kinds import of_kind, of_kinds
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule

_OF_PROMISES = (PromiseMade, PromiseKept, PromiseBroken, PromiseReleased)

_ASKED = (PreferenceSet, ContactAttempted, *_OF_PROMISES)
"""Data of events that say whom a customer wants to be answered by, and whether it was promised."""

By = Literal["human", "machine"]

Why = Literal["chosen", "asked", "promised", "reason", "hour", "there", "nobody_there"]
"""What decided: the customer's choice, what they asked for this time, a promise that somebody would, the
reason, the hour on the customer's clock, that somebody is there, that nobody is."""

PERSON = ":person"
"""What the ids of promises end with that say that a person will get in touch."""

_WITHIN = 3600.0
"""Seconds after the opening of the house by which a person who is promised then gets in touch."""

_JUST_NOW = 3600.0
"""Seconds for which who tried to reach us is taken to be awake."""


class Choice(msgspec.Struct, frozen=True):
    """Who sees to a prompt, and why."""

    by: By
    why: Why
    and_person_at: float | None = None
    """By when a person gets in touch as well, where that is to be promised: seconds since the Unix epoch."""

    @property
    def person_at(self) -> datetime | None:
        """The same as an instant."""
        return None if self.and_person_at is None else datetime.fromtimestamp(self.and_person_at, UTC)


def choose(
    rule: TriggerRule,
    events: Sequence[Event],
    strategy: Strategy,
    at: float,
    *,
    anyone_there: bool,
    quiet: bool = False,
) -> Choice:
    """Who sees to a prompt of a trigger at an instant (seconds since the Unix epoch).

    `events` are all of the customer's that stand. `quiet` says whether these are their quiet hours.
    """
    known = sorted(
        (event for event in of_kinds(events, *_ASKED) if event.at <= at), key=lambda event: event.order
    )
    chosen, asked = _chosen(known), _asked(known, at - rule.freshness)
    if chosen == "human":
        return Choice("human", "chosen")
    if asked == "human":
        return Choice("human", "asked")
    if _person_promised(known):
        return Choice("human", "promised")
    if chosen == "machine":
        return Choice("machine", "chosen")
    if asked == "machine":
        return Choice("machine", "asked")
    if rule.by == "machine":
        return Choice("machine", "reason")
    if rule.by == "human":
        person_at = None if anyone_there or "either" not in (chosen, asked) else _person_at(strategy, at)
        if person_at is None:
            return Choice("human", "reason")
        return Choice("machine", "nobody_there", person_at)
    if quiet:
        return Choice("machine", "hour")
    return Choice("human", "there") if anyone_there else Choice("machine", "nobody_there")


def in_touch(events: Iterable[Event], at: float) -> bool:
    """Whether a customer tried to reach us just now: then they are awake, whatever the hour."""
    return any(at - _JUST_NOW <= event.at <= at for event in of_kinds(events, ContactAttempted))


def promise_id(prompt_id: str) -> str:
    """The id of the promise that a person will get in touch."""
    return prompt_id + PERSON


def _person_at(strategy: Strategy, at: float) -> float | None:
    """By when a person can be promised; None where the house does not open again."""
    opens = strategy.clock["phone"].opens_at(at)
    return None if opens is None else opens + _WITHIN


def _chosen(known: Iterable[Event]) -> ContactBy | None:
    said = [data.contact_by for _, data in of_kind(known, PreferenceSet) if data.contact_by is not None]
    return said[-1] if said else None


def _asked(known: Iterable[Event], since: float) -> ContactBy | None:
    """What the customer asked for in the last of their contacts, where that is not too long ago."""
    last = [data.wants for event, data in of_kind(known, ContactAttempted) if event.at >= since]
    return last[-1] if last else None


def _person_promised(known: Iterable[Event]) -> bool:
    """Whether it was promised that a person would get in touch, and none has."""
    owed: set[str] = set()
    for event in of_kinds(known, *_OF_PROMISES):
        name: str = event.data.promise_id  # type: ignore[union-attr]
        if type(event.data) is not PromiseMade:
            owed.discard(name)
        elif name.endswith(PERSON):
            owed.add(name)
    return bool(owed)
