"""A promise that is owed: about to be due, or overdue."""

from collections.abc import Iterator
from datetime import UTC, datetime

from events import Event, PromiseKept, PromiseMade, PromiseRenegotiated
from projections.causes import Cause
from projections.deadlines import matter_of_passing, owed_by, warned_by
from projections.matters import Pledge, Promise
from projections.trigger_rules import PromiseDueTrigger, PromiseOverdueTrigger
from projections.triggers.decision import Decision, Fact, decided, fact_of, subjects_of
from projections.triggers.known import Known


def promise_due(cause: Cause, trigger: PromiseDueTrigger, known: Known, now: datetime) -> Decision:
    """It is still open shortly before its due: there is time to keep it, or to agree on another."""
    promise = _promise(cause, known)
    due = None if promise is None else owed_by(promise)
    if promise is None or due is None or due <= now:
        return None
    warned = warned_by(promise, trigger.before)
    if warned is None or warned > now:
        return None
    return _decided("promise_due", cause, promise, due, trigger, known, now)


def promise_overdue(cause: Cause, trigger: PromiseOverdueTrigger, known: Known, now: datetime) -> Decision:
    """It is past its due, and still open."""
    promise = _promise(cause, known)
    due = None if promise is None else owed_by(promise)
    if promise is None or due is None or due > now:
        return None
    return _decided("promise_overdue", cause, promise, due, trigger, known, now)


def _promise(cause: Cause, known: Known) -> Promise | None:
    return known.matter(Promise, matter_of_passing(cause), cause.customer)


def _decided(
    template: str,
    cause: Cause,
    promise: Promise,
    due: datetime,
    trigger: PromiseDueTrigger | PromiseOverdueTrigger,
    known: Known,
    now: datetime,
) -> Decision:
    matter_id, pledge = matter_of_passing(cause), promise.made
    assert pledge is not None  # noqa: S101 - it is owed
    made = _made(known, cause.customer, matter_id, pledge)
    assert isinstance(made.data, PromiseMade)  # noqa: S101 - it was found by that
    facts, rests_on = _facts(cause.customer, matter_id, known)
    return decided(
        cause,
        cause.episode,
        fact_of(template, made, what=pledge.what, due=due, agent_id=pledge.agent_id),
        trigger,
        now,
        facts=facts,
        subjects=subjects_of(cause.customer, rests_on),
        matter_id=matter_id,
        agent_id=pledge.agent_id,
        case_id=made.data.case_id,
    )


def _made(known: Known, customer: str, promise_id: str, pledge: Pledge) -> Event:
    return next(
        event
        for event, data in known.pairs(PromiseMade)
        if (event.subject, data.promise_id, event.id, event.source)
        == (customer, promise_id, pledge.id, pledge.source)
    )


def _facts(customer: str, promise_id: str, known: Known) -> tuple[list[Fact], list[Event]]:
    """What else is worth knowing, and the events of others that it rests on."""
    facts = list(_renegotiated(customer, promise_id, known))
    kept = known.of(PromiseKept)
    if not kept:
        return facts, []
    return [*facts, fact_of("promises_kept", kept[-1], count=len(kept))], kept[-1:]


def _renegotiated(customer: str, promise_id: str, known: Known) -> Iterator[Fact]:
    for event, data in known.pairs(PromiseRenegotiated):
        if event.subject == customer and data.promise_id == promise_id and data.agreed:
            yield fact_of("promise_renegotiated", event, due=data.due.astimezone(UTC))
