"""Who is offered a prompt: somebody who is there, has the minutes, and whom the customer knows if anybody.

First who it belongs to: who put it off or was handed it, made the promise, had the case, was praised. Then a
colleague whom the customer knows from a good contact, the latest first. Then the pool: whoever has the skill
and speaks the customer's language, those with most minutes left first. Whoever had a hard contact lately is
spared what is hard. Where nobody fits it is offered to nobody in particular, and waits where all can see it.

Nothing here looks at how anybody did. Agents are told apart by shift, skill, and whom the customer has met.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from events import (
    ContactAnswered,
    ContactClosed,
    ContactStrained,
    ContactTransferred,
    Event,
    OutreachDelegated,
    OutreachMade,
    OutreachReacted,
    OutreachSnoozed,
    PraiseGiven,
    PreferenceSet,
    PromiseMade,
    RecognitionGreeted,
    RecognitionRemembered,
)
from projections.outreach.shifts import Shift, plain_id
from projections.strategy import Strategy

Why = Literal["owner", "known", "skill", "pool"]
"""It is theirs; the customer knows them; they have the skill; they are there."""


class Offer(msgspec.Struct, frozen=True):
    """Whom a prompt is offered to first, and why."""

    agent_id: str
    why: Why


class Ties(msgspec.Struct, frozen=True):
    """Who has to do with a prompt, as far as the customer's own events say."""

    owner: str | None = None
    known: tuple[str, ...] = ()
    """Whom the customer knows from a good contact, the latest first."""
    language: str | None = None
    """What the customer speaks, where they said."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt that nobody in particular was offered yet."""

    prompt_id: str
    since: float
    """Since when it waits, in seconds since the Unix epoch."""
    minutes: float
    hard: bool
    skill: str | None
    ties: Ties


def ties(
    events: Sequence[Event], prompt_id: str, source: str, event_id: str, at: float, strategy: Strategy
) -> Ties:
    """Who has to do, at an instant, with a prompt whose reason is an event (`source` and `event_id`).

    `events` are all of the customer's that stand.
    """
    reason = [event for event in events if (event.source, event.id) == (source, event_id)]
    ordered = sorted(events, key=lambda event: event.order)
    return Ties(
        _in_charge(prompt_id, ordered) or _owner(reason, ordered),
        tuple(_known(ordered, at, strategy)),
        language_of(ordered),
    )


def language_of(ordered: Sequence[Event]) -> str | None:
    """What a customer speaks, where they said; `ordered` are their events in order."""
    said = [
        event.data.language
        for event in ordered
        if isinstance(event.data, PreferenceSet) and event.data.language is not None
    ]
    return said[-1] if said else None


def share_out(
    waiting: Iterable[Waiting],
    shifts: Iterable[Shift],
    load: Mapping[str, float],
    hard_on: Mapping[str, float],
    strategy: Strategy,
    at: float,
) -> list[tuple[str, Offer]]:
    """Offers prompts at an instant, the one that waits longest first, until no one has room.

    `load` is the minutes that each agent has had since their shift began; `hard_on` is when a contact was
    last hard on them.
    """
    there = list(shifts)
    taken = dict(load)
    offers = []
    for one in sorted(waiting, key=lambda one: (one.since, one.prompt_id)):
        offer = assign(one, there, taken, hard_on, strategy, at)
        if offer is not None:
            taken[offer.agent_id] = taken.get(offer.agent_id, 0.0) + one.minutes
            offers.append((one.prompt_id, offer))
    return offers


def assign(
    prompt: Waiting,
    shifts: Iterable[Shift],
    load: Mapping[str, float],
    hard_on: Mapping[str, float],
    strategy: Strategy,
    at: float,
) -> Offer | None:
    """Whom a prompt is offered to at an instant; None where nobody who is there fits."""
    fit = {
        shift.agent_id: shift
        for shift in shifts
        if _has_room(shift, prompt.minutes, load, at) and not _spared(shift, prompt, hard_on, strategy, at)
    }
    if prompt.ties.owner in fit:
        return Offer(prompt.ties.owner, "owner")
    for agent_id in prompt.ties.known:
        if agent_id in fit:
            return Offer(agent_id, "known")
    pool = [
        shift
        for shift in fit.values()
        if (prompt.skill is None or prompt.skill in shift.skills)
        and _speaks(shift, prompt.ties.language, strategy)
    ]
    if not pool:
        return None
    freest = min(pool, key=lambda shift: (load.get(shift.agent_id, 0.0) - shift.minutes, shift.agent_id))
    return Offer(freest.agent_id, "pool" if prompt.skill is None else "skill")


