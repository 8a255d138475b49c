"""A disruption that a customer has not heard of from us."""

from datetime import datetime, timedelta

import msgspec

from events import CustomerInformed, Event, ServiceDisrupted, ServiceRestored
from projections.causes import Cause
from projections.deadlines import matter_of_passing
from projections.trigger_rules import DisruptedTrigger
from projections.triggers.decision import Decision, decided, fact_of
from projections.triggers.known import Known


def disrupted(cause: Cause, trigger: DisruptedTrigger, known: Known, now: datetime) -> Decision:
    """It touched the customer, nobody has informed them in time, and it was not over by then.

    What is about a disruption names its incident; or, once it has begun, says what it is in the same words.
    """
    incident_id = matter_of_passing(cause)
    began = [
        (event, data) for event, data in known.pairs(ServiceDisrupted) if data.incident_id == incident_id
    ]
    if not began:
        return None
    first, data = began[0]
    due = first.time + timedelta(seconds=trigger.within)
    if due > now:
        return None
    if any(_is_over(event, incident_id, first, due) for event in known.of(ServiceRestored)):
        return None
    if any(_tells(event, incident_id, first, data.what) for event in known.of(CustomerInformed)):
        return None
    return decided(
        msgspec.structs.replace(cause, at=due, customer=first.subject),
        incident_id,
        fact_of("disrupted", first, since=first.time),
        trigger,
        now,
        facts=[] if data.what is None else [fact_of("disrupted_what", first, what=data.what)],
        same=(incident_id,),
        matter_id=incident_id,
    )


def _is_over(event: Event, incident_id: str, began: Event, due: datetime) -> bool:
    data = event.data
    return (
        isinstance(data, ServiceRestored)
        and data.incident_id == incident_id
        and began.time <= event.time <= due
    )


def _tells(event: Event, incident_id: str, began: Event, what: str | None) -> bool:
    data = event.data
    if not isinstance(data, CustomerInformed):
        return False
    if data.about == incident_id:
        return True
    same = what is not None and data.about.strip().casefold() == what.strip().casefold()
    return same and event.time >= began.time
