"""Matters: contacts, promises and complaints, each joined from its events into one row and scored once.

A row is a join: each part keeps the event that comes first (the last, for a renegotiation) by (time, id,
source), so any order and any batches of events give the same row. The row's signal is a pure function of the
row and of the instant it is read at.
"""

from collections.abc import Callable, Mapping
from functools import total_ordering
from typing import Any, ClassVar, Self, final

import msgspec

from events import (
    Channel,
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactReturned,
    Data,
    Event,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
)


@total_ordering
class Part(msgspec.Struct, frozen=True, gc=False):
    """What one event says of a matter. Parts are ordered by (time, id, source), which no two share."""

    at: float
    """Seconds since the Unix epoch."""
    id: str
    source: str

    def __lt__(self, other: "Part") -> bool:
        """By time, then id, then source."""
        return (self.at, self.id, self.source) < (other.at, other.id, other.source)


class Attempt(Part, frozen=True, gc=False):
    """The customer tried to reach us."""

    channel: Channel | None
    reason: str | None
    case_id: str | None


class Answer(Part, frozen=True, gc=False):
    """We answered."""

    channel: Channel | None
    by: str
    agent_id: str | None
    waited_s: float | None


class Miss(Part, frozen=True, gc=False):
    """We did not answer."""

    channel: Channel | None
    cause: str
    waited_s: float | None


class Pledge(Part, frozen=True, gc=False):
    """Something was promised."""

    due: float
    """Seconds since the Unix epoch."""
    what: str
    agent_id: str | None
    to: str | None


class Renegotiation(Part, frozen=True, gc=False):
    """Another due was agreed."""

    due: float


class Grievance(Part, frozen=True, gc=False):
    """The customer complained."""

    severity: float | None
    case_id: str | None


class _Matter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    _latest: ClassVar[tuple[str, ...]] = ()

    def merge(self, other: Self) -> Self:
        """The join of two rows of one matter."""
        changed: dict[str, Any] = {}
        for name in self.__struct_fields__:
            theirs = getattr(other, name)
            if theirs is None:
                continue
            mine = getattr(self, name)
            if mine is None or (theirs > mine if name in self._latest else theirs < mine):
                changed[name] = theirs
        return msgspec.structs.replace(self, **changed) if changed else self


@final
class Contact(_Matter, frozen=True, kw_only=True, gc=False):
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

    @property
    def unsettled(self) -> bool:
        """Whether what it says may depend on when one looks."""
        return self.open


@final
class Promise(_Matter, frozen=True, kw_only=True, gc=False):
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
    def unsettled(self) -> bool:
        """Whether what it says may depend on when one looks."""
        return self.kept is None and self.released is None and self.broken is None

    @property
    def due(self) -> float | None:
        """By when, in seconds since the Unix epoch; None while nothing says it was made."""
        if self.renegotiated is not None:
            return self.renegotiated.due
        return None if self.made is None else self.made.due


@final
class Complaint(_Matter, frozen=True, kw_only=True, gc=False):
    """A complaint and its settlement; where one was refused and another accepted, the latter holds."""

    raised: Grievance | None = None
    accepted: Part | None = None
    refused: Part | None = None

    @property
    def unsettled(self) -> bool:
        """Whether what it says may depend on when one looks: that of a complaint never does."""
        return False


Matter = Contact | Promise | Complaint
KINDS: tuple[type[Matter], ...] = (Contact, Promise, Complaint)


_Told = tuple[str, Matter]
"""A matter's id, and what one event says of it."""


def matter_of(event: Event, at: float | None = None) -> _Told | None:
    """The matter that an event belongs to, by its id, with what this one event says of it.

    `at` is the event's own, from who has worked it out already.
    """
    tell = _TELLERS.get(type(event.data))
    if tell is None:
        return None
    return tell(event.data, event.at if at is None else at, event.id, event.source)


