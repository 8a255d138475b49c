"""A knot that opened."""

from datetime import UTC, datetime

import msgspec

from events import Event
from projections.causes import Cause
from projections.knots import Knot
from projections.trigger_rules import KnotOpenedTrigger
from projections.triggers.decision import Decision, decided, fact_of, subjects_of
from projections.triggers.known import Known


def knot_opened(cause: Cause, trigger: KnotOpenedTrigger, known: Known, now: datetime) -> Decision:
    """Only fresh events open one anew: a knot that was open without them, as all of a backfill are, is none.

    Of several that opened, the last one prompts, and the others are told with it. A knot goes by what it
    rests on: two that share a piece of evidence are one, so that more evidence, or late news of some, is no
    other knot.
    """
    at, since = max(now.timestamp(), known.newest), now.timestamp() - trigger.freshness
    still = [knot for knot in known.knots(at) if knot.kind in trigger.kinds]
    stale = cause.at.timestamp() < since
    opened = [knot for knot in still if (knot.opened_at > since) != stale]
    if not opened:
        return None
    knot = opened[-1]
    event = _opening(knot)
    facts = [] if knot.about is None else [fact_of("knot_about", event, about=knot.about)]
    facts += [fact_of("knot_opened", other.evidence[-1], kind=other.kind) for other in opened[:-1]]
    return decided(
        msgspec.structs.replace(
            cause, at=datetime.fromtimestamp(knot.opened_at, UTC), customer=event.subject
        ),
        _episode(knot, event),
        fact_of("knot_opened", event, kind=knot.kind),
        trigger,
        now,
        facts=facts,
        subjects=subjects_of(event.subject, (one for other in opened for one in other.evidence)),
        same=tuple(_episode(knot, one) for one in knot.evidence),
        case_id=getattr(event.data, "case_id", None),
    )


def _opening(knot: Knot) -> Event:
    """The last of the evidence that there was when it opened."""
    there = [event for event in knot.evidence if event.at <= knot.opened_at]
    return (there or knot.evidence)[-1]


def _episode(knot: Knot, event: Event) -> str:
    return f"{knot.kind}:{event.identity.hex()}"
