"""Small histories that people can read, each with a label: given, when decided, then whom a trigger prompts
for.

A file is of one trigger, and holds many. Days are counted from a Monday; events are numbered in the order in
which they are told, which is the order in which they arrive:

    === A title
    Given
        day 1 09:00  contact.retold  contact_id=c1 reason="the bill"
        day 2 09:00  contact.retold  contact_id=c2 reason="the bill"  as visitor:7
    When decided on day 2 10:00
    Then it prompts by 2 at day 2 09:00

«Then it prompts nobody» and «Then it is stale by 2» say the rest. By what and at which instant may be left
out. Events «retracted 2» and «contested c1» stand for those of the record.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from events import Event, EventRetracted, RecordContested, make
from projections.bands import Band
from projections.causes import Cause
from projections.duration import DAY
from projections.preview import preview
from projections.rhythm import Population
from projections.triggers import Due, Known, Stale, decide
from tests.unit.histories import SHIPPED
from tests.unit.knots.tales import event_of, moment

_STORIES = Path(__file__).with_name("stories")
_THEN = re.compile(
    r"Then it (?P<what>prompts|is stale)(?: by (?P<id>\d+))?(?: at (?P<at>day \d+ \d\d:\d\d))?"
)

POPULATION = Population(100, 100 * 10 * DAY)
"""Customers in general come every ten days."""

_LOOKED_AT = ("silence", "milestone", "band_fallen")
"""Triggers that no event by itself is a cause for: the clock looks, or a band moves."""

_FALLS: list[Band] = ["strained", "knotted"]
assert SHIPPED.triggers.band_fallen is not None
STRATEGY = replace(
    SHIPPED,
    triggers=replace(SHIPPED.triggers, band_fallen=replace(SHIPPED.triggers.band_fallen, bands=_FALLS)),
)
"""As it is shipped, but that a fall to `knotted` prompts too."""


class Wanted(NamedTuple):
    """A prompt, or one that is withheld as stale; what is None is not said."""

    stale: bool
    id: str | None
    at: datetime | None

    def is_like(self, one: Due | Stale) -> bool:
        """Whether a decision is the one that is meant."""
        return (
            self.stale == isinstance(one, Stale)
            and self.id in (None, one.why.id)
            and self.at in (None, one.at)
        )


class Look(NamedTuple):
    """When it is decided, and what comes of it."""

    now: datetime
    wanted: list[Wanted]


class Tale(NamedTuple):
    """One labelled history."""

    title: str
    trigger: str
    events: list[Event]
    looks: list[Look]


def tales() -> Iterator[Tale]:
    """All labelled histories."""
    for path in sorted(_STORIES.glob("*.txt")):
        for text in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, *lines = [line.strip() for line in text.splitlines() if line.strip()]
            yield _tale(title, path.stem, lines)


def _tale(title: str, trigger: str, lines: list[str]) -> Tale:
    events: list[Event] = []
    looks: list[Look] = []
    for line in lines:
        if line.startswith("day "):
            events.append(_event(line, str(len(events) + 1)))
        elif line.startswith("When decided on "):
            looks.append(Look(moment(line.removeprefix("When decided on ")), []))
        elif line not in ("Given", "Then it prompts nobody"):
            found = _THEN.fullmatch(line)
            assert found is not None, f"{line!r} says nothing that is understood"
            at = None if found["at"] is None else moment(found["at"])
            looks[-1].wanted.append(Wanted(found["what"] == "is stale", found["id"], at))
    assert events, title
    assert looks, title
    return Tale(f"{trigger}: {title}", trigger, events, looks)


def _event(line: str, number: str) -> Event:
    found = re.fullmatch(r"(day \d+ \d\d:\d\d)\s+(retracted|contested)\s+(\S+?)(?:\s+as (\S+))?", line)
    if found is None:
        return event_of(line, number)
    what = found[3]
    data = EventRetracted(source="story", id=what) if found[2] == "retracted" else RecordContested(about=what)
    return make(data, subject=found[4] or "anna", source="story", id=number, time=moment(found[1]))


def fired(known: list[Event], new: list[Event], trigger: str, now: datetime) -> list[Due | Stale]:
    """What a trigger comes to when some events arrive after others: each prompt once."""
    if trigger in _LOOKED_AT:
        latest = max(new, key=lambda event: event.order)
        at = latest.time if trigger == "band_fallen" else now
        cause = Cause(latest.subject, trigger, latest.identity.hex(), at, latest.source, latest.id, None)
        decision = decide(cause, Known([*known, *new], STRATEGY, POPULATION), STRATEGY, now)
        return [] if decision is None else [decision]
    found = preview(known, new, None, STRATEGY, now).fired
    return [one.decision for one in found if one.cause.trigger == trigger]


def given(so_far: list[Due | Stale], more: list[Due | Stale]) -> list[Due | Stale]:
    """Those that there were, and those that are no repetition, as whoever writes prompts tells them."""
    kept = list(so_far)
    for one in more:
        same = {one.episode, *one.same}
        if not any(before.prompt_id == one.prompt_id or before.episode in same for before in kept):
            kept.append(one)
    return kept
