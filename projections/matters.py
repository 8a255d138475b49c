"""Matters: contacts, promises and complaints, each joined from its events into one row and scored once.

A row is a join: each part keeps the event that comes first (the last, for a renegotiation) by (time, id,
source), so any order and any batches of events give the same row. The row's signal is a pure function of the
row and of the instant it is read at.
"""

from functools import total_ordering
from typing import Any, ClassVar, Self

import msgspec

from events import (
    Channel,
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactReturned,
    Event,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
)


@total_ordering
class Part(msgspec.Struct, frozen=True):
    """What one event says of a matter. Parts are ordered by (time, id, source), which no two share."""

    at: float
    """Seconds since the Unix epoch."""
    id: str
    source: str

    def __lt__(self, other: "Part") -> bool:
        """By time, then id, then source."""
        return (self.at, self.id, self.source) < (other.at, other.id, other.source)


class Attempt(Part, frozen=True):
    """The customer tried to reach us."""

    channel: Channel | None
    reason: str | None
    case_id: str | None


class Answer(Part, frozen=True):
    """We answered."""

    channel: Channel | None
    by: str
    agent_id: str | None
    waited_s: float | None


class Miss(Part, frozen=True):
    """We did not answer."""

    channel: Channel | None
    cause: str
    waited_s: float | None


class Pledge(Part, frozen=True):
    """Something was promised."""

    due: float
    """Seconds since the Unix epoch."""
    what: str
    agent_id: str | None
    to: str | None


class Renegotiation(Part, frozen=True):
    """Another due was agreed."""

    due: float


class Grievance(Part, frozen=True):
    """The customer complained."""

    severity: float | None
    case_id: str | None


class _Matter(msgspec.Struct, frozen=True, kw_only=True):
    _latest: ClassVar[tuple[str, ...]] = ()

    def merge(self, other: Self) -> Self:
        """The join of two rows of one matter."""
        joined: dict[str, Any] = {}
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine is None or theirs is None:
                joined[name] = theirs if mine is None else mine
            else:
                joined[name] = max(mine, theirs) if name in self._latest else min(mine, theirs)
        return type(self)(**joined)


class Contact(_Matter, frozen=True, kw_only=True):
    """One attempt by the customer to reach us, and what became of it."""

    attempted: Attempt | None = None
    answered: Answer | None = None
    missed: Miss | None = None
    returned: Part | None = None
    """A call back that reached the customer."""

    @property
    def open(self) -> bool:
        """Whether the customer still waits."""
        return self.answered is None and self.returned is None


class Promise(_Matter, frozen=True, kw_only=True):
    """Something said, with a due."""

    _latest = ("renegotiated",)

    made: Pledge | None = None
    renegotiated: Renegotiation | None = None
    kept: Part | None = None
    released: Part | None = None
    broken: Part | None = None

    @property
    def open(self) -> bool:
        """Whether it is still owed."""
        return self.made is not None and self.kept is None and self.released is None and self.broken is None

    @property
    def due(self) -> float | None:
        """By when, in seconds since the Unix epoch; None while nothing says it was made."""
        if self.renegotiated is not None:
            return self.renegotiated.due
        return None if self.made is None else self.made.due


class Complaint(_Matter, frozen=True, kw_only=True):
    """A complaint and its settlement; where one was refused and another accepted, the latter holds."""

    raised: Grievance | None = None
    accepted: Part | None = None
    refused: Part | None = None


Matter = Contact | Promise | Complaint
KINDS: tuple[type[Matter], ...] = (Contact, Promise, Complaint)


def matter_of(event: Event) -> tuple[str, Matter] | None:
    """The matter that an event belongs to, by its id, with what this one event says of it."""
    where = (event.at, event.id, event.source)
    match event.data:
        case ContactAttempted() as data:
            attempt = Attempt(*where, data.channel, data.reason, data.case_id)
            return data.contact_id, Contact(attempted=attempt)
        case ContactAnswered() as data:
            answer = Answer(*where, data.channel, data.by, data.agent_id, data.waited_s)
            return data.contact_id, Contact(answered=answer)
        case ContactMissed() as data:
            return data.contact_id, Contact(missed=Miss(*where, data.channel, data.cause, data.waited_s))
        case ContactReturned(reached=True) as data:
            return data.contact_id, Contact(returned=Part(*where))
        case PromiseMade() as data:
            pledge = Pledge(*where, data.due.timestamp(), data.what, data.agent_id, data.to)
            return data.promise_id, Promise(made=pledge)
        case PromiseRenegotiated(agreed=True) as data:
            return data.promise_id, Promise(renegotiated=Renegotiation(*where, data.due.timestamp()))
        case PromiseKept() as data:
            return data.promise_id, Promise(kept=Part(*where))
        case PromiseReleased() as data:
            return data.promise_id, Promise(released=Part(*where))
        case PromiseBroken() as data:
            return data.promise_id, Promise(broken=Part(*where))
        case ComplaintRaised() as data:
            return data.complaint_id, Complaint(raised=Grievance(*where, data.severity, data.case_id))
        case ComplaintSettled(accepted=True) as data:
            return data.complaint_id, Complaint(accepted=Part(*where))
        case ComplaintSettled() as data:
            return data.complaint_id, Complaint(refused=Part(*where))
    return None
