"""Part 3, the delay: how many days after a bad patch begins does the reading show it?"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import NamedTuple

import numpy as np

from events import Event
from projections.reading import Reader
from services.cli.scoring.journal import Journal
from services.cli.scoring.scratch import scratch
from services.cli.scoring.sums import sums_of
from services.simulator import World
from tests.study.lives import CUSTOMERS, DAYS, SHIPPED, START
from tests.study.measures import Floats

SETTLED = 60
"""Nothing is looked for before this day: by then customers are known somewhat."""
SPAN = 30
"""How many days after its beginning a patch is looked for."""
FALSE_ALARMS = 0.05
FALL = 10.0
"""So many points of the true bond are a change that a person feels."""

FALLEN = "the true bond, by 10 points"
BOND, HEALTH, MOOD = "the true bond", "health", "mood (health and trend)"
CONTACT = "egard.contact."


class Daily(NamedTuple):
    """A customer day by day: each line is as long as the simulation, a value for the end of each day."""

    lines: dict[str, Floats]
    in_patch: np.ndarray
    in_touch: np.ndarray
    """Whether there was a contact on the day."""


class Shown(NamedTuple):
    """How one line shows patches: by falling further than a threshold."""

    threshold: float
    false_alarms: float
    """Of the spans without a patch, how many have such a fall too."""
    share: float
    """Of the patches, how many are shown within the span."""
    days: list[int]
    """After how many days, of those that are shown."""
    behind: list[int]
    """How many days after the true bond has shown it, of those that both show."""


class Delays(NamedTuple):
    """One world's patches."""

    patches: int
    spans_without: int
    shown: dict[str, Shown]


def live(
    seed: int, told: Callable[[int], None], *, customers: int = CUSTOMERS, days: int = DAYS
) -> list[Daily]:
    """Plays a world and reads everybody who was ever in touch at the end of each day."""
    world = World(customers=customers, seed=seed, start=START)
    journal = Journal(scratch(None), SHIPPED)
    bonds: dict[str, list[float]] = defaultdict(list)
    patches: dict[str, list[bool]] = defaultdict(list)
    touched: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(days, dtype=bool))
    line = 0
    for day in range(days):
        for event in world.advance(START + timedelta(days=day + 1)):
            line += 1
            journal.accept(event, line)
            _note(event, touched, day)
        for name, bond in world.bonds():
            bonds[name].append(bond)
            patches[name].append(world.in_bad_patch(name))
        told(day)
    journal.seal()
    instants = [(START + timedelta(days=day + 1)).timestamp() for day in range(days)]
    reader = Reader(SHIPPED)
    found = []
    for name in world.customers:
        if not touched[name].any():
            continue
        read = [
            reader.read(sums, at)
            for at, sums in zip(instants, sums_of(journal, SHIPPED, name, instants), strict=True)
        ]
        health = np.array([one.health for one in read])
        mood = health + np.array([one.trend for one in read])
        lines = {BOND: np.array(bonds[name]), HEALTH: health, MOOD: mood}
        found.append(Daily(lines, np.array(patches[name]), touched[name]))
    return found


def _note(event: Event, touched: dict[str, np.ndarray], day: int) -> None:
    if event.type.startswith(CONTACT):
        touched[event.subject][day] = True


def delays(people: Sequence[Daily], seed: int) -> Delays:
    """When patches show, against how far each line falls in spans without one."""
    patched = [(one, day) for one in people for day in _beginnings(one)]
    calm = _calm_spans(people, Random(seed))
    truth: list[int | None] = []
    shown = {}
    for name in (BOND, FALLEN, HEALTH, MOOD):
        line = BOND if name == FALLEN else name
        falls = [_deepest(one, day, line) for one, day in calm]
        # A fall that is deeper than in nineteen of twenty calm spans counts as shown.
        threshold = FALL if name == FALLEN else float(np.quantile(falls, 1 - FALSE_ALARMS))
        days = [_first(one, day, line, threshold) for one, day in patched]
        truth = truth or days
        known = [found for found in days if found is not None]
        both = [
            found - true
            for found, true in zip(days, truth, strict=True)
            if found is not None and true is not None
        ]
        false = sum(fall > threshold for fall in falls) / len(falls)
        shown[name] = Shown(threshold, false, len(known) / len(patched), known, both)
    return Delays(len(patched), len(calm), shown)


def _beginnings(one: Daily) -> list[int]:
    """The days on which a patch begins that has no other in the span before it, and a contact in it."""
    return [
        day
        for day in range(SETTLED, len(one.in_patch) - SPAN)
        if one.in_patch[day]
        and not one.in_patch[day - SPAN : day].any()
        and one.in_touch[day : day + SPAN + 1].any()
    ]


def _calm_spans(people: Sequence[Daily], lots: Random) -> list[tuple[Daily, int]]:
    """A span of each customer without a patch in it or before it, and with a contact on its first day."""
    found = []
    for one in people:
        days = [
            day
            for day in range(SETTLED, len(one.in_patch) - SPAN)
            if one.in_touch[day] and not one.in_patch[day - SPAN : day + SPAN + 1].any()
        ]
        if days:
            found.append((one, lots.choice(days)))
    return found


def _deepest(one: Daily, day: int, name: str) -> float:
    line = one.lines[name]
    return float(line[day - 1] - line[day : day + SPAN + 1].min())


def _first(one: Daily, day: int, name: str, threshold: float) -> int | None:
    line = one.lines[name]
    fallen = np.flatnonzero(line[day - 1] - line[day : day + SPAN + 1] > threshold)
    return int(fallen[0]) if len(fallen) else None
