"""What events may be a reason for: causes to decide on now, and deadlines for what must happen in time."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from events import ContactRetold, Event, OutreachReacted, PromiseMade, PromiseRenegotiated
from projections.bands import Band
from projections.fold import MatterKey
from projections.matters import Matter, Promise
from projections.strategy import Strategy

Traced = tuple[Event, str | None]
"""An event, and the trace that it belongs to (W3C Trace Context) if it has one."""


REACTED = "reacted"
"""What a cause names that prompts nobody: how an outreach was taken is kept with its prompt."""


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


def causes_of_events(accepted: Iterable[Traced], strategy: Strategy) -> list[Cause]:
    """A cause for every accepted event that a trigger names."""
    if strategy.triggers.retold is None:
        return []
    return [
        _cause(event, "retold", trace) for event, trace in accepted if isinstance(event.data, ContactRetold)
    ]


def causes_of_reactions(accepted: Iterable[Traced]) -> list[Cause]:
    """A cause for every accepted event that tells how an outreach was taken."""
    return [
        _cause(event, REACTED, trace) for event, trace in accepted if isinstance(event.data, OutreachReacted)
    ]


def causes_of_bands(
    bands: Mapping[str, tuple[Band | None, Band]], accepted: Iterable[Traced], strategy: Strategy
) -> list[Cause]:
    """A cause for every customer whose band came down to one that the trigger names.

    The batch only suggests it: whether fresh events brought the band down is for the trigger to find out.
    """
    trigger = strategy.triggers.band_fallen
    if trigger is None:
        return []
    newest: dict[str, Traced] = {}
    for event, trace in accepted:
        was, band = bands[event.subject]
        if band in trigger.bands and was not in trigger.bands:
            known = newest.get(event.subject)
            if known is None or event.order > known[0].order:
                newest[event.subject] = (event, trace)
    return [_cause(event, "band_fallen", trace) for event, trace in newest.values()]


def deadlines_of(
    joined: Mapping[tuple[str, MatterKey], Matter], accepted: Iterable[Traced], strategy: Strategy
) -> tuple[list[Deadline], list[tuple[str, str, str]]]:
    """The deadlines to set, and those that are void, for the promises that some events touched."""
    if strategy.triggers.promise_overdue is None:
        return [], []
    traces = {
        (event.subject, event.data.promise_id): trace
        for event, trace in accepted
        if isinstance(event.data, PromiseMade | PromiseRenegotiated)
    }
    wanted: list[Deadline] = []
    void: list[tuple[str, str, str]] = []
    for (customer, (_, matter_id)), matter in joined.items():
        if not isinstance(matter, Promise):
            continue
        due = owed_by(matter)
        if due is None:
            void.append((customer, "promise_overdue", matter_id))
        else:
            trace = traces.get((customer, matter_id))
            wanted.append(Deadline(customer, "promise_overdue", matter_id, due, trace))
    return wanted, void


def owed_by(promise: Promise) -> datetime | None:
    """By when something is owed to the customer; None where nothing is, or where it was made to an agent."""
    if not promise.open or promise.due is None or promise.made is None or promise.made.to == "agent":
        return None
    return datetime.fromtimestamp(promise.due, UTC)


def cause_of_passing(deadline: Deadline, promise: Promise) -> Cause:
    """The cause that a deadline becomes when it passes.

    Its episode names the due: another due that was agreed on is another episode.
    """
    assert promise.made is not None  # noqa: S101 - nothing else has a deadline
    return Cause(
        deadline.customer,
        deadline.trigger,
        f"{deadline.matter_id}@{_spelled(deadline.due)}",
        deadline.due,
        promise.made.source,
        promise.made.id,
        deadline.traceparent,
    )


def _spelled(due: datetime) -> str:
    return due.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _cause(event: Event, trigger: str, trace: str | None) -> Cause:
    return Cause(event.subject, trigger, event.identity.hex(), event.time, event.source, event.id, trace)
