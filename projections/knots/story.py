"""A person's story as the patterns read it: what stands of it, in order, and what belongs together."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

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
    CustomerRecommended,
    Data,
    Event,
    FeedbackGiven,
    FrictionMet,
    LatitudeUsed,
    OutreachMade,
    OutreachReacted,
    PerceptionStated,
    PraiseGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
    RecognitionRemembered,
    RequestRefused,
    SuggestionMade,
    type_of,
)
from projections.corrections import standing
from projections.kinds import of_kind
from projections.knots.knot import Moment, Place, with_places

RECENT = 500
"""Patterns are looked for in so many events: the most recent of those that any pattern names."""

NAMED: tuple[type[Data], ...] = (
    ContactAttempted,
    ContactAnswered,
    ContactMissed,
    ContactReturned,
    ContactTransferred,
    ContactRetold,
    ContactClosed,
    PromiseMade,
    PromiseKept,
    PromiseBroken,
    PromiseReleased,
    PromiseRenegotiated,
    RecognitionRemembered,
    FrictionMet,
    RequestRefused,
    ComplaintRaised,
    ComplaintSettled,
    FeedbackGiven,
    PraiseGiven,
    SuggestionMade,
    PerceptionStated,
    LatitudeUsed,
    CustomerRecommended,
    OutreachMade,
    OutreachReacted,
)
"""Data of the events that patterns name. Purchases and visits are context, and not among them."""

NAMED_TYPES = frozenset(type_of(cls) for cls in NAMED)

_NAMED = frozenset(NAMED)
_D = TypeVar("_D", bound=Data)


Matter = tuple[str, str]
"""Which contact, or which promise: its subject, and its id there."""


class Topic(NamedTuple):
    """What a contact or a complaint is about, as far as anybody said."""

    case: str | None = None
    reason: str | None = None
    contact: Matter | None = None

    @property
    def name(self) -> str:
        """The most telling of these."""
        return self.case or self.reason or (self.contact[1] if self.contact else "")

    def same(self, other: "Topic") -> bool:
        """Whether two are about the same thing."""
        if self.contact is not None and self.contact == other.contact:
            return True
        if self.case is not None and other.case is not None:
            return self.case == other.case
        return self.reason is not None and self.reason == other.reason


class Story:
    """What stands of one person's events until an instant, as far as patterns name it."""

    def __init__(self, events: Sequence[Event], at: float, places: Mapping[int, Place]) -> None:
        """`events` stand, are of types that patterns name, and are in order; see `story`.

        `places` are where they stand, by what `id` says of them: patterns ask for it often.
        """
        self.events = events
        self.at = at
        self.places = places
        self.worked_out: dict[Hashable, Any] = {}
        """What a pattern made of the story, by its rule, for who needs it again."""
        self._by_kind: dict[type, list[Event]] = {}
        for event in events:
            self._by_kind.setdefault(type(event.data), []).append(event)
        self._said: dict[Matter, tuple[str | None, str | None]] = {}

    def place(self, event: Event) -> Place:
        """Where one of the events stands."""
        return self.places[id(event)]

    def speaking(self, event: Event) -> Moment:
        """The moment of an event that by itself speaks for a knot."""
        return Moment(self.places[id(event)], (event,))

    def untying(self, event: Event) -> Moment:
        """The moment of an event that unties."""
        return Moment(self.places[id(event)], (event,), unties=True)

    def count(self, *kinds: type[Data]) -> int:
        """How many events have data of some kinds: where they are too few, no knot can be of them."""
        return sum(len(self._by_kind.get(kind, ())) for kind in kinds)

    def of(self, *kinds: type[Data]) -> list[Event]:
        """The events with data of some kinds, kind after kind."""
        return [event for kind in kinds for event in self._by_kind.get(kind, ())]

    def pairs(self, kind: type[_D]) -> list[tuple[Event, _D]]:
        """The events with data of one kind, with that data."""
        return list(of_kind(self._by_kind.get(kind, ()), kind))

    @cached_property
    def contacts(self) -> dict[Matter, list[Event]]:
        """The events of each contact, in their order."""
        return self._grouped("contact_id")

    @cached_property
    def promises(self) -> dict[Matter, list[Event]]:
        """The events of each promise, in their order."""
        return self._grouped("promise_id")

    def _grouped(self, field: str) -> dict[Matter, list[Event]]:
        kinds = {kind for kind in self._by_kind if field in kind.__struct_fields__}  # type: ignore[attr-defined]
        found: dict[Matter, list[Event]] = {}
        for event in self.events:
            if type(event.data) in kinds and (name := getattr(event.data, field)) is not None:
                found.setdefault((event.subject, name), []).append(event)
        return found

    def _said_of(self, contact: Matter) -> tuple[str | None, str | None]:
        """Case and reason of a contact: the first that anything said of it."""
        said = self._said.get(contact)
        if said is None:
            case: str | None = None
            reason: str | None = None
            for event in self.contacts.get(contact, ()):
                case = case or getattr(event.data, "case_id", None)
                reason = reason or getattr(event.data, "reason", None)
            said = self._said[contact] = case, reason
        return said

    def topic(self, event: Event) -> Topic:
        """What an event of a contact, or a complaint, is about."""
        contact_id = getattr(event.data, "contact_id", None)
        own_case = getattr(event.data, "case_id", None)
        if contact_id is None:
            return Topic(case=own_case)
        key = (event.subject, contact_id)
        case, reason = self._said_of(key)
        return Topic(own_case or case, getattr(event.data, "reason", None) or reason, key)

    @cached_property
    def welcomes(self) -> list[Event]:
        """The outreach that the customer welcomed: in their own word, somebody put things right."""
        return [event for event, data in self.pairs(OutreachReacted) if data.reaction == "welcome"]


def story(events: Iterable[Event], at: float) -> Story:
    """The story that one person's events tell until an instant (seconds since the Unix epoch)."""
    stands = standing(event for event in events if event.at <= at)
    named = with_places(event for event in stands if type(event.data) in _NAMED)
    return story_of((event for event, _ in named), at, {id(event): place for event, place in named})


def story_of(stands: Iterable[Event], at: float, places: Mapping[int, Place]) -> Story:
    """The same of events that stand, are of before, and are in order; with where each of them stands."""
    return Story([event for event in stands if type(event.data) in _NAMED][-RECENT:], at, places)
