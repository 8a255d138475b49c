"""Part 3, the data: simulated customers with their histories, and the bond that is hidden in life."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from events import Event
from projections.corrections import standing
from projections.fold import direct_signal, fold
from projections.outcomes import signal_at
from projections.strategy import Strategy, parse
from projections.whole import read_unjudged
from services.simulator import World
from tests.study.measures import Floats, mean_rank

SHIPPED = parse((Path(__file__).parents[2] / "deploy" / "strategy.toml").read_bytes())

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 180
CUSTOMERS = 1000
EVALUATION = (101, 102, 103, 104, 105)
"""Seeds that were used for nothing before the evaluation."""
TUNING = (1, 2, 3, 4, 5)
"""Seeds to look at as often as one likes."""

_CONTACTS = frozenset({"egard.contact.attempted", "egard.contact.answered", "egard.contact.missed"})


class Lives(NamedTuple):
    """A world that was played to its end."""

    seed: int
    at: float
    """The end, in seconds since the Unix epoch."""
    histories: list[list[Event]]
    bonds: Floats
    """The truth at the end, in the order of the histories."""


class Readings(NamedTuple):
    """What the strategy reads at the end, in the order of the histories."""

    health: Floats
    confidence: Floats


def play(seed: int, told: Callable[[int], None], *, customers: int = CUSTOMERS, days: int = DAYS) -> Lives:
    """Plays a world; `told` hears of each day."""
    world = World(customers=customers, seed=seed, start=START)
    histories: dict[str, list[Event]] = defaultdict(list)
    for day in range(1, days + 1):
        for event in world.advance(START + timedelta(days=day)):
            histories[event.subject].append(event)
        told(day)
    names, bonds = zip(*world.bonds(), strict=True)
    return Lives(seed, world.now.timestamp(), [histories[name] for name in names], np.array(bonds))


def readings(lives: Lives, strategy: Strategy = SHIPPED) -> Readings:
    """Reads everybody at the end, as whoever asks is answered: with the knots in it."""
    found = [read_unjudged(history, strategy, lives.at) for history in lives.histories]
    return Readings(
        np.array([reading.health for reading in found]), np.array([reading.confidence for reading in found])
    )


def plain_average(history: list[Event], at: float, strategy: Strategy = SHIPPED) -> float:
    """The mean of all outcomes as the strategy values them: unweighted, unfaded, without a prior."""
    matters = fold(history, strategy).matters.values()
    signals = [signal_at(matter, strategy, at) for matter in matters]
    signals += [direct_signal(event, strategy) for event in standing(history)]
    values = [signal.valence for signal in signals if signal is not None]
    return float(np.mean(values)) if values else 0.0


def recency_and_frequency(lives: Lives, types: frozenset[str]) -> Floats:
    """The mean of two ranks: how lately such an event was, and how many there were."""
    times = [[event.at for event in history if event.type in types] for history in lives.histories]
    return mean_rank([max(some, default=0.0) for some in times], [len(some) for some in times])


def rivals(lives: Lives) -> dict[str, Floats]:
    """What health is set beside."""
    return {
        "recency and frequency of contacts": recency_and_frequency(lives, _CONTACTS),
        "recency and frequency of purchases": recency_and_frequency(
            lives, frozenset({"egard.exchange.purchased"})
        ),
        "plain average of outcomes": np.array([plain_average(one, lives.at) for one in lives.histories]),
    }
