"""A story that had to be told again."""

from datetime import datetime

import msgspec

from events import ContactRetold
from projections.causes import Cause
from projections.trigger_rules import TellingTrigger
from projections.triggers.decision import Decision, decided, fact_of, subjects_of
from projections.triggers.known import Known


def retold(cause: Cause, trigger: TellingTrigger, known: Known, now: datetime) -> Decision:
    """The n-th telling of a reason is the (n − 1)-th retelling: that one event prompts.

    Each retelling is a cause once for each number of tellings: whichever comes last, all numbers that are
    reached are found, and each prompts once.
    """
    told = known.named(cause)
    number = int(cause.episode.partition(":")[0])
    if told is None or not isinstance(told.data, ContactRetold) or number not in trigger.tellings:
        return None
    reason = told.data.reason
    retellings = [(event, data) for event, data in known.pairs(ContactRetold) if data.reason == reason]
    if len(retellings) < number - 1:
        return None
    turning, data = retellings[number - 2]
    cause = msgspec.structs.replace(cause, at=turning.time, customer=turning.subject)
    return decided(
        cause,
        _episode(number, turning.identity),
        fact_of("retold", turning, reason=reason, tellings=number),
        trigger,
        now,
        facts=[
            fact_of("told_again", event, reason=reason) for event, _ in retellings if event is not turning
        ],
        subjects=subjects_of(turning.subject, (event for event, _ in retellings)),
        same=tuple(_episode(number, event.identity) for event, _ in retellings),
        case_id=data.case_id,
        contact_id=data.contact_id,
    )


def _episode(number: int, identity: bytes) -> str:
    return f"{number}:{identity.hex()}"
