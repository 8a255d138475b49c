"""Calibration: what people say of a relationship, set beside what was read at that time.

What a customer states (`perception.stated`) is held against the reading just before, so that nothing that
came with it or later is in it. What an agent judged (`judgement.made`) is held against the reading when it
expired, and against what the customer last stated while it stood. Nobody's word is the truth: the difference
is shown.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal

import msgspec

from events import Event, JudgementMade, PerceptionStated
from projections.corrections import corrections
from projections.judgement import judgement_of
from projections.strategy import Strategy
from projections.whole import read_unjudged

Kind = Literal["stated", "judged"]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What one event says, and what was read."""

    kind: Kind
    event: Event
    said: float
    """The health that the customer stated, or the agent judged."""
    at: float
    """The instant of the reading: the statement's, or the judgement's end (seconds since the Unix epoch)."""
    health: float | None
    """What was read; None while the judgement still stands."""
    confidence: float | None
    stated: float | None = None
    """What the customer last stated while the judgement stood."""


def compare(
    near: Iterable[Event],
    members_at: Callable[[float], Collection[str]],
    speakers: Collection[str],
    strategy: Strategy,
    now: float,
    latest: int | None = None,
) -> list[Comparison]:
    """What was said under some ids and still stands, by what is known now, in order of time.

    `near` are the events of everybody whom these ids were ever linked with; `members_at` says who was one
    person with them at an instant. Each is read by itself, so who shows only the latest asks for so many.
    """
    known = sorted(
        (event for event in near if event.at <= now), key=lambda event: (event.order, event.subject)
    )
    corrected = corrections(known)

    def read(events: Iterable[Event], at: float) -> tuple[float, float]:
        members = members_at(at)
        reading = read_unjudged((event for event in events if event.subject in members), strategy, at)
        return reading.health, reading.confidence

    said = [
        (place, event)
        for place, event in enumerate(known)
        if isinstance(event.data, PerceptionStated | JudgementMade)
        and event.subject in speakers
        and not corrected.sets_aside(event)
    ]
    found = []
    for place, event in said if latest is None else said[max(0, len(said) - latest) :]:
        if isinstance(event.data, PerceptionStated):
            health, confidence = read(known[:place], event.at)
            found.append(
                Comparison(
                    kind="stated",
                    event=event,
                    said=float(event.data.health),
                    at=event.at,
                    health=health,
                    confidence=confidence,
                )
            )
        elif isinstance(event.data, JudgementMade):
            found.append(_judged(event, event.data, known, read, members_at, now))
    return found


def _judged(
    event: Event,
    data: JudgementMade,
    known: Sequence[Event],
    read: Callable[[Iterable[Event], float], tuple[float, float]],
    members_at: Callable[[float], Collection[str]],
    now: float,
) -> Comparison:
    judgement = judgement_of(event, data)
    health = confidence = stated = None
    if judgement.until <= now:
        until = [one for one in known if one.at <= judgement.until]
        health, confidence = read(until, judgement.until)
        members = members_at(judgement.until)
        stated = next(
            (
                float(one.data.health)
                for one in reversed(until)
                if isinstance(one.data, PerceptionStated) and one.at >= event.at and one.subject in members
            ),
            None,
        )
    return Comparison(
        kind="judged",
        event=event,
        said=judgement.health,
        at=judgement.until,
        health=health,
        confidence=confidence,
        stated=stated,
    )
