"""Small histories that people can read, each with a label: given, when read, then which knots.

A file holds many. Days are counted from a Monday; events are numbered in the order in which they are told:

    === A title
    Given
        day 1 09:00  contact.retold  contact_id=c1 reason="the bill"
        day 2 09:00  contact.retold  contact_id=c2 reason="the bill"  as visitor:7
    When read on day 2 09:00
    Then retelling is tied since day 2 09:00 by 1, 2 about the bill

«Then nothing is tied» says that no knot is open; several lines may follow one When, and several When a Given.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from events import TYPES, Event, make
from projections.knots import Knot

FIRST = datetime(2026, 6, 1, tzinfo=UTC)
"""Day 1 begins: a Monday."""

_STORIES = Path(__file__).with_name("stories")
_MOMENT = re.compile(r"day (\d+) (\d\d):(\d\d)")
_THEN = re.compile(
    r"Then (?P<kind>\w+) is tied(?: since (?P<since>day \d+ \d\d:\d\d))?"
    r"(?: by (?P<ids>[\d, ]+?))?(?: about (?P<about>.+))?"
)


class Tied(NamedTuple):
    """A knot that is to be open; what is None is not said."""

    kind: str
    since: float | None
    ids: list[str] | None
    about: str | None

    def is_like(self, knot: Knot) -> bool:
        """Whether a knot is the one that is meant."""
        return (
            knot.kind == self.kind
            and self.since in (None, knot.opened_at)
            and self.ids in (None, [event.id for event in knot.evidence])
            and self.about in (None, knot.about)
        )


class Look(NamedTuple):
    """When one looks, and which knots are to be open then."""

    at: float
    tied: list[Tied]


class Tale(NamedTuple):
    """One labelled history."""

    title: str
    events: list[Event]
    looks: list[Look]


def moment(text: str) -> datetime:
    """An instant such as «day 3 09:00»."""
    found = _MOMENT.fullmatch(text)
    assert found is not None, f"{text!r} is no moment"
    day, hour, minute = map(int, found.groups())
    return FIRST + timedelta(days=day - 1, hours=hour, minutes=minute)


def tales() -> Iterator[Tale]:
    """All labelled histories."""
    for path in sorted(_STORIES.glob("*.txt")):
        for text in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, *lines = [line.strip() for line in text.splitlines() if line.strip()]
            yield _tale(f"{path.stem}: {title}", lines)


def _tale(title: str, lines: list[str]) -> Tale:
    events: list[Event] = []
    looks: list[Look] = []
    for line in lines:
        if line.startswith("day "):
            events.append(event_of(line, str(len(events) + 1)))
        elif line.startswith("When read on "):
            looks.append(Look(moment(line.removeprefix("When read on ")).timestamp(), []))
        elif line != "Given" and line != "Then nothing is tied":
            looks[-1].tied.append(_tied(line))
    assert events, title
    assert looks, title
    return Tale(title, events, looks)


def event_of(line: str, number: str) -> Event:
    """An event as a line tells it, by its number."""
    when, name, fields, subject = re.fullmatch(
        r"(day \d+ \d\d:\d\d)\s+([\w.]+)(?:\s+(?!as )(.*?))?(?:\s+as (\S+))?", line
    ).groups()  # type: ignore[union-attr]
    given = dict(part.split("=", 1) for part in shlex.split(fields or ""))
    for name_of_time in ("due", "until"):
        if name_of_time in given:
            given[name_of_time] = moment(given[name_of_time]).isoformat()
    kind = TYPES[f"egard.{name}"]
    data = msgspec.convert({"@type": f"egard.{name}", **given}, kind, strict=False)
    return make(data, subject=subject or "anna", source="story", id=number, time=moment(when))


def _tied(line: str) -> Tied:
    found = _THEN.fullmatch(line)
    assert found is not None, f"{line!r} says nothing that is understood"
    since, ids = found["since"], found["ids"]
    return Tied(
        found["kind"],
        None if since is None else moment(since).timestamp(),
        None if ids is None else [one.strip() for one in ids.split(",")],
        found["about"],
    )
