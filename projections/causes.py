"""What events may be a reason for: causes to decide on. What must happen in time is in `deadlines`.

A cause only suggests that somebody be prompted: `projections.triggers` decides, from all that is known. Most
events are no cause of anything, and whoever projects them should pay nothing for that: what a strategy's
triggers name is looked up by the class of an event's data, and kept in `Named`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    Data,
    Event,
    ExchangePurchased,
    ExchangeVisited,
    FrictionMet,
    OutreachMade,
    OutreachReacted,
    PerceptionStated,
    PraiseGiven,
    PromiseBroken,
    PromiseMade,
    SuggestionAdopted,
    SuggestionDeclined,
)
from projections.bands import Band
from projections.knot_rules import KnotKind
from projections.lot import drawn
from projections.strategy import Strategy

Traced = tuple[Event, str | None]
"""An event, and the trace that it belongs to (W3C Trace Context) if it has one."""

EACH: Mapping[type[Data], str] = {
    ContactRetold: "retold",
    ComplaintRaised: "complaint_raised",
    ComplaintSettled: "complaint_refused",
    PraiseGiven: "praised",
    SuggestionAdopted: "suggestion_answered",
    SuggestionDeclined: "suggestion_answered",
    ContactAnswered: "surprise",
    ExchangePurchased: "surprise",
    ExchangeVisited: "surprise",
}
"""The trigger that each event with such data is a cause for."""

TYING: Mapping[type[Data], frozenset[KnotKind]] = {
    ContactRetold: frozenset({"retelling", "misunderstanding"}),
    ContactTransferred: frozenset({"ping_pong"}),
    ContactAttempted: frozenset({"deaf_ear", "misunderstanding"}),
    ContactMissed: frozenset({"deaf_ear", "misunderstanding"}),
    ContactClosed: frozenset({"misunderstanding"}),
    ComplaintRaised: frozenset({"misunderstanding"}),
    PerceptionStated: frozenset({"misunderstanding"}),
    PromiseMade: frozenset({"broken_word"}),
    PromiseBroken: frozenset({"broken_word"}),
    OutreachMade: frozenset({"pursuit"}),
    FrictionMet: frozenset({"rulebook"}),
}
"""The knots that events with such data may tie. What a batch has of them for one customer is one cause."""

FIRST: tuple[type[Data], ...] = (ContactAttempted, ContactAnswered, ContactMissed, ContactReturned)
"""Data of events that may be the first that we hear of a contact."""


REACTED = "reacted"
"""What a cause names that prompts nobody: how an outreach was taken is kept with its prompt."""


class Cause(msgspec.Struct, frozen=True):
    """Why a prompt may be due. Its key (customer, trigger, episode) follows from the events alone."""

    customer: str
    trigger: str
    episode: str
    at: datetime
    source: str
    event_id: str
    traceparent: str | None


class Named:
    """What the triggers of a strategy name; made once, because every event is held against it."""

    def __init__(self, strategy: Strategy) -> None:
        triggers = strategy.triggers
        self.each = {kind: name for kind, name in EACH.items() if getattr(triggers, name) is not None}
        self.kinds = frozenset(self.each)
        kinds = () if triggers.knot_opened is None else triggers.knot_opened.kinds
        self.tying = frozenset(kind for kind, knots in TYING.items() if not knots.isdisjoint(kinds))
        self.first = frozenset(FIRST if triggers.first_contact is not None else ())
        self.bands: frozenset[Band] = frozenset(
            () if triggers.band_fallen is None else triggers.band_fallen.bands
        )
        self.tellings = () if triggers.retold is None else tuple(sorted(set(triggers.retold.tellings)))
        self.salt = strategy.outreach.salt
        self.surprise = triggers.surprise
        self._knots_since = 0.0 if triggers.knot_opened is None else triggers.knot_opened.freshness
        self._first_since = 0.0 if triggers.first_contact is None else triggers.first_contact.freshness

    def ties(self, event: Event, now: float) -> bool:
        """Whether an event may have tied a knot lately: an old one opens none anew."""
        data = event.data
        return (
            type(data) in self.tying
            and event.at > now - self._knots_since
            and (not isinstance(data, FrictionMet) or data.what == "behind_procedure")
            and (not isinstance(data, ContactClosed) or data.resolved)
        )

    def is_first(self, event: Event, now: float) -> bool:
        """Whether an event may be of somebody's first contact, and that is not long ago."""
        return type(event.data) in self.first and event.at > now - self._first_since


