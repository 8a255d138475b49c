"""A suggestion that was answered: whoever made it should hear what became of it."""

from datetime import datetime

from events import CustomerInformed, SuggestionAdopted, SuggestionDeclined, SuggestionMade
from projections.causes import Cause
from projections.trigger_rules import SuggestionAnsweredTrigger
from projections.triggers.decision import Decision, decided, fact_of, subjects_of
from projections.triggers.known import Known


def suggestion_answered(
    cause: Cause, trigger: SuggestionAnsweredTrigger, known: Known, now: datetime
) -> Decision:
    """It was adopted, or declined, and nobody has told them since. Of two answers the later one holds."""
    event = known.named(cause)
    if event is None or not isinstance(event.data, SuggestionAdopted | SuggestionDeclined):
        return None
    suggestion_id = event.data.suggestion_id
    answers = [
        one
        for one in known.of(SuggestionAdopted, SuggestionDeclined)
        if one.data.suggestion_id == suggestion_id  # type: ignore[union-attr]
    ]
    if answers[-1] is not event:
        return None
    told = (data.about == suggestion_id and one.at >= event.at for one, data in known.pairs(CustomerInformed))
    if any(told):
        return None
    made = [one for one, data in known.pairs(SuggestionMade) if data.suggestion_id == suggestion_id]
    adopted = isinstance(event.data, SuggestionAdopted)
    episode = f"{suggestion_id}:{'adopted' if adopted else 'declined'}"
    return decided(
        cause,
        episode,
        fact_of("suggestion_adopted" if adopted else "suggestion_declined", event),
        trigger,
        now,
        facts=[fact_of("suggestion_made", one) for one in made[:1]],
        subjects=subjects_of(cause.customer, made[:1]),
        same=(episode,),
        matter_id=suggestion_id,
    )
