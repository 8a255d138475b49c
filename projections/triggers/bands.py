"""A relationship that fell."""

from datetime import datetime

from projections.causes import Cause
from projections.trigger_rules import BandFallenTrigger
from projections.triggers.decision import Decision, decided, fact_of, is_of
from projections.triggers.known import Known


def band_fallen(cause: Cause, trigger: BandFallenTrigger, known: Known, now: datetime) -> Decision:
    """A level is compared with and without the fresh events: a backfill brings nobody's band down anew."""
    fell = next((event for event in known.events if is_of(cause, event)), None)
    if fell is None:
        return None
    at = max(now.timestamp(), known.newest)
    after = known.reading(at)
    if after.band not in trigger.bands:
        return None
    before = known.until(now.timestamp() - trigger.freshness).reading(at)
    why = fact_of("band_fallen", fell, was=before.band, band=after.band, health=round(after.health))
    decision = decided(cause, cause.episode, why, trigger, now)
    if (cause.at.timestamp() < now.timestamp() - trigger.freshness) or (
        before.band not in trigger.bands and before.health - after.health > trigger.margin
    ):
        return decision
    return None
