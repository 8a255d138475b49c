"""What became of a customer after a prompt was due, whether it was given or held out."""

from collections.abc import Iterable

import msgspec

from events import ComplaintRaised, Event, ExchangeRenewed
from projections.corrections import standing
from projections.strategy import Strategy
from projections.whole import read_unjudged

_OUTREACH = "egard.outreach."
"""What outreach says of itself is no success of its own: health is read as if it had not been published."""


class Aftermath(msgspec.Struct, frozen=True):
    """What became of a customer within a horizon."""

    health_then: float
    """When the prompt was due, and …"""
    health_since: float
    """… at the end of the horizon."""
    complaints: int
    """How many were raised meanwhile."""
    renewals: int
    """How often the customer renewed meanwhile."""


def aftermath(events: Iterable[Event], strategy: Strategy, at: float, horizon: float) -> Aftermath:
    """What became of a person after an instant (seconds since the Unix epoch), by all that is known of them.

    An event of that very instant was known when the prompt was due, and is no part of what came after.
    """
    stand = standing(event for event in events if event.at <= at + horizon)
    meanwhile = [event.data for event in stand if event.at > at]
    read = [event for event in stand if not event.type.startswith(_OUTREACH)]
    return Aftermath(
        health_then=read_unjudged(read, strategy, at).health,
        health_since=read_unjudged(read, strategy, at + horizon).health,
        complaints=sum(isinstance(data, ComplaintRaised) for data in meanwhile),
        renewals=sum(isinstance(data, ExchangeRenewed) for data in meanwhile),
    )
