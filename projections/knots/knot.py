"""A knot, and how moments in their order tie and untie one."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

import msgspec

from events import Event, Order
from projections.knot_rules import KnotKind, KnotRule
from projections.strategy import Dimension

Place = tuple[float, float]
"""Where something stands among a person's events: its instant, and its number among those in their order."""


def order_of(event: Event) -> tuple[Order, str]:
    """By what a person's events are ordered: (time, rank of type, id), source and subject."""
    return event.order, event.subject


def with_places(events: Iterable[Event]) -> list[tuple[Event, Place]]:
    """A person's events in their order, each with where it stands."""
    instants: dict[float, list[Event]] = {}
    for event in events:
        instants.setdefault(event.time.timestamp(), []).append(event)
    found: list[tuple[Event, Place]] = []
    for at in sorted(instants):
        some = instants[at]
        # Few share an instant, and only those are looked at closer.
        for event in some if len(some) == 1 else sorted(some, key=order_of):
            found.append((event, (at, len(found))))
    return found


def passing(at: float) -> Place:
    """Where the passing of an instant stands: after all that happened at it."""
    return at, float("inf")


class Knot(msgspec.Struct, frozen=True, kw_only=True):
    """A named pattern in what happened, with its evidence and its way out."""

    kind: KnotKind
    about: str | None
    """What it is about in the publisher's own words: a reason, a case. None where nothing names it."""
    opened_at: float
    """Seconds since the Unix epoch, as the others."""
    latest_at: float
    """When the last of its evidence came."""
    fades_at: float
    """When it closes by itself, if nothing closes it before."""
    closed_at: float | None = None
    closed_by: Event | None = None
    """What closed it; None where it is open, or closed by itself."""
    evidence: tuple[Event, ...]
    """In their order."""
    dimension: Dimension
    """Where its weight counts."""
    weight: float
    """Its negative evidence at `latest_at`, at least; nought where what it cites is never scored."""

    @property
    def open(self) -> bool:
        """Whether it is open at the instant that it was looked for at."""
        return self.closed_at is None

    @property
    def order(self) -> tuple[float, KnotKind, str, str]:
        """Its place among the knots of a person."""
        return self.opened_at, self.kind, self.about or "", self.evidence[0].id


class Moment(msgspec.Struct, frozen=True):
    """Something that speaks for a knot, or that unties it."""

    place: Place
    events: tuple[Event, ...]
    """The evidence, or the one event that unties."""
    unties: bool = False

    @property
    def at(self) -> float:
        """When, in seconds since the Unix epoch."""
        return self.place[0]


def tied(
    kind: KnotKind,
    about: str | None,
    moments: Iterable[Moment],
    rule: KnotRule,
    at: float,
    *,
    count: int,
    in_a_row: bool = False,
    weight: float | None = None,
) -> Iterator[Knot]:
    """The knots that moments tie until an instant: `count` that speak for one within `rule.within` open it.

    What unties closes an open one; `in_a_row`, it also makes what came before it count for nothing.
    """
    so_far: list[Moment] = []
    opened_at: float | None = None

    def knot(closed_at: float | None = None, closed_by: Event | None = None) -> Knot:
        assert opened_at is not None  # noqa: S101 - asked for where one is open
        return Knot(
            kind=kind,
            about=about,
            opened_at=opened_at,
            latest_at=so_far[-1].at,
            fades_at=so_far[-1].at + rule.open_for,
            closed_at=closed_at,
            closed_by=closed_by,
            evidence=in_order(event for moment in so_far for event in moment.events),
            dimension=rule.dimension,
            weight=rule.weight if weight is None else weight,
        )

    for moment in sorted(moments, key=attrgetter("place")):
        now = moment.at
        if now > at:
            break
        if opened_at is not None and now >= so_far[-1].at + rule.open_for:
            yield knot(so_far[-1].at + rule.open_for)
            so_far, opened_at = [], None
        if moment.unties:
            if opened_at is not None:
                yield knot(now, moment.events[0])
                so_far, opened_at = [], None
            elif in_a_row:
                so_far = []
            continue
        so_far.append(moment)
        if opened_at is None:
            so_far = [one for one in so_far if one.at >= now - rule.within]
            if len(so_far) >= count:
                opened_at = now
    if opened_at is not None:
        fades_at = so_far[-1].at + rule.open_for
        yield knot(fades_at if fades_at <= at else None)


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events in their order, each once."""
    found = {order_of(event): event for event in events}
    return tuple(found[order] for order in sorted(found))
