"""Random lives, made quickly and the same at every run: for properties of ten thousand, and for benches."""

# ruff: noqa: ARG005 - whatever may have been said is made in one way, and not all of it needs a name or a draw

from collections.abc import Callable
from datetime import timedelta
from random import Random

from events import (
    Channel,
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    CustomerInformed,
    Data,
    Event,
    EventRetracted,
    ExchangePurchased,
    FeedbackGiven,
    FrictionMet,
    PraiseGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
    RecognitionGreeted,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecordContested,
    make,
)
from tests.unit.histories import SPAN, START

_CHANNELS: tuple[Channel, ...] = ("phone", "email", "chat", "form", "store", "social", "post", "other")

_SAID: tuple[Callable[[Random, str], Data], ...] = (
    lambda draw, name: ContactAttempted(contact_id=name, channel=draw.choice(_CHANNELS), reason="the bill"),
    lambda draw, name: ContactAnswered(
        contact_id=name, by="human", waited_s=draw.choice([None, 0.0, 90.0, 1e6])
    ),
    lambda draw, name: ContactMissed(
        contact_id=name, cause="rang_out", waited_s=draw.choice([None, 45.0, 1e12])
    ),
    lambda draw, name: ContactReturned(contact_id=name, reached=draw.random() < 0.8),
    lambda draw, name: ContactRetold(contact_id=name, reason="the bill"),
    lambda draw, name: ContactTransferred(contact_id=name),
    lambda draw, name: ContactClosed(contact_id=name, resolved=draw.random() < 0.8),
    lambda draw, name: PromiseMade(
        promise_id=name,
        what="call",
        due=START + draw.random() * SPAN,
        to=draw.choice([None, "customer", "agent"]),
    ),
    lambda draw, name: PromiseKept(promise_id=name),
    lambda draw, name: PromiseBroken(promise_id=name),
    lambda draw, name: PromiseReleased(promise_id=name),
    lambda draw, name: PromiseRenegotiated(
        promise_id=name, due=START + draw.random() * SPAN, agreed=draw.random() < 0.8
    ),
    lambda draw, name: ComplaintRaised(complaint_id=name),
    lambda draw, name: ComplaintSettled(complaint_id=name, accepted=draw.random() < 0.5),
    lambda draw, name: RecognitionGreeted(),
    lambda draw, name: RecognitionRemembered(what="the dog"),
    lambda draw, name: RecognitionOverlooked(how=draw.choice(["cold", "misnamed", "treated_as_new"])),
    lambda draw, name: FrictionMet(what="dead_page"),
    lambda draw, name: CustomerInformed(about="works", before_asked=draw.random() < 0.5),
    lambda draw, name: FeedbackGiven(score=draw.randint(0, 100)),
    lambda draw, name: PraiseGiven(),
    lambda draw, name: ExchangePurchased(amount=10.0),
)

_CORRECTING: tuple[Callable[[Random, str], Data], ...] = (
    lambda draw, name: EventRetracted(source="life", id=name),
    lambda draw, name: RecordContested(about=name),
)


def life(draw: Random, events: int, *, matters: int = 4, corrected: float = 0.05) -> list[Event]:
    """So many events of one customer over 60 days, in no order, about so many matters of each kind.

    A part of them, `corrected`, takes others back or contests them.
    """
    found = []
    for number in range(events):
        if draw.random() < corrected:
            data = draw.choice(_CORRECTING)(draw, str(draw.randrange(events)))
        else:
            data = draw.choice(_SAID)(draw, str(draw.randrange(matters)))
        # Some share an instant.
        since = draw.choice([timedelta(hours=draw.randrange(1440)), draw.random() * SPAN])
        found.append(make(data, subject="anna", source="life", id=str(number), time=START + since))
    return found
