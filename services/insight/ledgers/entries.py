"""From what is known to the lines of ledgers. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from events import Event, RecognitionOverlooked, RecognitionRemembered
from projections import tellings as told
from projections.corrections import standing
from projections.explanation import promise_state
from projections.fold import fold_person
from projections.matters import Contact, Promise
from projections.strategy import Strategy
from projections.waiting import Waiting, waiting
from services.insight.histories import History
from services.insight.ledgers.answers import (
    Awaiting,
    Pledged,
    Recognised,
    RecognitionLedger,
    Retelling,
    Tellings,
    Thread,
    ToldAgain,
    Waits,
)
from services.runtime.rows import instant


def pledged(customer: str, promise_id: str, promise: Promise, at: datetime) -> Pledged:
    """A promise as it stands at an instant."""
    made, changed = promise.made, promise.renegotiated
    ends = [part.at for part in (promise.kept, promise.released, promise.broken) if part is not None]
    return Pledged(
        customer=customer,
        promise_id=promise_id,
        state=promise_state(promise, at.timestamp()),
        what=None if made is None else made.what,
        due=None if promise.due is None else instant(promise.due),
        first_due=None if made is None else instant(made.due),
        made_at=None if made is None else instant(made.at),
        renegotiated_at=None if changed is None else instant(changed.at),
        ended_at=instant(min(ends)) if ends else None,
        to="customer" if made is None else made.to or "customer",
    )


def tellings_of(history: History) -> Tellings:
    """What a customer told more than once until the instant of a history."""
    return Tellings(
        customer=history.customer,
        canonical=history.person.canonical,
        aliases=history.person.aliases,
        taken_at=history.at,
        threads=[_thread(thread) for thread in told.tellings(history.events)],
    )


def _thread(thread: told.Thread) -> Thread:
    return Thread(
        case_id=thread.case_id,
        reason=thread.reason,
        tellings=thread.tellings,
        suspected=thread.suspected,
        first_at=thread.first_at,
        last_at=thread.again[-1].event.time,
        again=[
            Retelling(
                at=one.event.time,
                subject=one.event.subject,
                contact_id=_contact_id(one.event),
                suspected=one.suspected,
                source=one.event.source,
                id=one.event.id,
            )
            for one in thread.again
        ],
    )


def _contact_id(event: Event) -> str:
    contact_id: str = event.data.contact_id  # type: ignore[union-attr]
    return contact_id


def told_again(canonical: str, events: Iterable[Event]) -> dict[tuple[str, bytes], ToldAgain]:
    """Each time that a person told something again, by the event that says so."""
    found = {}
    for thread in told.tellings(events):
        published = 1
        for one in thread.again:
            published += not one.suspected
            found[one.event.subject, one.event.identity] = ToldAgain(
                customer=canonical,
                case_id=thread.case_id,
                reason=thread.reason,
                telling=published + one.suspected,
                suspected=one.suspected,
                at=one.event.time,
                contact_id=_contact_id(one.event),
            )
    return found


def waits_of(history: History, strategy: Strategy) -> Waits:
    """Which contacts of a customer wait at the instant of a history."""
    contacts = (
        (subject, name, matter)
        for subject, state in fold_person(history.events, strategy).by_subject.items()
        for (_, name), matter in state.matters.items()
        if isinstance(matter, Contact)
    )
    return Waits(
        customer=history.customer,
        canonical=history.person.canonical,
        aliases=history.person.aliases,
        taken_at=history.at,
        contacts=[awaiting(one) for one in waiting(contacts, strategy, history.at.timestamp())],
    )


def awaiting(one: Waiting) -> Awaiting:
    """A contact that waits, as it is answered."""
    return Awaiting(
        customer=one.subject,
        contact_id=one.contact_id,
        channel=one.channel,
        reason=one.reason,
        case_id=one.case_id,
        since=instant(one.since),
        waited_s=one.waited,
        expected_s=one.expected,
        missed=one.missed,
        given_up=one.given_up,
    )


def recognition_of(history: History) -> RecognitionLedger:
    """How a customer was recognised until the instant of a history."""
    times = [one for event in standing(history.events) if (one := recognised(event)) is not None]
    kinds = Counter(one.kind for one in times)
    return RecognitionLedger(
        customer=history.customer,
        canonical=history.person.canonical,
        aliases=history.person.aliases,
        taken_at=history.at,
        remembered=kinds["remembered"],
        overlooked=kinds["overlooked"],
        overlooked_how=dict(Counter(one.what for one in times if one.kind == "overlooked").most_common()),
        times=times[::-1],
    )


def recognised(event: Event) -> Recognised | None:
    """What an event says of recognition; None where it is of something else."""
    match event.data:
        case RecognitionRemembered(what=what):
            kind, said = "remembered", what
        case RecognitionOverlooked(how=how):
            kind, said = "overlooked", how
        case _:
            return None
    return Recognised(
        customer=event.subject,
        kind=kind,  # type: ignore[arg-type]
        what=said,
        at=event.time,
        source=event.source,
        id=event.id,
    )
