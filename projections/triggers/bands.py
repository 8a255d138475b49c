"""A relationship that fell."""

from datetime import datetime

from projections.causes import Cause
from projections.reading import Reading
from projections.trigger_rules import BandFallenTrigger
from projections.triggers.decision import Decision, decided, fact_of
from projections.triggers.known import Known


def band_fallen(cause: Cause, trigger: BandFallenTrigger, known: Known, now: datetime) -> Decision:
    """A level is compared with and without the fresh events: a backfill brings nobody's band down anew."""
    fell = known.named(cause)
    if fell is None:
        return None
    at, since = max(now.timestamp(), known.newest), now.timestamp() - trigger.freshness
    earlier = known.until(since)
    stale = cause.at.timestamp() < since

    def is_as_before(reading: Reading) -> bool:
        return not stale and earlier.health_at_most(at) - reading.health <= trigger.margin

    alone = known.if_unknotted(trigger.bands, at)
    # Most have not fallen so far, and to know that no knot need be looked for.
    if alone is not None and (alone.band not in trigger.bands or is_as_before(alone)):
        return None
    if not known.is_in(trigger.bands, at):
        return None
    after = known.reading(at)
    if is_as_before(after):
        return None
    before = earlier.reading(at)
    why = fact_of("band_fallen", fell, was=before.band, band=after.band, health=round(after.health))
    # Whichever of the fresh events told of it, it is one fall.
    same = tuple(event.identity.hex() for event in known.events if event.at > since or event is fell)
    decision = decided(cause, cause.episode, why, trigger, now, same=same)
    fallen = before.band not in trigger.bands and before.health - after.health > trigger.margin
    return decision if stale or fallen else None
