"""One person in a terminal: how they fare, what they were promised, and what happened last."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from services.cli.letters.show import readable
from services.insight.answers import Happened, Promised, Relationship


class Shown(msgspec.Struct, frozen=True):
    """What is shown of a person."""

    reading: Relationship
    promises: list[Promised]
    events: list[Happened]
    """The newest first."""


def page(shown: Shown) -> Iterator[str]:
    """The lines of a page."""
    reading = shown.reading
    others = [name for name in (reading.canonical, *reading.aliases) if name != reading.customer]
    also = f" (the same person as {', '.join(map(readable, others))})" if others else ""
    yield f"{readable(reading.customer)}{also}"
    if reading.canonical != reading.customer:
        yield f"known as      {readable(reading.canonical)}"
    yield f"band          {_band(reading.band)}"
    if reading.judged is not None:
        judged = reading.judged
        yield (
            f"              judged by {readable(judged.agent_id)} until {_when(judged.until)}: "
            f"{judged.health:.0f} of 100, {readable(judged.reason)}; read as {_band(reading.read_band)}"
        )
    yield (
        f"health        {reading.health:.1f} of 100 (recognition {reading.recognition:.1f}, "
        f"responsiveness {reading.responsiveness:.1f}), trend {reading.trend:+.1f}"
    )
    yield f"confidence    {reading.confidence:.0%}, from {reading.events:,} events"
    yield f"taken at      {_when(reading.taken_at)}, by strategy {reading.strategy}"
    yield ""
    yield "Promises" if shown.promises else "No promises."
    for promise in shown.promises:
        due = "" if promise.due is None else f", due {_when(promise.due)}"
        yield f"  {promise.state:<12}{readable(promise.what or promise.promise_id)}{due}"
    yield ""
    yield "Last events" if shown.events else "No events."
    for event in shown.events:
        mark = " (taken back)" if event.retracted else " (contested)" if event.contested else ""
        under = "" if event.subject == reading.customer else f" [{readable(event.subject)}]"
        yield f"  {_when(event.time)}  {readable(event.label)}{mark}{under}"


def _band(band: str) -> str:
    return "not known well enough" if band == "unknown" else band


def _when(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M}Z"
