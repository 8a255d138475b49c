"""An explanation's lines grouped by what they are about: one case, one contact, one promise, or like moments.

A missed call, its two retellings and the promise that came of it are one story to whoever lived it. What
holds them together is what their events name: a contact, a promise, a complaint, a case.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from events import Event
from projections.explanation import Contribution

Kind = Literal["case", "contact", "promise", "complaint", "moments"]
"""What a group is about; `moments` are events of one type that name nothing of these."""

_FIELDS: tuple[tuple[str, Kind], ...] = (
    ("case_id", "case"),
    ("complaint_id", "complaint"),
    ("promise_id", "promise"),
    ("contact_id", "contact"),
)
"""By which fields events belong together; the first of them that a group has names it."""

_Key = tuple[str, Kind, str]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that are about one thing."""

    kind: Kind
    name: str
    """The id of the case or matter, or the type of the events."""
    lines: tuple[Contribution, ...]
    """In order of time."""
    points: float
    """How far they move health together."""


def grouped(lines: Iterable[Contribution]) -> tuple[Group, ...]:
    """Every line in one group; the groups that move health most first.

    Whatever shares an id with something that shares another id belongs to both: the relation is closed, so
    that a contact brings its complaint into the case that only one of them names.
    """
    given = list(lines)
    keys = [_keys(line) for line in given]
    above: dict[_Key, _Key] = {}

    def top(key: _Key) -> _Key:
        while (higher := above.setdefault(key, key)) != key:
            above[key] = above[higher]
            key = higher
        return key

    for first, *others in keys:
        for other in others:
            above[top(other)] = top(first)
    members: dict[_Key, list[Contribution]] = {}
    names: dict[_Key, set[_Key]] = {}
    for line, its_keys in zip(given, keys, strict=True):
        group = top(its_keys[0])
        members.setdefault(group, []).append(line)
        names.setdefault(group, set()).update(its_keys)
    found = [_group(members[group], names[group]) for group in members]
    return tuple(sorted(found, key=lambda one: (-abs(one.points), one.lines[0].about.events[0].order)))


def events_of(lines: Iterable[Contribution]) -> list[Event]:
    """The events of some lines, in order."""
    return sorted((event for line in lines for event in line.about.events), key=lambda event: event.order)


def _keys(line: Contribution) -> list[_Key]:
    """What the events of a line name; never empty. Matters are each subject's own, a case is the person's."""
    found: dict[_Key, None] = {}
    for event in line.about.events:
        for field, kind in _FIELDS:
            name = getattr(event.data, field, None)
            if name is not None:
                found["" if kind == "case" else event.subject, kind, name] = None
    first = line.about.events[0]
    return list(found) or [("", "moments", first.type)]


def _group(lines: Sequence[Contribution], names: Iterable[_Key]) -> Group:
    places: dict[Kind, int] = {kind: place for place, (_, kind) in enumerate(_FIELDS)}
    _, kind, name = min(names, key=lambda key: (places.get(key[1], len(places)), key[2], key[0]))
    return Group(
        kind=kind,
        name=name,
        lines=tuple(sorted(lines, key=lambda line: line.about.events[0].order)),
        points=sum(line.points for line in lines),
    )
