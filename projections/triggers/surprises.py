"""A surprise: rarely and by lot, something that nobody expects."""

from collections.abc import Mapping
from datetime import datetime

from events import ContactAnswered, ExchangePurchased, ExchangeVisited
from projections.causes import Cause, surprises
from projections.trigger_rules import SurpriseTrigger
from projections.triggers.decision import Decision, decided, fact_of
from projections.triggers.known import Known

_TEMPLATES: Mapping[type, str] = {
    ContactAnswered: "surprise_contact",
    ExchangePurchased: "surprise_purchase",
    ExchangeVisited: "surprise_visit",
}


def surprise(cause: Cause, trigger: SurpriseTrigger, known: Known, now: datetime) -> Decision:
    """The lot fell on a visit, a purchase or an answered contact, in a good relationship that nothing is owed
    to.

    A gesture does not replace the basics. How many there were in thirty days is for whoever gives prompts to
    count.
    """
    event = known.named(cause)
    template = None if event is None else _TEMPLATES.get(type(event.data))
    if (
        event is None
        or template is None
        or not surprises(event, trigger.chance, known.strategy.outreach.salt)
    ):
        return None
    at = max(now.timestamp(), known.newest)
    if known.owes(at) or not known.is_in(trigger.bands, at):
        return None
    return decided(
        cause,
        cause.episode,
        fact_of(template, event),
        trigger,
        now,
        contact_id=getattr(event.data, "contact_id", None),
    )
