"""Causes and deadlines: what a batch gives reason for, written in its transaction.

Most events are reason for nothing, and cost nothing here: what a batch has none of is not looked for.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from events import CustomerLinked, CustomerUnlinked, Event, OutreachReacted
from projections.bands import Band
from projections.causes import (
    Cause,
    Named,
    Traced,
    causes_of_bands,
    causes_of_events,
    causes_of_firsts,
    causes_of_knots,
    causes_of_reactions,
    causes_of_time,
)
from projections.deadlines import OF_EVENTS, Deadline, Void, deadlines_of, deadlines_of_events
from projections.duration import DAY
from projections.matters import Contact, Matter, Promise
from projections.strategy import Strategy
from services.projector.batch import Batch, Received
from services.projector.folding import Folded
from services.projector.links import Ties
from services.projector.sql import QUERIES
from services.runtime.database import Connection
from services.runtime.present import Clock
from services.runtime.rows import Relationship

_LATE = DAY
"""An event so much older than others of its customer may be older than all of them."""

_LINKS = (CustomerLinked, CustomerUnlinked)


class Reasons:
    """What the triggers of a strategy look for in batches."""

    def __init__(self, strategy: Strategy, clock: Clock) -> None:
        self._strategy = strategy
        self._clock = clock
        self._named = Named(strategy)
        self.falls = self._named.bands
        """The bands to which a fall is a cause."""

    def met_otherwise(
        self, batch: Batch, kept: Mapping[str, Relationship], accepted: Iterable[Received], ties: Ties
    ) -> set[str]:
        """Of whom something came late, or is said that they are others than we knew.

        When we first met them may be another day. It is asked before the batch is folded in.
        """
        if self._strategy.triggers.milestone is None:
            return set()
        found = {
            one.event.subject for one in accepted if one.event.at < kept[one.event.subject].newest - _LATE
        }
        if not batch.kinds.isdisjoint(_LINKS):
            for received in accepted:
                if isinstance(received.event.data, _LINKS):
                    found |= {received.event.subject, received.event.data.alias}
        return {member for name in found for member in ties.persons.of(name).members}

    async def keep_deadlines(
        self,
        connection: Connection,
        batch: Batch,
        folded: Folded,
        accepted: Sequence[Received],
        anew: Iterable[str],
    ) -> None:
        """Sets deadlines, and deletes the void ones: also anniversaries that the clock is to find anew."""
        matters = {one: matter for one, matter in folded.joined.items() if _may_wait(matter)}
        wanted, void = deadlines_of(matters, _traced(accepted), self._strategy) if matters else ([], [])
        if not batch.kinds.isdisjoint(OF_EVENTS):
            more, ended = deadlines_of_events(_traced(accepted), self._strategy)
            wanted += more
            void += ended
        void += [Void(name, "milestone", "") for name in sorted(anew)]
        if wanted:
            await connection.execute(QUERIES["set_deadlines"], *_columns(wanted, Deadline))
        if void:
            await connection.execute(QUERIES["void_deadlines"], *_columns(void, Void))

    async def first_contacts(
        self,
        connection: Connection,
        batch: Batch,
        kept: Mapping[str, Relationship],
        folded: Folded,
        accepted: Sequence[Received],
    ) -> list[Traced]:
        """The events of contacts of those who never contacted us before, unless it is long ago.

        It is asked before the matters of the batch are written. Of whom there is no row yet there is nothing.
        """
        if self._named.first.isdisjoint(batch.kinds):
            return []
        now = self._clock().timestamp()
        found = [
            (one.event, one.trace)
            for one in accepted
            if self._named.is_first(one.event, now) and _is_added(one.event, folded)
        ]
        known = {event.subject for event, _ in found if kept[event.subject].band is not None}
        if known:
            rows = await connection.fetch(QUERIES["have_contacted"], sorted(known))
            known = {row["customer"] for row in rows}
        return [one for one in found if one[0].subject not in known]

    async def raise_causes(
        self,
        connection: Connection,
        batch: Batch,
        accepted: Sequence[Received],
        bands: Mapping[str, tuple[Band | None, Band]],
        first: Iterable[Traced],
        knotted: Collection[str],
        tied: Collection[str],
    ) -> None:
        """Writes the causes that a batch is.

        `bands` are those that fell, `first` the events of first contacts, `knotted` who has an open knot,
        `tied` those of them to whom time has come since they were last read.
        """
        named, now = self._named, self._clock().timestamp()
        causes: list[Cause] = causes_of_firsts(first)
        if not named.kinds.isdisjoint(batch.kinds):
            causes += causes_of_events(_traced(accepted), named, now)
        if OutreachReacted in batch.kinds:
            causes += causes_of_reactions(_traced(accepted))
        if knotted and not named.tying.isdisjoint(batch.kinds):
            causes += causes_of_knots(_traced(accepted), named, now, knotted)
        if tied:
            causes += causes_of_time(tied, named, now)
        if bands:
            moved = (received for received in accepted if received.event.subject in bands)
            causes += causes_of_bands(bands, _traced(moved), named)
        if causes:
            await connection.execute(QUERIES["raise_causes"], *_columns(causes, Cause))


def _may_wait(matter: Matter) -> bool:
    """Whether something may be waited for: the end of a promise, or a call back after a miss."""
    return isinstance(matter, Promise) or (isinstance(matter, Contact) and matter.missed is not None)


def _is_added(event: Event, folded: Folded) -> bool:
    """Whether there was no row of an event's contact before."""
    contact_id: str = event.data.contact_id  # type: ignore[union-attr]
    return (event.subject, (Contact, contact_id)) in folded.added


def _traced(accepted: Iterable[Received]) -> Iterable[Traced]:
    return ((received.event, received.trace) for received in accepted)


def _columns(items: Iterable[msgspec.Struct], cls: type[msgspec.Struct]) -> list[list[object]]:
    return [[getattr(item, name) for item in items] for name in cls.__struct_fields__]
