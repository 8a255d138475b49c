"""A complaint that wants an answer, or got one that the customer does not accept."""

from collections.abc import Iterator
from datetime import datetime

from events import ComplaintRaised, ComplaintSettled, Event
from projections.causes import Cause
from projections.matters import Complaint
from projections.trigger_rules import ComplaintRaisedTrigger, ComplaintRefusedTrigger, TriggerRule
from projections.triggers.decision import Decision, Fact, decided, fact_of, subjects_of
from projections.triggers.known import Known


def complaint_raised(cause: Cause, trigger: ComplaintRaisedTrigger, known: Known, now: datetime) -> Decision:
    """It was raised, and is not settled."""
    raised = known.named(cause)
    if raised is None or not isinstance(raised.data, ComplaintRaised):
        return None
    complaint_id = raised.data.complaint_id
    complaint = known.matter(Complaint, complaint_id)
    if complaint is None or complaint.accepted is not None or complaint.refused is not None:
        return None
    return _decided("complaint_raised", cause, complaint_id, raised, trigger, known, now)


def complaint_refused(
    cause: Cause, trigger: ComplaintRefusedTrigger, known: Known, now: datetime
) -> Decision:
    """We hold it settled, and the customer does not accept that."""
    settled = known.named(cause)
    if settled is None or not isinstance(settled.data, ComplaintSettled):
        return None
    complaint_id = settled.data.complaint_id
    complaint = known.matter(Complaint, complaint_id)
    if complaint is None or complaint.accepted is not None or complaint.refused is None:
        return None
    return _decided("complaint_refused", cause, complaint_id, settled, trigger, known, now)


def _decided(
    template: str,
    cause: Cause,
    complaint_id: str,
    event: Event,
    trigger: TriggerRule,
    known: Known,
    now: datetime,
) -> Decision:
    raised = [one for one in known.pairs(ComplaintRaised) if one[1].complaint_id == complaint_id]
    return decided(
        cause,
        complaint_id,
        fact_of(template, event),
        trigger,
        now,
        facts=_facts(raised, event),
        subjects=subjects_of(cause.customer, (one for one, _ in raised)),
        # The same complaint, whoever of the person's ids it was told of under.
        same=(complaint_id,),
        matter_id=complaint_id,
        case_id=next((data.case_id for _, data in raised if data.case_id is not None), None),
    )


def _facts(raised: list[tuple[Event, ComplaintRaised]], event: Event) -> Iterator[Fact]:
    for one, data in raised:
        if one is not event:
            yield fact_of("complaint_raised", one)
        if data.severity is not None:
            yield fact_of("complaint_severity", one, severity=round(data.severity))