def causes_of_events(accepted: Iterable[Traced], named: Named, now: float) -> list[Cause]:
    """The causes that accepted events are, each by itself.

    `now` (seconds since the Unix epoch) matters to surprises alone: the lot is not drawn for what is long
    over.
    """
    found = []
    each = named.each
    for event, trace in accepted:
        trigger = each.get(type(event.data))  # type: ignore[arg-type]
        if trigger is None:
            continue
        if trigger == "retold":
            found += [_cause(event, trigger, trace, f"{number}:") for number in named.tellings]
        elif _is_cause(event, trigger, named, now):
            found.append(_cause(event, trigger, trace))
    return found


def causes_of_reactions(accepted: Iterable[Traced]) -> list[Cause]:
    """A cause for every accepted event that tells how an outreach was taken."""
    return [
        _cause(event, REACTED, trace) for event, trace in accepted if isinstance(event.data, OutreachReacted)
    ]


def _is_cause(event: Event, trigger: str, named: Named, now: float) -> bool:
    if trigger == "surprise":
        rule = named.surprise
        return (
            rule is not None and event.at > now - rule.freshness and surprises(event, rule.chance, named.salt)
        )
    return not isinstance(event.data, ComplaintSettled) or not event.data.accepted


def surprises(event: Event, chance: float, salt: str) -> bool:
    """Whether the lot of surprises falls on an event."""
    return drawn(chance, salt, "surprise", event.subject, event.identity)


def causes_of_knots(
    accepted: Iterable[Traced], named: Named, now: float, among: Collection[str] | None = None
) -> list[Cause]:
    """A cause for every customer of whom some events may have tied a knot: by the newest of these events.

    `among` are those who have an open knot, where that is known.
    """
    tying = named.tying
    return _newest(
        (
            (event, trace)
            for event, trace in accepted
            if type(event.data) in tying
            and (among is None or event.subject in among)
            and named.ties(event, now)
        ),
        "knot_opened",
    )


def causes_of_time(tied: Iterable[str], named: Named, now: float) -> list[Cause]:
    """A cause for everybody of whom time may have tied a knot, whatever event it was that made one look."""
    if not named.tying:
        return []
    at = datetime.fromtimestamp(now, UTC)
    return [Cause(customer, "knot_opened", f"time@{now:.6f}", at, "", "", None) for customer in sorted(tied)]


def causes_of_firsts(contacts: Iterable[Traced]) -> list[Cause]:
    """A cause for everybody who never contacted us before, by the first of the events of their contacts."""
    first: dict[str, Traced] = {}
    for event, trace in contacts:
        known = first.get(event.subject)
        if known is None or event.order < known[0].order:
            first[event.subject] = (event, trace)
    return [_cause(event, "first_contact", trace) for event, trace in first.values()]


def causes_of_bands(
    bands: Mapping[str, tuple[Band | None, Band]], accepted: Iterable[Traced], named: Named
) -> list[Cause]:
    """A cause for every customer whose band came down to one that the trigger names.

    The batch only suggests it: whether fresh events brought the band down is for the trigger to find out.
    """
    fallen = {name for name, (was, band) in bands.items() if band in named.bands and was not in named.bands}
    return _newest((one for one in accepted if one[0].subject in fallen), "band_fallen") if fallen else []


def _newest(accepted: Iterable[Traced], trigger: str) -> list[Cause]:
    newest: dict[str, Traced] = {}
    for event, trace in accepted:
        known = newest.get(event.subject)
        if known is None or event.order > known[0].order:
            newest[event.subject] = (event, trace)
    return [_cause(event, trigger, trace) for event, trace in newest.values()]


def _cause(event: Event, trigger: str, trace: str | None, before: str = "") -> Cause:
    episode = before + event.identity.hex()
    return Cause(event.subject, trigger, episode, event.time, event.source, event.id, trace)
