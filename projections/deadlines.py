"""What must have happened by a time, or else becomes a cause: «A happened, B did not, within T».

A deadline rests on A, and B voids it. Voiding saves work, and nothing rests on it: when a deadline has
passed, what happened is looked up again, so that the order in which A and B arrive changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from events import (
    ContactMissed,
    Data,
    Event,
    PromiseMade,
    PromiseRenegotiated,
    ServiceDisrupted,
    ServiceRestored,
)
from projections.causes import Cause, Traced
from projections.duration import Duration
from projections.fold import MatterKey
from projections.matters import Contact, Matter, Part, Promise
from projections.outcomes import channel_of
from projections.strategy import Strategy
from projections.trigger_rules import UnansweredTrigger

OF_EVENTS: tuple[type[Data], ...] = (ServiceDisrupted, ServiceRestored)
"""Data of events that set or void deadlines by themselves."""


class Deadline(msgspec.Struct, frozen=True):
    """What must have happened by a time; else it becomes a cause."""

    customer: str
    trigger: str
    matter_id: str
    due: datetime
    source: str
    event_id: str
    """With `source`, the event that it rests on."""
    traceparent: str | None = None


class Void(msgspec.Struct, frozen=True):
    """A deadline that is not to pass."""

    customer: str
    trigger: str
    matter_id: str
    until: datetime | None = None
    """One that is due later rests on something else, and stays."""


def deadlines_of(
    joined: Mapping[tuple[str, MatterKey], Matter], accepted: Iterable[Traced], strategy: Strategy
) -> tuple[list[Deadline], list[Void]]:
    """The deadlines to set, and those that are void, for the matters that some events touched."""
    traces: dict[tuple[str, str], str | None] | None = None
    wanted: list[Deadline] = []
    void: list[Void] = []
    for (customer, (_, matter_id)), matter in joined.items():
        if isinstance(matter, Contact) and matter.missed is None:
            continue
        dues = dict(dues_of(matter, strategy))
        for trigger in _triggers_of(matter, strategy):
            if trigger not in dues:
                void.append(Void(customer, trigger, matter_id))
                continue
            traces = _traces(accepted) if traces is None else traces
            due, part = dues[trigger]
            trace = traces.get((customer, matter_id))
            wanted.append(Deadline(customer, trigger, matter_id, due, part.source, part.id, trace))
    return wanted, void


def _triggers_of(matter: Matter, strategy: Strategy) -> Iterator[str]:
    names = ("promise_due", "promise_overdue") if isinstance(matter, Promise) else ()
    for name in ("unanswered",) if isinstance(matter, Contact) else names:
        if getattr(strategy.triggers, name) is not None:
            yield name


def _traces(accepted: Iterable[Traced]) -> dict[tuple[str, str], str | None]:
    traces: dict[tuple[str, str], str | None] = {}
    for event, trace in accepted:
        if isinstance(event.data, PromiseMade | PromiseRenegotiated):
            traces[event.subject, event.data.promise_id] = trace
        elif isinstance(event.data, ContactMissed):
            traces[event.subject, event.data.contact_id] = trace
    return traces


def dues_of(matter: Matter, strategy: Strategy) -> Iterator[tuple[str, tuple[datetime, Part]]]:
    """By when something must become of a matter, for each trigger that waits; and what that rests on."""
    triggers = strategy.triggers
    if isinstance(matter, Promise) and matter.made is not None:
        due = owed_by(matter)
        if due is None:
            return
        if triggers.promise_due is not None:
            warned = warned_by(matter, triggers.promise_due.before)
            if warned is not None:
                yield "promise_due", (warned, matter.made)
        if triggers.promise_overdue is not None:
            yield "promise_overdue", (due, matter.made)
    elif isinstance(matter, Contact) and matter.missed is not None and triggers.unanswered is not None:
        called_back_by = awaited_by(matter, triggers.unanswered, strategy)
        if matter.open and called_back_by is not None:
            yield "unanswered", (called_back_by, matter.missed)


def owed_by(promise: Promise) -> datetime | None:
    """By when something is owed to the customer; None where nothing is, or where it was made to an agent."""
    if not promise.open or promise.due is None or promise.made is None or promise.made.to == "agent":
        return None
    return datetime.fromtimestamp(promise.due, UTC)


def warned_by(promise: Promise, before: Duration) -> datetime | None:
    """When to say that a promise is about to be due; None where it was due as soon as it was made.

    Somebody who promises something for the same hour needs no warning in that minute: one that is given for a
    short time is warned of when half of it is over.
    """
    said = promise.made if promise.renegotiated is None else promise.renegotiated
    if said is None or said.due <= said.at:
        return None
    return datetime.fromtimestamp(max(said.due - before, (said.at + said.due) / 2), UTC)


def awaited_by(contact: Contact, rule: UnansweredTrigger, strategy: Strategy) -> datetime | None:
    """When a customer has waited long enough since they were missed, or for want of that since they tried.

    None where the channel never opens.
    """
    since, within = (
        (contact.attempted, rule.patience) if contact.missed is None else (contact.missed, rule.within)
    )
    if since is None:
        return None
    found = strategy.clock[channel_of(contact)].after(since.at, within)
    return None if found is None else datetime.fromtimestamp(found, UTC)


def causes_of_waiting(
    waiting: Iterable[tuple[str, str, Contact]], strategy: Strategy, since: datetime, now: datetime
) -> list[Cause]:
    """The causes of attempts, by customer and id, that have been left without any word for too long, after an
    instant and by another.

    They have no deadlines: most attempts are answered, and each deadline would have to be voided.
    """
    rule = strategy.triggers.unanswered
    if rule is None:
        return []
    found = []
    for customer, contact_id, contact in waiting:
        tried = contact.attempted
        if contact.missed is not None or tried is None or not contact.open:
            continue
        due = awaited_by(contact, rule, strategy)
        if due is not None and since < due <= now:
            deadline = Deadline(customer, "unanswered", contact_id, due, tried.source, tried.id)
            found.append(cause_of_passing(deadline))
    return found


def deadlines_of_events(accepted: Iterable[Traced], strategy: Strategy) -> tuple[list[Deadline], list[Void]]:
    """The deadlines to set, and those that are void, for disruptions and their ends."""
    trigger = strategy.triggers.disrupted
    if trigger is None:
        return [], []
    within = timedelta(seconds=trigger.within)
    first: dict[tuple[str, str], tuple[Event, str | None]] = {}
    void = []
    for event, trace in accepted:
        data = event.data
        if isinstance(data, ServiceDisrupted):
            key = (event.subject, data.incident_id)
            if key not in first or event.order < first[key][0].order:
                first[key] = (event, trace)
        elif isinstance(data, ServiceRestored):
            # A disruption that began after this end is another one.
            void.append(Void(event.subject, "disrupted", data.incident_id, event.time + within))
    wanted = [
        Deadline(customer, "disrupted", incident_id, event.time + within, event.source, event.id, trace)
        for (customer, incident_id), (event, trace) in first.items()
    ]
    return wanted, void


def cause_of_passing(deadline: Deadline) -> Cause:
    """The cause that a deadline becomes when it passes.

    Its episode names the due: another due that was agreed on is another episode.
    """
    return Cause(
        deadline.customer,
        deadline.trigger,
        f"{deadline.matter_id}@{_spelled(deadline.due)}",
        deadline.due,
        deadline.source,
        deadline.event_id,
        deadline.traceparent,
    )


def matter_of_passing(cause: Cause) -> str:
    """The matter that a deadline was about which became a cause."""
    return cause.episode.rpartition("@")[0]


def _spelled(due: datetime) -> str:
    return due.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
