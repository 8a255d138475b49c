"""What accepted events may be a reason for: causes for outreach, and deadlines for the clock. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from events import ContactRetold, PromiseMade, PromiseRenegotiated
from projections.fold import MatterKey
from projections.matters import Matter, Promise
from projections.strategy import Band, Strategy
from services.projector.batch import Received
from services.runtime.rows import instant


class Cause(msgspec.Struct, frozen=True):
    """Why a prompt may be due. Its key (customer, trigger, episode) follows from the events alone."""

    customer: str
    trigger: str
    episode: str
    at: datetime
    source: str
    event_id: str
    traceparent: str | None


class Deadline(msgspec.Struct, frozen=True):
    """What must have happened by a time; else it becomes a cause."""

    customer: str
    trigger: str
    matter_id: str
    due: datetime
    traceparent: str | None


def causes_of_events(accepted: Iterable[Received], strategy: Strategy) -> list[Cause]:
    """A cause for every accepted event that a trigger names."""
    if strategy.triggers.retold is None:
        return []
    return [
        _cause(received, "retold", received.event.identity.hex())
        for received in accepted
        if isinstance(received.event.data, ContactRetold)
    ]


def causes_of_bands(
    bands: Mapping[str, tuple[Band | None, Band]], accepted: Iterable[Received], strategy: Strategy
) -> list[Cause]:
    """A cause for every customer whose band came down to one that the trigger names.

    The batch only suggests it: whether fresh events brought the band down is for outreach to find out.
    """
    trigger = strategy.triggers.band_fallen
    if trigger is None:
        return []
    newest: dict[str, Received] = {}
    for received in accepted:
        was, band = bands[received.event.subject]
        if band in trigger.bands and was not in trigger.bands:
            known = newest.get(received.event.subject)
            if known is None or received.event.order > known.event.order:
                newest[received.event.subject] = received
    return [_cause(received, "band_fallen", received.event.identity.hex()) for received in newest.values()]


def deadlines_of(
    joined: Mapping[tuple[str, MatterKey], Matter], accepted: Iterable[Received], strategy: Strategy
) -> tuple[list[Deadline], list[tuple[str, str, str]]]:
    """The deadlines to set, and those that are void, for the promises that a batch touched."""
    if strategy.triggers.promise_overdue is None:
        return [], []
    traces = {
        (received.event.subject, received.event.data.promise_id): received.record.traceparent
        for received in accepted
        if isinstance(received.event.data, PromiseMade | PromiseRenegotiated)
    }
    wanted: list[Deadline] = []
    void: list[tuple[str, str, str]] = []
    for (customer, (_, matter_id)), matter in joined.items():
        if not isinstance(matter, Promise):
            continue
        if matter.open and matter.due is not None and matter.made is not None and matter.made.to != "agent":
            trace = traces.get((customer, matter_id))
            wanted.append(Deadline(customer, "promise_overdue", matter_id, instant(matter.due), trace))
        else:
            void.append((customer, "promise_overdue", matter_id))
    return wanted, void


def _cause(received: Received, trigger: str, episode: str) -> Cause:
    event = received.event
    return Cause(
        event.subject, trigger, episode, event.time, event.source, event.id, received.record.traceparent
    )
