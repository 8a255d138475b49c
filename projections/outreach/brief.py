"""The brief: what an agent should know before they reach out, short enough to be read on the way there.

It is made of lines, each of which says what an event says. What was retracted or is contested is not among
what is known, and so never in a brief.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

import msgspec

from events import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactClosed,
    Data,
    Event,
    FactTold,
    OutreachMade,
    OutreachReacted,
    PreferenceSet,
    PromiseMade,
    PromiseRenegotiated,
)
from projections.knots.knot import Place
from projections.outreach.episodes import (
    FEELING,
    OF_PROMISES,
    STORY,
    WEIGHT,
    Promises,
    of_feeling,
    of_story,
    promises_of,
)
from projections.outreach.line import Line, length, line, line_of
from projections.outreach.openings import openings
from projections.outreach.prompts import Told
from projections.triggers import Due, Known

WORDS = 120
"""About so many words are read in half a minute; openings come on top."""

_WHY, _STORY, _TOLD, _NOTES, _PROMISES, _FELT = 3, 5, 3, 2, 3, 2
"""The most lines of each section, and so many that say why."""

_WISHES = ("contact_by", "channel", "hours", "language", "timezone")


class Brief(msgspec.Struct, frozen=True):
    """What is to be known of a customer before reaching out, beside the reason why."""

    story: list[Line]
    """What happened, in the order in which it did, so that nobody asks again."""
    told: list[Line]
    """What they told us, and what colleagues noted; the latest first."""
    promises: list[Line]
    """What we still owe them, the soonest due first."""
    wishes: list[Line]
    """How they want to be reached."""
    felt: list[Line]
    """How it felt to them; the latest first."""
    openings: list[Line]
    """Ways to begin, to adapt."""


def brief(known: Known, decision: Due | Told, at: float) -> Brief:
    """The brief of a prompt that is given at an instant, from what it states and is known of its customer."""

    by_kind: dict[type, list[tuple[Place, Event]]] = {}
    for event, place in known.placed:
        if place[0] <= at:
            by_kind.setdefault(type(event.data), []).append((place, event))

    def past(*kinds: type[Data]) -> list[Event]:
        found = [one for kind in kinds for one in by_kind.get(kind, ())]
        return [event for _, event in (sorted(found) if len(kinds) > 1 else found)]

    promises = promises_of(past(*OF_PROMISES))
    why = [line_of(decision.why), *(line_of(fact) for fact in decision.facts[-(_WHY - 1) :])]
    stated = {(one.source, one.id) for one in [decision.why, *decision.facts]}
    feelings = [event for event in past(*FEELING) if (event.source, event.id) not in stated]
    felt = _felt(feelings, past(OutreachReacted))
    used = stated | {(one.source, one.id) for one in felt}
    whole = Brief(
        story=_story((past(kind) for kind in STORY), promises, used),
        told=_told(past(FactTold, ContactClosed, OutreachMade)),
        promises=_owed(past(PromiseRenegotiated), promises, stated),
        wishes=_wishes(past(PreferenceSet, ConsentGiven, ConsentWithdrawn)),
        felt=felt,
        openings=[],
    )
    short = _shortened(whole, WORDS - sum(map(length, why)), stated)
    first = openings(why[0], short.promises, short.told, short.felt)
    return msgspec.structs.replace(short, openings=first)


def _shortened(whole: Brief, room: int, stated: Collection[tuple[str, str]]) -> Brief:
    """As much of a brief as there is room for: what matters most. A promise that the prompt states takes no
    room, as it is read there; an agent must still find it to agree on another date."""
    kept = {id(one) for one in whole.promises if (one.source, one.id) in stated}
    more = [one for one in whole.promises if id(one) not in kept]
    for one in _by_weight(msgspec.structs.replace(whole, promises=more)):
        room -= length(one)
        if room < 0:
            break
        kept.add(id(one))
    return Brief(
        *([one for one in getattr(whole, section) if id(one) in kept] for section in Brief.__struct_fields__)
    )


def _by_weight(whole: Brief) -> Iterator[Line]:
    """All lines, those first that an agent would miss most."""
    yield from (*whole.promises[:1], *whole.wishes, *whole.felt[:1], *whole.told[:1])
    yield from (*reversed(whole.story), *whole.told[1:], *whole.promises[1:], *whole.felt[1:])


def _story(
    kinds: Iterable[Sequence[Event]], promises: Promises, used: Collection[tuple[str, str]]
) -> list[Line]:
    """What happened: of each kind the latest, the weightiest kinds first; then told in order."""
    latest: list[tuple[int, Event, Line]] = []
    for events in kinds:
        for event in reversed(events):
            one = None if (event.source, event.id) in used else of_story(event, promises)
            if one is not None and event.data is not None:
                latest.append((WEIGHT.get(type(event.data), 1), event, one))
                break
    chosen = sorted(latest, key=lambda found: (found[0], found[1].order), reverse=True)[:_STORY]
    return [one for _, _, one in sorted(chosen, key=lambda found: found[1].order)]


def _told(history: Iterable[Event]) -> list[Line]:
    """The latest of each thing that they told us, and the latest notes."""
    facts: dict[str, tuple[Event, Line]] = {}
    notes: list[tuple[Event, Line]] = []
    for event in history:
        match event.data:
            case FactTold(key=key, value=value):
                facts[key] = (event, line("fact_told", event, key=key, value=value))
            case ContactClosed(note=str(note)) | OutreachMade(note=str(note)):
                notes.append((event, line("noted", event, note=note)))
    some = sorted(facts.values(), key=lambda found: found[0].order)[-_TOLD:] + notes[-_NOTES:]
    return [one for _, one in sorted(some, key=lambda found: found[0].order, reverse=True)]


def _owed(
    renegotiated: Iterable[Event], promises: Promises, stated: Collection[tuple[str, str]]
) -> list[Line]:
    """What is still owed to the customer, the soonest due first; what the prompt states is among it."""
    moved = {(event.subject, event.source, event.id): event for event in renegotiated}
    found: list[tuple[float, str, Line]] = []
    for (subject, promise_id), pledged in promises.items():
        promise, made = pledged.promise, pledged.event.data
        if not promise.open or promise.due is None or not isinstance(made, PromiseMade):
            continue
        agreed = promise.renegotiated
        beside = [] if agreed is None else [moved[subject, agreed.source, agreed.id]]
        due = datetime.fromtimestamp(promise.due, UTC)
        one = line("promise_open", pledged.event, *beside, what=made.what, due=due, promise_id=promise_id)
        found.append((promise.due, promise_id, one))
    found.sort(key=lambda entry: entry[:2])
    # A stable sort: those that the prompt is about, then the others, each in the order of their dues.
    chosen = sorted(found, key=lambda entry: (entry[2].source, entry[2].id) not in stated)[:_PROMISES]
    return [one for _, _, one in sorted(chosen, key=lambda entry: entry[:2])]


def _wishes(history: Iterable[Event]) -> list[Line]:
    """How they want to be reached, and what they want no more: the latest word on each."""
    wishes: dict[str, Line] = {}
    withdrawn: dict[str, Line] = {}
    for event in history:
        match event.data:
            case PreferenceSet() as data:
                for name in _WISHES:
                    value = getattr(data, name)
                    if value is not None:
                        wishes[name] = line(f"wants_{name}", event, **{name: value})
            case ConsentWithdrawn(purpose=purpose):
                withdrawn[purpose] = line("consent_withdrawn", event, purpose=purpose)
            case ConsentGiven(purpose=purpose):
                withdrawn.pop(purpose, None)
    return [*(wishes[name] for name in _WISHES if name in wishes), *list(withdrawn.values())[-1:]]


def _felt(said: Sequence[Event], reactions: Sequence[Event]) -> list[Line]:
    """The latest that the customer said of how it feels, and how they took our last outreach."""
    latest = (one for event in reversed(said) if (one := of_feeling(event)) is not None)
    felt = list(islice(latest, _FELT))
    taken = [
        line("reacted", event, reaction=event.data.reaction)
        for event in reactions[-1:]
        if isinstance(event.data, OutreachReacted)
    ]
    found = [*felt[: _FELT - 1], *taken, *felt[_FELT - 1 :]][:_FELT]
    return sorted(found, key=lambda one: one.at, reverse=True)
