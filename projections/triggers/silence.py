"""A silence longer than a customer's own rhythm allows, in a good relationship."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from events import (
    ComplaintRaised,
    CustomerRecommended,
    Data,
    Event,
    ExchangeCancelled,
    ExchangePurchased,
    ExchangeRenewed,
    ExchangeVisited,
    FeedbackGiven,
    OutreachReacted,
    PerceptionStated,
    PraiseGiven,
    SuggestionMade,
)
from projections.causes import FIRST, Cause
from projections.duration import DAY
from projections.rhythm import PRIOR, Population, bouts, rhythm
from projections.trigger_rules import SilenceTrigger
from projections.triggers.decision import Decision, decided, fact_of
from projections.triggers.known import Known

_SIGNS: tuple[type[Data], ...] = (
    ComplaintRaised,
    CustomerRecommended,
    ExchangeCancelled,
    ExchangePurchased,
    ExchangeRenewed,
    ExchangeVisited,
    FeedbackGiven,
    PerceptionStated,
    PraiseGiven,
    SuggestionMade,
)
"""By these a customer who does not contact us is heard of: who bought yesterday is not silent."""


def silence(cause: Cause, trigger: SilenceTrigger, known: Known, now: datetime) -> Decision:
    """It has lasted for long enough, is unusual, and the relationship is a good one.

    It is once per silence: its episode is the last contact.
    """
    at = now.timestamp()
    began = contacts_began(known, at)
    unusual = unusual_from(known, trigger, at)
    if unusual is None or unusual > at:
        return None
    if not known.is_in(trigger.bands, max(at, known.newest)):
        return None
    last = began[-1]
    found = rhythm((event.at for event in began), at, known.population)
    assert found is not None  # noqa: S101 - it is unusual
    return decided(
        # When it became unusual moves with how often others come: the cause says when that was.
        msgspec.structs.replace(cause, customer=last.subject),
        episode_of(last),
        fact_of(
            "silence", last, days=round(found.silence / DAY), usual_days=max(1, round(found.usual_gap / DAY))
        ),
        trigger,
        now,
        same=(episode_of(last),),
    )


def episode_of(last: Event) -> str:
    """The episode of a silence since a contact."""
    return last.identity.hex()


def contacts_began(known: Known, at: float) -> list[Event]:
    """The first event of each contact until an instant, in their order."""
    first: dict[tuple[str, str], Event] = {}
    for event in known.of(*FIRST):
        if event.at <= at:
            first.setdefault((event.subject, event.data.contact_id), event)  # type: ignore[union-attr]
    return list(first.values())


def unusual_from(known: Known, trigger: SilenceTrigger, at: float) -> float | None:
    """From when on the silence that lasts at an instant is unusual; None where nobody knows what is usual.

    The probability of `projections.rhythm` solved for the silence: s = (α + S)·(c^(−1/(r + k)) − 1).
    """
    times = [event.at for event in contacts_began(known, at)]
    if not times:
        return None
    length = _unusual_after(times, trigger.chance, known.population)
    if length is None:
        return None
    return max(max(times) + max(length, trigger.at_least), _last_sign(known, at) + trigger.at_least)


def _unusual_after(times: Iterable[float], chance: float, population: Population) -> float | None:
    known = bouts(times)
    shape, rate = float(len(known) - 1), known[-1][0] - known[0][0]
    if population.mean_gap is not None:
        shape += PRIOR
        rate += PRIOR * population.mean_gap
    return rate * (chance ** (-1.0 / shape) - 1.0) if shape else None


def _last_sign(known: Known, at: float) -> float:
    signs = (event.at for event in known.of(*_SIGNS) if event.at <= at)
    reactions = (
        event.at for event, data in known.pairs(OutreachReacted) if data.reaction != "none" and event.at <= at
    )
    return max([*signs, *reactions], default=float("-inf"))


def next_look(known: Known, trigger: SilenceTrigger, now: datetime, *, prompted: bool) -> datetime:
    """When to look at a customer's silence again, by all that is known now.

    When it becomes unusual, if they stay silent; a day later, where it is and nobody was prompted. If they do
    not, no other silence can be unusual before `at_least` has passed once more. `prompted` says whether there
    was a prompt for the silence that lasts now.
    """
    at = now.timestamp()
    again = at + trigger.at_least
    unusual = unusual_from(known, trigger, at)
    if unusual is None or unusual <= at - trigger.freshness or (unusual <= at and prompted):
        return datetime.fromtimestamp(again, UTC)
    return datetime.fromtimestamp(min(at + DAY if unusual <= at else unusual, again), UTC)
