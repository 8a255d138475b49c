"""What people say beside what is read, as the API answers it: of one customer, and of all."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from projections.calibration import Calibration, Comparison, Kind, Pair, calibration
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
    stated: Calibration
    """What customers stated, beside what was read just before."""
    not_known: int
    """Statements of customers of whom too little was known to read anything; they are left out above."""
    judged: Calibration
    """What agents judged, beside what was read when the judgement expired."""
    judged_and_stated: Calibration
    """What agents judged, beside what the customer last stated while it stood."""


class Row(NamedTuple):
    """A comparison as the clock wrote it down."""

    customer: str
    kind: Kind
    said: float
    health: float
    confidence: float
    stated: float | None


def views(history: History, found: Iterable[Comparison], strategy: Strategy) -> Views:
    """What was said of a customer."""
    some = list(found)
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


def all_views(rows: Iterable[Row], strategy: Strategy) -> AllViews:
    """What all said."""
    some = list(rows)
    stated = [row for row in some if row.kind == "stated"]
    judged = [row for row in some if row.kind == "judged"]
    known = [row for row in stated if _known(row.confidence, strategy)]
    return AllViews(
        strategy=strategy.version,
        stated=calibration(Pair(row.customer, row.said, row.health) for row in known),
        not_known=len(stated) - len(known),
        judged=calibration(
            Pair(row.customer, row.said, row.health) for row in judged if _known(row.confidence, strategy)
        ),
        judged_and_stated=calibration(
            Pair(row.customer, row.said, row.stated) for row in judged if row.stated is not None
        ),
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
