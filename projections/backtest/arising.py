"""What gives reason to decide on a person, event by event: as the projector finds it, and as the clock does.

A cause only suggests that somebody be prompted, here as there; what there is of deadlines is kept in memory.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from events import Event
from projections.bands import Band
from projections.causes import (
    Cause,
    Named,
    causes_of_bands,
    causes_of_events,
    causes_of_firsts,
    causes_of_knots,
)
from projections.corrections import CORRECTIONS
from projections.deadlines import Deadline, Void, cause_of_passing, deadlines_of, deadlines_of_events
from projections.evidence import merge, no_sums
from projections.fold import MatterKey, State, fold, gather, no_change, no_state
from projections.judgement import SPEAKING, Judgement, as_judged, in_force, judgements
from projections.knots.weighing import read_with
from projections.matters import Contact, Matter, matter_of
from projections.reading import Reader
from projections.strategy import Strategy
from projections.triggers import Known
from projections.triggers import milestones as of_milestones
from projections.triggers import silence as of_silence
from projections.whole import open_tangles

_A_DAY = timedelta(days=1)

_Place = tuple[str, str, str]
"""Whose deadline, of which trigger, about what."""


class Arising:
    """What was heard of one person so far, and what waits for time to pass."""

    def __init__(self, person: str, strategy: Strategy) -> None:
        self._person = person
        self._strategy = strategy
        self._named = Named(strategy)
        self._reader = Reader(strategy)
        self._told: dict[str, list[Event]] = {}
        self._states: dict[str, State] = {}
        self._corrected: set[str] = set()
        self._judged: list[Judgement] = []
        self._band: Band | None = None
        """As it would be kept for lists since the last event."""
        self._deadlines: dict[_Place, Deadline] = {}
        self._looks: dict[str, datetime] = {}
        """When to look for what no event tells: a silence, an anniversary."""

    def begin(self, events: Iterable[Event], known: Known, since: datetime) -> None:
        """Takes what was known until an instant as it is: it is reason for nothing any more."""
        told = sorted(events, key=lambda event: event.order)
        for event in told:
            self._told.setdefault(event.subject, []).append(event)
            if isinstance(event.data, CORRECTIONS):
                self._corrected.add(event.subject)
        self._judged = judgements(told)
        for subject, some in self._told.items():
            self._states[subject] = fold(some, self._strategy)
            self._wait(subject, self._states[subject].matters, ())
            self._wait(subject, {}, some)
        if told and self._named.bands:
            self._band = self._read(since.timestamp())
        # What was due before is decided already, or too old.
        self._deadlines = {place: one for place, one in self._deadlines.items() if one.due > since}
        if self._strategy.triggers.silence is not None:
            self.look_again("silence", known, since, prompted=False)
        if self._strategy.triggers.milestone is not None:
            self.look_again("milestone", known, since, prompted=False)

    def hear(self, event: Event) -> list[Cause]:
        """Takes one more event, in their order; the causes that it is."""
        subject, at = event.subject, event.at
        state = self._states.setdefault(subject, no_state())
        is_new = not any(kind is Contact for kind, _ in state.matters)
        self._told.setdefault(subject, []).append(event)
        touched = self._fold(event, state)
        if isinstance(event.data, SPEAKING):
            self._judged = judgements(one for some in self._told.values() for one in some)
        traced = [(event, None)]
        causes = causes_of_events(traced, self._named, at)
        if self._named.ties(event, at):
            causes += causes_of_knots(traced, self._named, at)
        # Whom we called in vain has not contacted us: there is no matter.
        if is_new and touched and self._named.is_first(event, at):
            causes += causes_of_firsts(traced)
        if self._named.bands:
            was, self._band = self._band, self._read(at)
            causes += causes_of_bands({subject: (was, self._band)}, traced, self._named)
        self._wait(subject, touched, [event])
        return causes

    def next(self) -> datetime | None:
        """When something passes next, if nothing is heard until then."""
        return min([*(one.due for one in self._deadlines.values()), *self._looks.values()], default=None)

    def pass_by(self, now: datetime) -> Iterator[Cause]:
        """The causes that have passed by an instant. What is looked for by time is to be looked for again."""
        for place, one in sorted(self._deadlines.items(), key=lambda item: (item[1].due, item[0])):
            if one.due <= now:
                del self._deadlines[place]
                yield cause_of_passing(one)
        for trigger, at in sorted(self._looks.items()):
            if at <= now:
                del self._looks[trigger]
                yield Cause(self._person, trigger, "", at, "", "", None)

    def look_again(self, trigger: str, known: Known, now: datetime, *, prompted: bool) -> None:
        """Sets when to look next for a silence or an anniversary."""
        triggers = self._strategy.triggers
        if trigger == "silence" and triggers.silence is not None:
            look = of_silence.next_look(known, triggers.silence, now, prompted=prompted)
            # A silence that nobody is prompted for, as the relationship is not a good one, goes on.
            self._looks[trigger] = max(look, now + _A_DAY)
        elif trigger == "milestone" and triggers.milestone is not None:
            # The one of today is decided on: the next counts.
            later = now + timedelta(seconds=triggers.milestone.freshness)
            self._looks[trigger] = of_milestones.next_look(known, triggers.milestone, later)

    def _fold(self, event: Event, state: State) -> dict[MatterKey, Matter]:
        """Folds one more event; the matters whose deadlines are to be set anew."""
        subject = event.subject
        if isinstance(event.data, CORRECTIONS) or subject in self._corrected:
            self._corrected.add(subject)
            again = fold(self._told[subject], self._strategy)
            self._states[subject] = again
            return again.matters
        change = no_change()
        gather(change, event, self._strategy)
        state.merge(change, self._strategy)
        found = matter_of(event)
        if found is None:
            return {}
        key = (type(found[1]), found[0])
        return {key: state.matters[key]}

    def _wait(self, subject: str, matters: dict[MatterKey, Matter], events: Iterable[Event]) -> None:
        traced = [(event, None) for event in events]
        wanted: list[Deadline] = []
        void: list[Void] = []
        if matters:
            wanted, void = deadlines_of(
                {(subject, key): matter for key, matter in matters.items()}, traced, self._strategy
            )
        more, ended = deadlines_of_events(traced, self._strategy)
        for one in (*wanted, *more):
            self._deadlines[one.customer, one.trigger, one.matter_id] = one
        for gone in (*void, *ended):
            place = (gone.customer, gone.trigger, gone.matter_id)
            kept = self._deadlines.get(place)
            if kept is not None and (gone.until is None or kept.due <= gone.until):
                del self._deadlines[place]

    def _read(self, at: float) -> Band:
        """The band as it is kept for lists, knots and judgements included: a fall is told from that."""
        total = no_sums()
        for state in self._states.values():
            merge(total, state.sums_at(self._strategy, at))
        told = [event for some in self._told.values() for event in some]
        reading = read_with(total, open_tangles(told, self._strategy, at), self._reader, at)
        judgement = in_force(self._judged, at) if self._judged else None
        return as_judged(reading, judgement, self._strategy).band
