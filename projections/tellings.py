"""Tellings: how often a customer had to tell the same thing, as published and as one may suspect.

The first telling is the first contact; each retelling that was published is one more. Where a case comes back
and somebody else answers, nobody may have published that it was told again: that is suspected, and counted
apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    Event,
    Order,
)
from projections.corrections import standing

_OF_CONTACTS = (
    ContactAttempted,
    ContactAnswered,
    ContactMissed,
    ContactReturned,
    ContactTransferred,
    ContactRetold,
    ContactClosed,
)

_Contact = tuple[str, str]
"""A contact: the subject that it is of, and its id there."""

_About = tuple[str | None, str | None]
"""What is told: a case, or where none is known a reason."""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """Once that something was told again."""

    event: Event
    """What says so: the retelling, or where it is suspected the answer of somebody who had not heard it."""
    suspected: bool


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """What was told more than once: a case, or where none is known a reason."""

    case_id: str | None
    reason: str | None
    """In the words of the last retelling, or of the first contact that says one."""
    first_at: datetime
    """When it was first told of, as far as is known."""
    again: tuple[Telling, ...]
    """Oldest first."""

    @property
    def tellings(self) -> int:
        """The first and each retelling that was published."""
        return 1 + sum(not one.suspected for one in self.again)

    @property
    def suspected(self) -> int:
        """How many more there may have been."""
        return sum(one.suspected for one in self.again)


def tellings(events: Iterable[Event]) -> list[Thread]:
    """What a person told more than once, that which was told last first. Events may be of several subjects.

    A retelling belongs to the case of its contact, where any event of that contact names one; else to its
    reason.
    A telling is suspected where a person answers or calls back who has not been in the case before, while
    somebody else has, and no retelling was published for that contact.
    """
    known = sorted(
        (event for event in standing(events) if isinstance(event.data, _OF_CONTACTS)),
        key=lambda event: (event.order, event.subject),
    )
    cases = _cases(known)
    threads: dict[_About, list[Event]] = {}
    for event in known:
        threads.setdefault(_about(event, cases), []).append(event)
    found = []
    for (case_id, reason), its_events in threads.items():
        again = sorted([*_published(its_events), *_suspected(case_id, its_events)], key=_place)
        if again:
            found.append(
                Thread(
                    case_id=case_id,
                    reason=reason or _reason(its_events),
                    first_at=its_events[0].time,
                    again=tuple(again),
                )
            )
    return sorted(found, key=lambda thread: _place(thread.again[-1]), reverse=True)


def _place(telling: Telling) -> tuple[Order, str]:
    return telling.event.order, telling.event.subject


def _contact(event: Event) -> _Contact:
    contact_id: str = event.data.contact_id  # type: ignore[union-attr]
    return event.subject, contact_id


def _cases(events: Iterable[Event]) -> Mapping[_Contact, str]:
    """The case of each contact: the first that any of its events names."""
    cases: dict[_Contact, str] = {}
    for event in events:
        case_id = getattr(event.data, "case_id", None)
        if case_id is not None:
            cases.setdefault(_contact(event), case_id)
    return cases


def _about(event: Event, cases: Mapping[_Contact, str]) -> _About:
    case_id = getattr(event.data, "case_id", None) or cases.get(_contact(event))
    return (case_id, None) if case_id is not None else (None, getattr(event.data, "reason", None))


def _reason(events: Iterable[Event]) -> str | None:
    reason = None
    for event in events:
        said = getattr(event.data, "reason", None)
        if said is not None and (reason is None or isinstance(event.data, ContactRetold)):
            reason = said
    return reason


def _published(events: Iterable[Event]) -> Iterator[Telling]:
    for event in events:
        if isinstance(event.data, ContactRetold):
            yield Telling(event=event, suspected=False)


def _suspected(case_id: str | None, events: list[Event]) -> Iterator[Telling]:
    if case_id is None:
        return
    retold = {_contact(event) for event in events if isinstance(event.data, ContactRetold)}
    heard: set[str] = set()
    for event in events:
        speaker = _speaker(event)
        if speaker is not None and heard and speaker not in heard and _contact(event) not in retold:
            yield Telling(event=event, suspected=True)
        heard |= _hearers(event)


def _speaker(event: Event) -> str | None:
    """Who speaks with a customer that reaches us, or whom we reach; None for machines and the unnamed."""
    match event.data:
        case ContactAnswered(by="human", agent_id=agent):
            return agent
        case ContactReturned(reached=True, agent_id=agent):
            return agent
    return None


def _hearers(event: Event) -> set[str]:
    """Who knows of the case from an event on."""
    match event.data:
        case ContactTransferred(from_agent=one, to_agent=other):
            named = {one, other}
        case ContactClosed(agent_id=agent):
            named = {agent}
        case _:
            named = {_speaker(event)}
    return {name for name in named if name is not None}
