"""Consent: whether a customer lets us reach out to them, or contact them at all."""

from collections.abc import Iterable

from events import ConsentGiven, ConsentWithdrawn, Event
from projections.kinds import of_kinds

CONTACT = "contact"
"""The purpose without which nobody contacts a customer, not even with what is owed to them."""

OUTREACH = "outreach"
"""The purpose without which nobody reaches out with what is not owed."""


def may_contact(events: Iterable[Event], at: float) -> bool:
    """Whether a customer may be contacted at an instant: they may until they withdraw it."""
    return _allowed(events, at, CONTACT)


def may_reach_out(events: Iterable[Event], at: float) -> bool:
    """Whether a customer may be told at an instant what they are not owed."""
    known = list(events)
    return _allowed(known, at, CONTACT) and _allowed(known, at, OUTREACH)


def allowed(events: Iterable[Event], at: float, *, owed: bool) -> bool:
    """Whether a customer may be told at an instant what they are owed, or what they are not."""
    return may_contact(events, at) if owed else may_reach_out(events, at)


def _allowed(events: Iterable[Event], at: float, purpose: str) -> bool:
    said = [
        event
        for event in of_kinds(events, ConsentGiven, ConsentWithdrawn)
        if event.at <= at and event.data.purpose == purpose  # type: ignore[union-attr]
    ]
    last = max(said, key=lambda event: event.order, default=None)
    return last is None or type(last.data) is ConsentGiven