def matter_key(event: Event) -> tuple[type[Matter], str] | None:
    """The kind and the id of the matter that an event belongs to: what `matter_of` says, for less work."""
    named = _NAMED.get(type(event.data))
    if named is None:
        return None
    kind, field, condition = named
    if condition is not None and not getattr(event.data, condition):
        return None
    return kind, getattr(event.data, field)


def _attempted(data: ContactAttempted, at: float, name: str, source: str) -> _Told:
    attempt = Attempt(at, name, source, data.channel, data.reason, data.case_id)
    return data.contact_id, Contact(attempted=attempt)


def _answered(data: ContactAnswered, at: float, name: str, source: str) -> _Told:
    answer = Answer(at, name, source, data.channel, data.by, data.agent_id, data.waited_s)
    return data.contact_id, Contact(answered=answer)


def _missed(data: ContactMissed, at: float, name: str, source: str) -> _Told:
    return data.contact_id, Contact(missed=Miss(at, name, source, data.channel, data.cause, data.waited_s))


def _returned(data: ContactReturned, at: float, name: str, source: str) -> _Told | None:
    return (data.contact_id, Contact(returned=Part(at, name, source))) if data.reached else None


def _made(data: PromiseMade, at: float, name: str, source: str) -> _Told:
    pledge = Pledge(at, name, source, data.due.timestamp(), data.what, data.agent_id, data.to)
    return data.promise_id, Promise(made=pledge)


def _renegotiated(data: PromiseRenegotiated, at: float, name: str, source: str) -> _Told | None:
    if not data.agreed:
        return None
    return data.promise_id, Promise(renegotiated=Renegotiation(at, name, source, data.due.timestamp()))


def _kept(data: PromiseKept, at: float, name: str, source: str) -> _Told:
    return data.promise_id, Promise(kept=Part(at, name, source))


def _released(data: PromiseReleased, at: float, name: str, source: str) -> _Told:
    return data.promise_id, Promise(released=Part(at, name, source))


def _broken(data: PromiseBroken, at: float, name: str, source: str) -> _Told:
    return data.promise_id, Promise(broken=Part(at, name, source))


def _raised(data: ComplaintRaised, at: float, name: str, source: str) -> _Told:
    return data.complaint_id, Complaint(raised=Grievance(at, name, source, data.severity, data.case_id))


def _settled(data: ComplaintSettled, at: float, name: str, source: str) -> _Told:
    end = Part(at, name, source)
    return data.complaint_id, Complaint(accepted=end) if data.accepted else Complaint(refused=end)


_TELLERS: Mapping[type, Callable[[Any, float, str, str], _Told | None]] = {
    ContactAttempted: _attempted,
    ContactAnswered: _answered,
    ContactMissed: _missed,
    ContactReturned: _returned,
    PromiseMade: _made,
    PromiseRenegotiated: _renegotiated,
    PromiseKept: _kept,
    PromiseReleased: _released,
    PromiseBroken: _broken,
    ComplaintRaised: _raised,
    ComplaintSettled: _settled,
}
"""What is told of a matter, by what happened. A table, because every event is looked up in it."""

_NAMED: Mapping[type, tuple[type[Matter], str, str | None]] = {
    ContactAttempted: (Contact, "contact_id", None),
    ContactAnswered: (Contact, "contact_id", None),
    ContactMissed: (Contact, "contact_id", None),
    ContactReturned: (Contact, "contact_id", "reached"),
    PromiseMade: (Promise, "promise_id", None),
    PromiseRenegotiated: (Promise, "promise_id", "agreed"),
    PromiseKept: (Promise, "promise_id", None),
    PromiseReleased: (Promise, "promise_id", None),
    PromiseBroken: (Promise, "promise_id", None),
    ComplaintRaised: (Complaint, "complaint_id", None),
    ComplaintSettled: (Complaint, "complaint_id", None),
}
"""The kind of a matter, the field that names it, and the field without which an event says nothing of it."""

TELLING: Mapping[type[Matter], tuple[type[Data], ...]] = {
    kind: tuple(data for data, (of, _, _) in _NAMED.items() if of is kind) for kind in KINDS
}
"""Data of the events that tell of a matter of each kind."""
