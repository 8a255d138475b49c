"""Each cause goes to the trigger that it names."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from projections.causes import Cause
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

_TRIGGERS: Mapping[str, _Decide] = {
    "promise_due": promise_due,
    "promise_overdue": promise_overdue,
    "retold": retold,
    "complaint_raised": complaint_raised,
    "complaint_refused": complaint_refused,
    "knot_opened": knot_opened,
    "band_fallen": band_fallen,
    "unanswered": unanswered,
    "disrupted": disrupted,
    "silence": silence,
    "praised": praised,
    "suggestion_answered": suggestion_answered,
    "milestone": milestone,
    "first_contact": first_contact,
    "surprise": surprise,
}
"""How each trigger decides."""


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
    return None if rule is None else _TRIGGERS[cause.trigger](cause, rule, known, now)
