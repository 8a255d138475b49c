"""What people say beside what is read, as the API answers it: of one customer, and of all."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from projections.agreement import (
    NOTHING,
    Calibration,
    Pair,
    Span,
    Spread,
    calibration,
    calibration_of,
)
from projections.calibration import Comparison, Kind, compare
from projections.strategy import Strategy
from services.insight.answers import EventRef
from services.insight.histories import History
from services.runtime.rows import instant


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer stated, or an agent judged, beside what was read."""

    kind: Kind
    said: float
    said_at: datetime
    at: datetime
    """The instant of the reading: the statement's, or the judgement's end."""
    health: float | None
    """What was read just before a statement, or when a judgement expired; null while that still stands."""
    known: bool
    """Whether enough was known then to read anything."""
    stated: float | None
    """What the customer last stated while the judgement stood."""
    event: EventRef


class Views(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of one customer, the latest first."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    strategy: str
    views: list[View]
    stated: Calibration
    """The customer's statements beside what was read, where enough was known."""


class AllViews(msgspec.Struct, frozen=True, kw_only=True):
    """What all customers stated and agents judged, beside what was read; agents are not told apart."""

    strategy: str
    summed_at: datetime | None
    """When the clock last summed this up, minutes ago; null where there is nothing yet."""
    stated: Calibration
    """What customers stated, beside what was read just before."""
    not_known: int
    """Statements of customers of whom too little was known to read anything; they are left out above."""
    judged: Calibration
    """What agents judged, beside what was read when the judgement expired."""
    judged_and_stated: Calibration
    """What agents judged, beside what the customer last stated while it stood."""


def views(history: History, strategy: Strategy, latest: int | None = None) -> Views:
    """What was said of a customer until the instant of a history; of much, the latest."""

    def members(at: float) -> tuple[str, ...]:
        return history.person_at(at).members

    speakers, at = history.person.members, history.at.timestamp()
    some = compare(history.near, members, speakers, strategy, at, latest)
    return Views(
        customer=history.customer,
        canonical=history.person.canonical,
        aliases=history.person.aliases,
        taken_at=history.at,
        strategy=strategy.version,
        views=[_view(one, strategy) for one in reversed(some)],
        stated=calibration(
            Pair(history.person.canonical, one.said, one.health)
            for one in some
            if one.kind == "stated" and one.health is not None and _known(one.confidence, strategy)
        ),
    )


def all_views(rows: Iterable[Mapping[str, Any]], strategy: Strategy) -> AllViews:
    """What all said, from the sums of each pairing by span."""
    spans: dict[str, list[Span]] = {}
    spreads: dict[str, Spread] = {}
    summed_at = None
    for row in rows:
        pairing = row["pairing"]
        spans.setdefault(pairing, []).append(Span(*(row[name] for name in Span.__struct_fields__)))
        spreads[pairing] = Spread(*(row[f"all_{name}"] for name in Spread.__struct_fields__))
        summed_at = row["summed_at"]

    def of(pairing: str) -> Calibration:
        return calibration_of(spans.get(pairing, ()), spreads.get(pairing, NOTHING))

    return AllViews(
        strategy=strategy.version,
        summed_at=summed_at,
        stated=of("stated"),
        not_known=of("not_known").count,
        judged=of("judged"),
        judged_and_stated=of("judged_and_stated"),
    )


def _view(one: Comparison, strategy: Strategy) -> View:
    return View(
        kind=one.kind,
        said=one.said,
        said_at=one.event.time,
        at=instant(one.at),
        health=one.health,
        known=_known(one.confidence, strategy),
        stated=one.stated,
        event=EventRef(one.event.source, one.event.id),
    )


def _known(confidence: float | None, strategy: Strategy) -> bool:
    return confidence is not None and confidence >= strategy.confidence_floor
