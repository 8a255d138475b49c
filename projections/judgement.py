"""Judgements: an agent's own view of a relationship stands beside the reading, and sets its band for a time.

The numbers stay what the events amount to. Which judgement is in force at an instant follows, like
everything else, from the events known then and from the instant: of those that were made and have not
expired, the last by the order of events. A later one stands before an earlier one only until it expires; what
was taken back, or is contested, never stood.
"""

from collections.abc import Iterable, Sequence

import msgspec

from events import Event, JudgementMade, Order
from projections.bands import Band
from projections.corrections import CORRECTIONS, standing
from projections.kinds import of_kind, of_kinds
from projections.reading import Reading, band_of
from projections.strategy import Strategy

SPEAKING = (JudgementMade, *CORRECTIONS)
"""Data of events from which it follows which judgements stand."""


class Judgement(msgspec.Struct, frozen=True):
    """How healthy an agent judged a relationship to be."""

    subject: str
    """Under which of the person's ids."""
    order: Order
    """Its place among events; its time is the first part."""
    health: float
    agent_id: str
    reason: str
    until: float
    """When it expires, in seconds since the Unix epoch."""

    @property
    def at(self) -> float:
        """When it was made, in seconds since the Unix epoch."""
        return self.order[0]


def judgements(events: Iterable[Event]) -> list[Judgement]:
    """The judgements among some events that none of them sets aside."""
    said = list(of_kinds(events, *SPEAKING))
    if not any(of_kind(said, JudgementMade)):
        return []
    return [judgement_of(event, data) for event, data in of_kind(standing(said), JudgementMade)]


def judgement_of(event: Event, data: JudgementMade) -> Judgement:
    """What one event says."""
    return Judgement(
        event.subject, event.order, float(data.health), data.agent_id, data.reason, data.until.timestamp()
    )


def in_force(made: Iterable[Judgement], at: float) -> Judgement | None:
    """The judgement that sets the band at an instant (seconds since the Unix epoch), if one does."""
    return max(
        (one for one in made if one.at <= at < one.until),
        key=lambda one: (one.order, one.subject),
        default=None,
    )


def in_force_at(events: Iterable[Event], at: float) -> Judgement | None:
    """The same of a person's events; those after the instant are not known at it."""
    return in_force(judgements(event for event in events if event.at <= at), at)


def band_judged(judgement: Judgement, strategy: Strategy) -> Band:
    """The band that a judgement says: whoever judges knows, so it is never «unknown»."""
    return band_of(judgement.health, 1.0, strategy)


def as_judged(reading: Reading, judgement: Judgement | None, strategy: Strategy) -> Reading:
    """A reading whose band is that of a judgement, where one is in force. No number is another."""
    if judgement is None:
        return reading
    return msgspec.structs.replace(reading, band=band_judged(judgement, strategy))


def by_subject(made: Sequence[Judgement]) -> dict[str, list[Judgement]]:
    """Judgements under the ids that they were published under."""
    found: dict[str, list[Judgement]] = {}
    for one in made:
        found.setdefault(one.subject, []).append(one)
    return found
