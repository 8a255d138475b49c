"""Corrections: what of a history counts for nothing, because it was taken back or is contested.

Both hold whatever the order of arrival, and both leave the record as it is: only the effect is set aside.
"""

from collections.abc import Iterable, Iterator, Set

import msgspec

from events import (
    TYPES,
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    EventRetracted,
    RecordContested,
)
from projections.kinds import of_kinds

CORRECTIONS = (EventRetracted, RecordContested)
"""Data of events that set others aside."""

_RECORD = (CustomerErased, CustomerLinked, CustomerUnlinked, *CORRECTIONS)
_MATTER_IDS = ("contact_id", "promise_id", "complaint_id")
_NAMING: dict[type, tuple[str, ...]] = {
    cls: tuple(field for field in _MATTER_IDS if field in cls.__struct_fields__) for cls in TYPES.values()
}
"""By which fields data of each class name a matter."""


class Corrections(msgspec.Struct, frozen=True):
    """What corrections set aside of each subject's own events; make one with `corrections`."""

    retracted: dict[tuple[str, str, str], Event]
    """The first retraction of each (subject, source, id) that was taken back."""
    contested: dict[tuple[str, str], Event]
    """The first standing contest of each (subject, name)."""

    def retraction_of(self, event: Event) -> Event | None:
        """What took an event back, if anything did. A retraction is final: nothing takes it back."""
        if isinstance(event.data, EventRetracted):
            return None
        return self.retracted.get((event.subject, event.source, event.id)) if self.retracted else None

    def contest_of(self, event: Event) -> Event | None:
        """The first of the standing contests that name an event, if any does."""
        if not self.contested:
            return None
        found = None
        for name in names(event):
            contest = self.contested.get((event.subject, name))
            if contest is not None and (found is None or contest.order < found.order):
                found = contest
        return found

    def sets_aside(self, event: Event) -> bool:
        """Whether an event counts for nothing."""
        if self.retracted and self.retraction_of(event) is not None:
            return True
        contested = self.contested
        if not contested:
            return False
        data, subject = event.data, event.subject
        if isinstance(data, _RECORD):
            return False
        if (subject, event.id) in contested:
            return True
        for field in _NAMING.get(type(data), ()):  # noqa: SIM110 - asked for every event
            if (subject, getattr(data, field)) in contested:
                return True
        return False


def names(event: Event) -> set[str]:
    """By which names a customer may contest an event: its id, and those of its contact, promise, complaint.

    None for events of the record itself: who is whom, what was taken back, contested or erased.
    """
    if isinstance(event.data, _RECORD):
        return set()
    of_matters = [getattr(event.data, field) for field in _NAMING.get(type(event.data), ())]
    return {event.id, *(name for name in of_matters if name is not None)}


def corrections(events: Iterable[Event]) -> Corrections:
    """The corrections among some events; each is of its own subject's events only.

    A retraction is final: what was right after all is published anew, under another id. A contest stands
    until it is itself taken back.
    """
    retracted: dict[tuple[str, str, str], Event] = {}
    contests: list[Event] = []
    for event in events:
        match event.data:
            case EventRetracted() as data:
                name = (event.subject, data.source, data.id)
                first = retracted.setdefault(name, event)
                if event.order < first.order:
                    retracted[name] = event
            case RecordContested():
                contests.append(event)
    contested: dict[tuple[str, str], Event] = {}
    for event in sorted(contests, key=lambda one: one.order):
        taken_back = (event.subject, event.source, event.id) in retracted
        if isinstance(event.data, RecordContested) and not taken_back:
            contested.setdefault((event.subject, event.data.about), event)
    return Corrections(retracted, contested)


def standing(events: Iterable[Event]) -> list[Event]:
    """The events that no correction among them sets aside, in the order given."""
    known = list(events)
    correcting = list(of_kinds(known, *CORRECTIONS))
    if not correcting:
        return known
    found = corrections(correcting)
    named = {name for _, _, name in found.retracted} | {name for _, name in found.contested}
    # Few are named by any correction, and most are done with at that.
    gone = {id(event) for event in _named(known, named) if found.sets_aside(event)}
    return [event for event in known if id(event) not in gone] if gone else known


def _named(events: Iterable[Event], names: Set[str]) -> Iterator[Event]:
    """The events that have one of some names: their own, or that of their matter."""
    for event in events:
        if event.id in names:
            yield event
            continue
        data = event.data
        for field in _NAMING.get(type(data), ()):
            if getattr(data, field) in names:
                yield event
                break
