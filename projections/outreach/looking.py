"""What becomes of a prompt that is under way, looked at with all that is known now.

Its reason may be gone, the customer may have had enough, its moment may have come, or nobody took it in time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from events import OutreachSnoozed
from projections.outreach.caps import capped, heard
from projections.outreach.consent import allowed
from projections.outreach.moment import held_until
from projections.outreach.prompts import Episode, Prompt, Told, with_more
from projections.strategy import Strategy
from projections.triggers import Due, Known, Stale, decide

Ending = Literal["settled", "stale", "consent", "cap", "untaken", "minutes"]
"""Why a prompt is over: its reason is gone, or too old before it could be given; the customer does not want
it, or heard from us too often; nobody took it in time, or there were no minutes for it."""


class Ends(msgspec.Struct, frozen=True):
    """It is over, since an instant."""

    reason: Ending
    at: datetime


class Opens(msgspec.Struct, frozen=True):
    """Its moment has come: whoever is there may take it."""


class Waits(msgspec.Struct, frozen=True):
    """Its moment comes later."""

    until: datetime


class Lapses(msgspec.Struct, frozen=True):
    """Whoever claimed it did nothing while it was theirs: it is everybody's again."""


class Stays(msgspec.Struct, frozen=True):
    """It stays as it is."""


Step = Ends | Opens | Waits | Lapses | Stays


class Look(msgspec.Struct, frozen=True):
    """What becomes of it, and what it states now."""

    step: Step
    told: Told | None
    priority: float
    minutes: float
    episodes: list[Episode]


def look(prompt: Prompt, known: Known, prompts: Sequence[Prompt], strategy: Strategy, now: datetime) -> Look:
    """Looks at a prompt that is under way; `prompts` are all that the person had."""
    episodes = list(prompt.episodes or ())
    if prompt.state == "claimed":
        lapsed = prompt.lease_until is not None and prompt.lease_until <= now
        step: Step = Lapses() if lapsed else Stays()
        return Look(step, prompt.facts, prompt.priority, prompt.minutes, episodes)
    found = [(one.cause, decide(one.cause, known, strategy, now)) for one in episodes]
    due: dict[str, Due] = {}
    for cause, decision in found:
        if isinstance(decision, Due):
            due.setdefault(decision.prompt_id, decision)
            if all(one.prompt_id != decision.prompt_id for one in episodes):
                episodes.append(Episode(decision.prompt_id, decision.episode, cause))
    standing = [decision for _, decision in found if decision is not None]
    # What is too old to be given anew is no less true; it is said as it was.
    whole = bool(due) and not any(isinstance(decision, Stale) for decision in standing)
    told = _told(list(due.values())) if whole else prompt.facts
    return Look(
        _step(prompt, known, prompts, strategy, now, gone=not standing, fresh=bool(due)),
        told,
        max((one.priority for one in due.values()), default=prompt.priority) if whole else prompt.priority,
        max((one.minutes for one in due.values()), default=prompt.minutes) if whole else prompt.minutes,
        episodes,
    )


def _told(due: Sequence[Due]) -> Told:
    first, *others = sorted(due, key=lambda one: -one.priority)
    told = Told(first.why, first.facts)
    for other in others:
        told = with_more(told, first.priority, other)
    return told


def _step(
    prompt: Prompt,
    known: Known,
    prompts: Sequence[Prompt],
    strategy: Strategy,
    now: datetime,
    *,
    gone: bool,
    fresh: bool,
) -> Step:
    at = now.timestamp()
    if gone:
        return Ends("settled", now)
    if not allowed(known.events, at, owed=prompt.owed):
        return Ends("consent", now)
    if prompt.state == "open":
        over = None if prompt.expires_at is None or prompt.expires_at > now else prompt.expires_at
        return Stays() if over is None else Ends("untaken", over)
    if not _moment(prompt, known, now):
        return Stays()
    if prompt.delivered_at is None and not prompt.owed:
        if not fresh:
            return Ends("stale", now)
        others = [one for one in prompts if one.prompt_id != prompt.prompt_id]
        if capped(heard(known.events, others), at, strategy.outreach.caps) is not None:
            return Ends("cap", now)
    held = held_until(at, known.events, strategy)
    return Opens() if held is None else Waits(datetime.fromtimestamp(held, UTC))


def _moment(prompt: Prompt, known: Known, now: datetime) -> bool:
    """Whether what a prompt waited for is there."""
    if prompt.state == "held":
        return prompt.deliver_at is None or prompt.deliver_at <= now
    if prompt.snoozed_until is not None and prompt.snoozed_until <= now:
        return True
    if prompt.snoozed_for is None:
        return prompt.snoozed_until is None
    since = max(
        (
            event.at
            for event in known.events
            if isinstance(event.data, OutreachSnoozed) and event.data.prompt_id == prompt.prompt_id
        ),
        default=prompt.changed_at.timestamp(),
    )
    return any(event.type == prompt.snoozed_for and event.at > since for event in known.events)
