"""Years since we first met."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from events import Event, SolicitationSent
from projections.causes import Cause
from projections.duration import DAY
from projections.trigger_rules import MilestoneTrigger
from projections.triggers.decision import Decision, decided, fact_of
from projections.triggers.known import Known

_NOT_A_MEETING = (
    "egard.outreach.",
    "egard.event.",
    "egard.record.",
    "egard.customer.linked",
    "egard.customer.un",
)
"""Beginnings of the types that say nothing of when somebody came to us."""


def milestone(cause: Cause, trigger: MilestoneTrigger, known: Known, now: datetime) -> Decision:
    """It is an anniversary of the first that is known of them, on the house's clock; and nothing is owed."""
    first = first_meeting(known)
    if first is None:
        return None
    zone = ZoneInfo(known.strategy.hours.timezone)
    reached = [
        (years, on) for years in sorted(trigger.years) if (on := anniversary(first.time, years, zone)) <= now
    ]
    if not reached:
        return None
    years, on = reached[-1]
    is_over = (now - on).total_seconds() > trigger.freshness
    if is_over and abs((cause.at - on).total_seconds()) > DAY:
        return None
    if not is_over and known.owes(max(now.timestamp(), known.newest)):
        return None
    return decided(
        msgspec.structs.replace(cause, at=on),
        str(years),
        fact_of("milestone", first, years=years),
        trigger,
        now,
        subjects=(cause.customer,) if first.subject == cause.customer else (cause.customer, first.subject),
        same=(str(years),),
    )


def first_meeting(known: Known) -> Event | None:
    """The first event by which a customer came to us; not what we did by ourselves, or noted."""
    return min(
        (
            event
            for event in known.events
            if not event.type.startswith(_NOT_A_MEETING) and type(event.data) is not SolicitationSent
        ),
        key=lambda event: (event.order, event.subject),
        default=None,
    )


def anniversary(first: datetime, years: int, zone: ZoneInfo) -> datetime:
    """When a day begins that lies so many years after another; for a 29th of February, maybe the 28th."""
    day = first.astimezone(zone).date()
    try:
        later = day.replace(year=day.year + years)
    except ValueError:
        later = date(day.year + years, 2, 28)
    return datetime.combine(later, time.min, zone).astimezone(UTC)


def next_look(known: Known, trigger: MilestoneTrigger, now: datetime) -> datetime:
    """When the next anniversary is, by all that is known now, or to look again where there is none.

    One that is not long over counts: news of it may have come late.
    """
    first = first_meeting(known)
    zone = ZoneInfo(known.strategy.hours.timezone)
    fresh = now.timestamp() - trigger.freshness
    on = (
        (anniversary(first.time, years, zone) for years in sorted(trigger.years)) if first is not None else ()
    )
    coming = [one for one in on if one.timestamp() > fresh]
    return coming[0] if coming else anniversary(now, 1, zone)
