"""A relationship that fell."""

from datetime import datetime

from projections.causes import Cause
from projections.fold import fold_person
from projections.judgement import as_judged, in_force, judgements
from projections.reading import read
from projections.strategy import Strategy
from projections.trigger_rules import BandFallenTrigger
from projections.triggers.decision import Decision, Known, due_of, fact_of, is_of, stale_of, too_old


def band_fallen(
    cause: Cause, trigger: BandFallenTrigger, known: Known, strategy: Strategy, now: datetime
) -> Decision:
    """A level is compared with and without the fresh events: a backfill brings nobody's band down anew."""
    history = known.events
    at = max([now.timestamp(), *(event.at for event in history)])
    after = read(known.state.sums_at(strategy, at), strategy, at)
    after = as_judged(after, in_force(judgements(history), at), strategy)
    if after.band not in trigger.bands:
        return None
    fell = next((event for event in history if is_of(cause, event)), None)
    if fell is None:
        return None
    since = now.timestamp() - trigger.freshness
    then = fold_person([event for event in history if event.at <= since], strategy)
    before = read(then.sums_at(strategy, at), strategy, at)
    before = as_judged(
        before, in_force(judgements(event for event in history if event.at <= since), at), strategy
    )
    why = fact_of("band_fallen", fell, was=before.band, band=after.band, health=round(after.health))
    if too_old(cause, trigger.freshness, now):
        return stale_of(cause, cause.episode, why, trigger)
    if before.band in trigger.bands or before.health <= after.health:
        return None
    return due_of(cause, cause.episode, why, [], trigger, (cause.customer,))
