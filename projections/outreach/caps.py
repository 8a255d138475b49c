"""Caps: how often a customer hears from us what they did not ask for."""

from collections.abc import Iterable, Sequence

from events import Event, OutreachMade, SolicitationSent
from projections.outreach.prompts import Prompt
from projections.outreach_rules import Cap

_UNHEARD = ("held", "declined", "expired", "withheld")
"""The states of prompts that the customer never heard of."""


def capped(heard: Sequence[float], at: float, caps: Sequence[Cap]) -> Cap | None:
    """The first cap that one more would exceed at an instant; None where there is room under all of them.

    `heard` are the instants at which the customer heard from us, in seconds since the Unix epoch.
    """
    for cap in caps:
        if sum(one > at - cap.within for one in heard) >= cap.most:
            return cap
    return None


def heard(events: Iterable[Event], prompts: Iterable[Prompt]) -> list[float]:
    """When a customer heard from us, or may any moment: outreach that was made, prompts that were given and
    that somebody may still act on, and whatever we sent to win their attention."""
    given = {prompt.prompt_id: prompt for prompt in prompts}
    times = [
        prompt.closed_at or prompt.delivered_at
        for prompt in given.values()
        if prompt.delivered_at is not None and prompt.state not in _UNHEARD
    ]
    return [at.timestamp() for at in times if at is not None] + [
        event.at
        for event in events
        if type(event.data) is SolicitationSent
        or (type(event.data) is OutreachMade and event.data.prompt_id not in given)
    ]
