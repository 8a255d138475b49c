"""A story that had to be told again."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from events import ContactRetold, Event
from projections.causes import Cause
from projections.trigger_rules import TellingTrigger
from projections.triggers.decision import Decision, due_of, fact_of, is_of, stale_of, subjects_of, too_old


def retold(cause: Cause, trigger: TellingTrigger, history: Sequence[Event], now: datetime) -> Decision:
    """The n-th telling of a reason is the (n − 1)-th retelling: that one event, and no later one, prompts.

    Of several numbers of tellings that were reached, the highest counts.
    """
    told = next((event for event in history if is_of(cause, event)), None)
    if told is None or not isinstance(told.data, ContactRetold):
        return None
    reason = told.data.reason
    retellings = sorted(
        (event for event in history if isinstance(event.data, ContactRetold) and event.data.reason == reason),
        key=lambda event: (event.order, event.subject),
    )
    reached = [number for number in sorted(trigger.tellings) if number - 1 <= len(retellings)]
    if not reached:
        return None
    turning = retellings[reached[-1] - 2]
    episode = turning.identity.hex()
    cause = msgspec.structs.replace(cause, at=turning.time, customer=turning.subject)
    why = fact_of("retold", turning, reason=reason, tellings=reached[-1])
    before = reached[-2] - 1 if len(reached) > 1 else 0
    same = tuple(event.identity.hex() for event in retellings[before:])
    if too_old(cause, trigger.freshness, now):
        return msgspec.structs.replace(stale_of(cause, episode, why, trigger), same=same)
    facts = [fact_of("told_again", event, reason=reason) for event in retellings if event is not turning]
    due = due_of(cause, episode, why, facts, trigger, subjects_of(turning.subject, retellings))
    return msgspec.structs.replace(due, same=same)
