"""Each cause goes to the trigger that it names."""

from datetime import datetime

from projections.causes import Cause
from projections.strategy import Strategy
from projections.trigger_rules import BandFallenTrigger, PromiseOverdueTrigger, TellingTrigger, TriggerRule
from projections.triggers.bands import band_fallen
from projections.triggers.decision import Decision, Known
from projections.triggers.promises import promise_overdue
from projections.triggers.tellings import retold


def trigger_of(cause: Cause, strategy: Strategy) -> TriggerRule | None:
    """The trigger that a cause names; None where the strategy has none of that name any more."""
    found: TriggerRule | None = getattr(strategy.triggers, cause.trigger, None)
    return found


def reason_of(name: str, trigger: TriggerRule) -> str:
    """The reason of a trigger's prompts: a customer has at most one prompt of a reason open."""
    return trigger.reason or name


def decide(cause: Cause, known: Known, strategy: Strategy, now: datetime) -> Decision:
    """Decides on a cause from all that is known of the customer at an instant."""
    trigger = trigger_of(cause, strategy)
    if isinstance(trigger, PromiseOverdueTrigger):
        return promise_overdue(cause, trigger, known, now)
    if isinstance(trigger, TellingTrigger):
        return retold(cause, trigger, known.events, now)
    if isinstance(trigger, BandFallenTrigger):
        return band_fallen(cause, trigger, known, strategy, now)
    return None
