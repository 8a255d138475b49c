"""A promise that is owed."""

from datetime import UTC, datetime

import msgspec

from events import PromiseKept, PromiseMade, PromiseRenegotiated
from projections.causes import Cause
from projections.matters import Promise
from projections.trigger_rules import PromiseOverdueTrigger
from projections.triggers.decision import Decision, Known, due_of, fact_of, stale_of, subjects_of, too_old


def promise_overdue(cause: Cause, trigger: PromiseOverdueTrigger, known: Known, now: datetime) -> Decision:
    matter_id = cause.episode.rpartition("@")[0]
    promise = known.state.of(cause.customer).matters.get((Promise, matter_id))
    if not isinstance(promise, Promise) or not promise.open or promise.made is None:
        return None
    if promise.due is None or promise.due > now.timestamp():
        return None
    history = [event for event in known.events if event.subject == cause.customer]
    made = next(
        event
        for event in history
        if isinstance(event.data, PromiseMade)
        and event.data.promise_id == matter_id
        and (event.id, event.source) == (promise.made.id, promise.made.source)
    )
    why = fact_of(
        "promise_overdue",
        made,
        what=promise.made.what,
        due=datetime.fromtimestamp(promise.due, UTC),
        agent_id=promise.made.agent_id,
    )
    if too_old(cause, trigger.freshness, now):
        return stale_of(cause, cause.episode, why, trigger)
    facts = [
        fact_of("promise_renegotiated", event, due=event.data.due)
        for event in history
        if isinstance(event.data, PromiseRenegotiated) and event.data.promise_id == matter_id
    ]
    kept = [event for event in known.events if isinstance(event.data, PromiseKept)]
    if kept:
        latest = max(kept, key=lambda event: event.order)
        facts.append(fact_of("promises_kept", latest, count=len(kept)))
        history.append(latest)
    due = due_of(cause, cause.episode, why, facts, trigger, subjects_of(cause.customer, history))
    return msgspec.structs.replace(due, matter_id=matter_id)
