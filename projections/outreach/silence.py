"""How customers take it: what they said of an outreach, and what it means that they said nothing."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from events import Event, OutreachMade, OutreachReacted
from projections.kinds import of_kind
from projections.knots.outreach import is_sign

Reaction = Literal["welcome", "neutral", "unwelcome", "none", "unknown"]
"""How an outreach was taken; `unknown` where the customer was heard of since, though not of it."""


class Silent(msgspec.Struct, frozen=True):
    """An outreach was met by silence."""

    at: datetime
    """When it had lasted for so long that it was."""


def reaction_to(prompt_id: str, events: Iterable[Event]) -> Reaction | None:
    """What was last said of how the customer took an outreach; None where nothing was."""
    said = [one for one in of_kind(events, OutreachReacted) if one[1].prompt_id == prompt_id]
    return max(said, key=lambda one: one[0].order)[1].reaction if said else None


def silence_after(
    prompt_id: str, events: Iterable[Event], silence: float, now: datetime
) -> Silent | Reaction | None:
    """How an outreach was taken, as far as it can be told now; None where it is too early."""
    known = list(events)
    said = reaction_to(prompt_id, known)
    if said is not None:
        return said
    made = [event for event, data in of_kind(known, OutreachMade) if data.prompt_id == prompt_id]
    if not made:
        return "unknown"
    last = max(made, key=lambda event: event.order)
    over = last.time + timedelta(seconds=silence)
    if any(is_sign(event) and last.at < event.at <= over.timestamp() for event in known):
        return "unknown"
    return Silent(over) if over <= now else None
