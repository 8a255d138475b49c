"""Praise, for which to thank the customer."""

from datetime import datetime

from events import PraiseGiven
from projections.causes import Cause
from projections.trigger_rules import PraiseTrigger
from projections.triggers.decision import Decision, decided, fact_of
from projections.triggers.known import Known


def praised(cause: Cause, trigger: PraiseTrigger, known: Known, now: datetime) -> Decision:
    """The customer praised us, or one of us, who is to hear of it too."""
    event = known.named(cause)
    if event is None or not isinstance(event.data, PraiseGiven):
        return None
    praise = event.data
    return decided(
        cause,
        cause.episode,
        fact_of("praised", event, agent_id=praise.agent_id),
        trigger,
        now,
        facts=[] if praise.note is None else [fact_of("praise_note", event, note=praise.note)],
        agent_id=praise.agent_id,
    )
