"""Which fault strikes whom, and when. Pure: it follows from a seed and a length alone."""

from collections.abc import Iterator, Mapping
from random import Random

import msgspec

SERVICES = ("gateway", "projector-1", "projector-2", "clock", "outreach", "desk")
BROKER = "broker"
DATABASE = "database"
PRODUCER = "producer"
"""A publisher that writes straight to Kafka."""

_BEGIN = 2.0
"""Seconds of calm at the beginning."""
_CALM = 1.0
"""Seconds between two faults of one target, and at the end."""
_GAP = (1.0, 4.0)
"""Seconds between one fault and the next, whomever they strike."""

WAYS = ("cut", "stalled", "swallowed", "unanswered")
"""What a connection may meet with; see `Proxy`."""


class Fault(msgspec.Struct, frozen=True):
    """Something that goes wrong."""

    at: float
    """When, in seconds after the beginning."""
    target: str
    kind: str
    """What: `killed`, `frozen`, `restarted`, `child killed`, or a connection and what it meets with."""
    lasts: float
    """For how many seconds it is away, or stands still."""

    def __str__(self) -> str:
        return f"{self.target} {self.kind}" + (f", {self.lasts:.1f} s" if self.lasts else "")


LINKS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(SERVICES, ("kafka", "database")),
    "gateway": ("kafka", "database", "http"),
    "desk": ("kafka", "database", "http"),
    PRODUCER: ("kafka",),
}
"""The connections of each target that go by a proxy: those it makes, and `http` where others call it."""

_OF_PROCESSES = ("killed", "killed", "killed", "frozen", "frozen", "restarted", "restarted")

_KINDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(SERVICES, _OF_PROCESSES),
    BROKER: ("killed", "killed", "frozen", "restarted"),
    DATABASE: ("killed", "killed", "frozen", "restarted", "child killed"),
    PRODUCER: (),
}

_LASTS: Mapping[str, tuple[float, float]] = {
    # What was killed or cut comes back at once, or after somebody has noticed.
    "killed": (-2.0, 3.0),
    "restarted": (0.0, 0.0),
    "child killed": (0.0, 0.0),
    # Past the 10 s after which Kafka gives a member of a group up.
    "frozen": (11.0, 15.0),
    "cut": (-2.0, 4.0),
    "stalled": (1.0, 12.0),
    # Past the 15 s after which the database ends a transaction that does nothing.
    "swallowed": (2.0, 18.0),
    "unanswered": (1.0, 18.0),
}
_SERVERS_FROZEN = (1.0, 9.0)
"""All wait for broker and database, so they stand still for less long."""


def schedule(seed: int, seconds: float) -> list[Fault]:
    """The faults of a run, in order. Each is over before the run is.

    Targets and kinds are dealt like cards: every target once before any comes again, and of each target
    every kind before any comes again.
    """
    draw = Random(f"{seed}/faults")
    decks = {target: _dealt(_kinds(target), draw) for target in _KINDS}
    free = dict.fromkeys(_KINDS, 0.0)
    found: list[Fault] = []
    at = _BEGIN
    for target in _dealt(tuple(_KINDS), draw):
        if at >= seconds:
            break
        kind = next(decks[target])
        lasts = max(0.0, round(draw.uniform(*_length(target, kind)), 1))
        begins = round(max(at, free[target]), 1)
        if begins + lasts + _CALM <= seconds:
            found.append(Fault(begins, target, kind, lasts))
            free[target] = begins + lasts + _CALM
        at += draw.uniform(*_GAP)
    return sorted(found, key=lambda one: one.at)


def _kinds(target: str) -> tuple[str, ...]:
    return (*_KINDS[target], *(f"{link} {way}" for link in LINKS.get(target, ()) for way in WAYS))


def _length(target: str, kind: str) -> tuple[float, float]:
    if kind == "frozen" and target in (BROKER, DATABASE):
        return _SERVERS_FROZEN
    return _LASTS[kind if kind in _LASTS else kind.split()[-1]]


def _dealt(cards: tuple[str, ...], draw: Random) -> Iterator[str]:
    """Cards without end: when all were dealt, they are shuffled again."""
    deck = list(cards)
    while True:
        draw.shuffle(deck)
        yield from deck