def _has_room(shift: Shift, minutes: float, load: Mapping[str, float], at: float) -> bool:
    """Whether somebody is there, has the minutes, and is still there after them."""
    there = shift.began <= at and at + minutes * 60.0 <= shift.until
    return there and load.get(shift.agent_id, 0.0) + minutes <= shift.minutes


def _spared(
    shift: Shift, prompt: Waiting, hard_on: Mapping[str, float], strategy: Strategy, at: float
) -> bool:
    last = hard_on.get(shift.agent_id)
    return prompt.hard and last is not None and at - last < strategy.outreach.team.spared_for


def _speaks(shift: Shift, language: str | None, strategy: Strategy) -> bool:
    """Whether somebody speaks a language; of whom nothing is said, it is that of the house."""
    if language is None:
        return True
    spoken = shift.languages or {strategy.languages[0]}
    return _primary(language) in {_primary(one) for one in spoken}


def _primary(language: str) -> str:
    """`fr-CA` and `fr_FR` are spoken by whoever speaks `fr`."""
    return language.replace("_", "-").partition("-")[0].lower()


# ----------------------------------------------------------------------------- whom a customer has met


def _in_charge(prompt_id: str, ordered: Sequence[Event]) -> str | None:
    """Who last put a prompt off, or was handed it: they know of it already."""
    took = [
        event.data.agent_id
        for event in ordered
        if isinstance(event.data, OutreachSnoozed | OutreachDelegated) and event.data.prompt_id == prompt_id
    ]
    return _plain(took[-1]) if took else None


def _owner(reason: Iterable[Event], ordered: Sequence[Event]) -> str | None:
    """Whose matter it is that an event is of."""
    for event in reason:
        if isinstance(event.data, PraiseGiven):
            return _plain(event.data.agent_id)
        made = _of(ordered, "promise_id", getattr(event.data, "promise_id", None), PromiseMade)
        if made and isinstance(made[-1].data, PromiseMade) and made[-1].data.agent_id is not None:
            return plain_id(made[-1].data.agent_id)
        for name in ("case_id", "contact_id"):
            value = getattr(event.data, name, None)
            handled = [agent for one in _of(ordered, name, value, *_HANDLING) if (agent := _handler(one))]
            if handled:
                return handled[-1]
    return None


_HANDLING = (ContactAnswered, ContactClosed, ContactTransferred, PromiseMade)
"""What somebody does who has a case."""


def _of(ordered: Iterable[Event], name: str, value: str | None, *kinds: type) -> list[Event]:
    """Events of some kinds that name the same promise, contact or case."""
    if value is None:
        return []
    return [
        event
        for event in ordered
        if isinstance(event.data, kinds) and getattr(event.data, name, None) == value
    ]


def _handler(event: Event) -> str | None:
    if isinstance(event.data, ContactTransferred):
        return _plain(event.data.to_agent)
    return _plain(getattr(event.data, "agent_id", None))


def _known(ordered: Sequence[Event], now: float, strategy: Strategy) -> Iterator[str]:
    """Whom a customer knows from a good contact that is not too long ago, the latest first."""
    earliest = now - strategy.outreach.team.known_for
    good = {agent_id: at for agent_id, at in _good(ordered) if agent_id is not None and earliest <= at <= now}
    yield from sorted(good, key=lambda agent_id: (-good[agent_id], agent_id))


def _good(ordered: Sequence[Event]) -> Iterator[tuple[str | None, float]]:
    """Each good contact in order: who, and when. One that was hard on the agent is not among them."""
    answered: dict[str, str | None] = {}
    reached: dict[str, str | None] = {}
    hard = {event.data.contact_id for event in ordered if isinstance(event.data, ContactStrained)}
    for event in ordered:
        match event.data:
            case ContactAnswered(by="human") as data:
                answered[data.contact_id] = _plain(data.agent_id)
            case ContactClosed(resolved=True) as data if data.contact_id not in hard:
                yield _plain(data.agent_id) or answered.get(data.contact_id), event.at
            case RecognitionRemembered() | RecognitionGreeted(by_name=True) as data:
                yield _plain(data.agent_id), event.at
            case OutreachMade() as data:
                reached[data.prompt_id] = _plain(data.agent_id)
            case OutreachReacted(reaction="welcome") as data:
                yield reached.get(data.prompt_id), event.at


def _plain(agent: str | None) -> str | None:
    return None if agent is None else plain_id(agent)
