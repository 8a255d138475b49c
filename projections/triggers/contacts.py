"""Contacts: nobody answered and nobody called back; or somebody contacts us for the first time."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactReturned,
    Event,
    OutreachMade,
)
from projections.causes import FIRST, Cause
from projections.deadlines import awaited_by, matter_of_passing
from projections.matters import Contact
from projections.outcomes import channel_of
from projections.trigger_rules import FirstContactTrigger, UnansweredTrigger
from projections.triggers.decision import Decision, decided, fact_of, subjects_of, too_old
from projections.triggers.known import Known


def unanswered(cause: Cause, trigger: UnansweredTrigger, known: Known, now: datetime) -> Decision:
    """Somebody could not reach us, or has been left without an answer, for too many open hours.

    What we hold closed nobody waits for. Who has spoken with one of us since, on whatever way, or whom one of
    us has reached out to, has been heard.
    """
    contact_id = matter_of_passing(cause)
    contact = known.matter(Contact, contact_id)
    due = None if contact is None or not contact.open else awaited_by(contact, trigger, known.strategy)
    since = None if contact is None else contact.missed or contact.attempted
    if contact is None or since is None or due is None or due > now:
        return None
    missed = next(
        event
        for event in known.of(ContactMissed, ContactAttempted)
        if (_contact_id(event), event.id, event.source) == (contact_id, since.id, since.source)
    )
    if any(_hears(event) and event.order > missed.order for event in known.events):
        return None
    if contact.missed is None and any(
        data.contact_id == contact_id for _, data in known.pairs(ContactClosed)
    ):
        return None
    others = [(event, channel_of(other)) for event, other in _missed_too(known, now) if event is not missed]
    said = contact.attempted
    reason = (said and said.reason) or getattr(missed.data, "reason", None)
    facts = [fact_of("their_reason", missed, reason=reason)] if reason else []
    facts += [fact_of("unanswered_too", event, channel=channel) for event, channel in others]
    return decided(
        msgspec.structs.replace(cause, at=due, customer=missed.subject),
        contact_id,
        fact_of("unanswered", missed, channel=channel_of(contact)),
        trigger,
        now,
        facts=facts,
        subjects=subjects_of(missed.subject, (event for event, _ in others)),
        same=(contact_id,),
        matter_id=contact_id,
        case_id=(said and said.case_id) or getattr(missed.data, "case_id", None),
        contact_id=contact_id,
    )


def _hears(event: Event) -> bool:
    data = event.data
    if type(data) is ContactAnswered:
        return data.by == "human"
    if type(data) is ContactReturned:
        return data.reached
    return type(data) is OutreachMade


def _missed_too(known: Known, now: datetime) -> Iterator[tuple[Event, Contact]]:
    """The misses of contacts that are still open, each contact by its first."""
    seen = set()
    for event, data in known.pairs(ContactMissed):
        contact = known.matter(Contact, data.contact_id)
        if contact is not None and contact.open and event.time <= now and data.contact_id not in seen:
            seen.add(data.contact_id)
            yield event, contact


def first_contact(cause: Cause, trigger: FirstContactTrigger, known: Known, now: datetime) -> Decision:
    """It is the first contact ever, under whatever id.

    Who turns out to have contacted us long before is no newcomer; news of that may come after the cause, as
    may news of a first contact that was a little earlier.
    """
    contacts = known.of(*FIRST)
    # Whom we called and did not reach has not been in contact with us.
    reached = (
        event
        for event in contacts
        if type(event.data) is not ContactReturned or known.matter(Contact, _contact_id(event))
    )
    first = next(reached, None)
    if first is None:
        return None
    contact_id = _contact_id(first)
    of_first = [first, *(event for event in reached if _contact_id(event) == contact_id)]
    is_of_first = known.named(cause) in of_first
    cause = msgspec.structs.replace(cause, at=first.time, customer=first.subject)
    if too_old(cause, trigger.freshness, now) and not is_of_first:
        return None
    contact = known.matter(Contact, contact_id) or Contact()
    reason = next((said for event in of_first if (said := getattr(event.data, "reason", None))), None)
    return decided(
        cause,
        "first",
        fact_of("first_contact", first, channel=channel_of(contact)),
        trigger,
        now,
        facts=[fact_of("their_reason", first, reason=reason)] if reason else [],
        same=("first",),
        matter_id=contact_id,
        case_id=next((case for event in of_first if (case := getattr(event.data, "case_id", None))), None),
        contact_id=contact_id,
    )


def _contact_id(event: Event) -> str:
    contact_id: str = event.data.contact_id  # type: ignore[union-attr]
    return contact_id
