"""What some events would do to a relationship, were they published: the reading, prompts, and deadlines."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from events import Event
from projections.bands import Band
from projections.causes import (
    FIRST,
    Cause,
    Named,
    Traced,
    causes_of_bands,
    causes_of_events,
    causes_of_firsts,
    causes_of_knots,
)
from projections.corrections import CORRECTIONS, Corrections, corrections
from projections.deadlines import (
    cause_of_passing,
    causes_of_waiting,
    deadlines_of,
    deadlines_of_events,
    owed_by,
)
from projections.fold import Folded, MatterKey, State, fold_person
from projections.judgement import as_judged, in_force, judgements
from projections.knots.weighing import read_with
from projections.matters import Contact, Matter, Promise, matter_of
from projections.reading import Reader, Reading
from projections.strategy import Strategy
from projections.triggers import Due, Known, Stale, decide
from projections.whole import open_tangles


class Fired(msgspec.Struct, frozen=True):
    """A cause that is reason enough: a prompt is due, or would have been, were its cause fresh."""

    cause: Cause
    decision: Due | Stale


class Preview(msgspec.Struct, frozen=True):
    """What would change for one customer."""

    at: float
    """The instant of both readings, in seconds since the Unix epoch: now, or the newest event's time."""
    before: Reading
    after: Reading
    fired: tuple[Fired, ...]
    """One for each prompt, in order; whether it was given before, or cools down, is not known here."""
    owed: Mapping[str, datetime]
    """Promises to the customer, by id, that would newly be owed, or by another time than before."""
    no_longer_owed: tuple[str, ...]


def preview(
    known: Sequence[Event], new: Sequence[Event], band: Band | None, strategy: Strategy, now: datetime
) -> Preview:
    """What new events of one person would do, beside those that are known under any of the person's ids.

    `band` is the one last kept for lists, which a fall is told from; None for a customer not heard of yet.
    """
    everything = [*known, *new]
    at = max([now.timestamp(), *(event.at for event in everything)])
    then, all_known = fold_person(known, strategy), Known(everything, strategy)
    state = all_known.state
    reader, sums_then, sums = Reader(strategy), then.sums_at(strategy, at), state.sums_at(strategy, at)
    judgement_then, judgement = in_force(judgements(known), at), in_force(judgements(everything), at)
    before = read_with(sums_then, open_tangles(known, strategy, at), reader, at)
    before = as_judged(before, judgement_then, strategy)
    after = as_judged(
        read_with(sums, open_tangles(everything, strategy, at), reader, at), judgement, strategy
    )
    traced: list[Traced] = [(event, None) for event in new]
    named = Named(strategy)
    met = {event.subject for event in known if isinstance(event.data, FIRST)}
    causes = [
        *causes_of_events(traced, named, now.timestamp()),
        *causes_of_knots(traced, named, now.timestamp()),
        *causes_of_firsts(
            (event, None)
            for event in new
            if event.subject not in met and named.is_first(event, now.timestamp())
        ),
        *causes_of_bands({event.subject: (band, after.band) for event in new}, traced, named),
        *_passed(state, everything, traced, strategy, now),
    ]
    owed_then, owed_now = _owed(then), _owed(state)
    return Preview(
        at=at,
        before=before,
        after=after,
        fired=_fired(causes, all_known, strategy, now),
        owed={name: due for name, due in owed_now.items() if owed_then.get(name) != due},
        no_longer_owed=tuple(sorted(owed_then.keys() - owed_now.keys())),
    )


def _fired(causes: Sequence[Cause], all_known: Known, strategy: Strategy, now: datetime) -> tuple[Fired, ...]:
    found: dict[str, Fired] = {}
    for cause in sorted(causes, key=lambda one: (one.at, one.trigger)):
        decision = decide(cause, all_known, strategy, now)
        if decision is not None:
            found.setdefault(decision.prompt_id, Fired(cause, decision))
    return tuple(found.values())


def _passed(
    state: Folded, everything: Sequence[Event], traced: Sequence[Traced], strategy: Strategy, now: datetime
) -> list[Cause]:
    """The causes of deadlines that would be set in the past."""
    corrected = corrections(everything)
    touched = {
        (event.subject, key): matter
        for event, _ in traced
        for key, matter in _touched(event, state.of(event.subject), corrected).items()
    }
    wanted = [*deadlines_of(touched, traced, strategy)[0], *deadlines_of_events(traced, strategy)[0]]
    waiting = [
        (customer, matter_id, matter)
        for (customer, (_, matter_id)), matter in touched.items()
        if isinstance(matter, Contact)
    ]
    rule = strategy.triggers.unanswered
    fresh = now if rule is None else now - timedelta(seconds=rule.freshness)
    return [
        *(cause_of_passing(deadline) for deadline in wanted if deadline.due <= now),
        *causes_of_waiting(waiting, strategy, fresh, now),
    ]


def _touched(event: Event, state: State, corrected: Corrections) -> Mapping[MatterKey, Matter]:
    """The matters whose deadlines an event sets anew: its own, or all of them where it corrects something."""
    if isinstance(event.data, CORRECTIONS) or corrected.sets_aside(event):
        return state.matters
    found = matter_of(event)
    if found is None:
        return {}
    key = (type(found[1]), found[0])
    return {key: state.matters[key]}


def _owed(state: Folded) -> dict[str, datetime]:
    return {
        matter_id: due
        for one in state.by_subject.values()
        for (_, matter_id), matter in one.matters.items()
        if isinstance(matter, Promise) and (due := owed_by(matter)) is not None
    }
