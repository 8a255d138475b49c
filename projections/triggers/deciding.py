"""Each cause goes to the trigger that it names."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    CustomerInformed,
    Data,
    OutreachMade,
    PraiseGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
    ServiceDisrupted,
    ServiceRestored,
    SuggestionAdopted,
    SuggestionDeclined,
    SuggestionMade,
    type_of,
)
from projections.causes import Cause
from projections.corrections import CORRECTIONS
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers.bands import band_fallen
from projections.triggers.complaints import complaint_raised, complaint_refused
from projections.triggers.contacts import first_contact, unanswered
from projections.triggers.decision import Decision
from projections.triggers.disruptions import disrupted
from projections.triggers.knots import knot_opened
from projections.triggers.known import Known
from projections.triggers.milestones import milestone
from projections.triggers.promises import promise_due, promise_overdue
from projections.triggers.silence import silence
from projections.triggers.suggestions import suggestion_answered
from projections.triggers.surprises import surprise
from projections.triggers.tellings import retold
from projections.triggers.thanks import praised

_Decide = Callable[[Cause, Any, Known, datetime], Decision]

_PROMISES = (PromiseMade, PromiseRenegotiated, PromiseKept, PromiseReleased, PromiseBroken)
_CONTACTS = (ContactAttempted, ContactAnswered, ContactMissed, ContactReturned)
_COMPLAINTS = (ComplaintRaised, ComplaintSettled)

_TRIGGERS: Mapping[str, tuple[_Decide, tuple[type[Data], ...] | None]] = {
    "promise_due": (promise_due, _PROMISES),
    "promise_overdue": (promise_overdue, _PROMISES),
    "retold": (retold, (ContactRetold,)),
    "complaint_raised": (complaint_raised, _COMPLAINTS),
    "complaint_refused": (complaint_refused, _COMPLAINTS),
    "knot_opened": (knot_opened, None),
    "band_fallen": (band_fallen, None),
    "unanswered": (unanswered, (*_CONTACTS, OutreachMade)),
    "disrupted": (disrupted, (ServiceDisrupted, ServiceRestored, CustomerInformed)),
    "silence": (silence, None),
    "praised": (praised, (PraiseGiven,)),
    "suggestion_answered": (
        suggestion_answered,
        (SuggestionMade, SuggestionAdopted, SuggestionDeclined, CustomerInformed),
    ),
    "milestone": (milestone, None),
    "first_contact": (first_contact, _CONTACTS),
    "surprise": (surprise, None),
}
"""How each trigger decides, and the data of the events that it looks at; None where it looks at all."""

_CORRECTIONS = frozenset(type_of(kind) for kind in CORRECTIONS)

NEEDS: Mapping[str, frozenset[str] | None] = {
    name: None if kinds is None else frozenset(type_of(kind) for kind in kinds) | _CORRECTIONS
    for name, (_, kinds) in _TRIGGERS.items()
}
"""The types of the events from which each trigger decides, corrections included; None where it needs all."""


def trigger_of(cause: Cause, strategy: Strategy) -> TriggerRule | None:
    """The trigger that a cause names; None where the strategy has none of that name any more."""
    found: TriggerRule | None = getattr(strategy.triggers, cause.trigger, None)
    return found


def reason_of(name: str, trigger: TriggerRule) -> str:
    """The reason of a trigger's prompts: a customer has at most one prompt of a reason open."""
    return trigger.reason or name


def decide(cause: Cause, known: Known, strategy: Strategy, now: datetime) -> Decision:
    """Decides on a cause from all that is known of the customer at an instant."""
    rule = trigger_of(cause, strategy)
    return None if rule is None else _TRIGGERS[cause.trigger][0](cause, rule, known, now)
