"""Part 3, why not more: what could be known of the bond by somebody who knew more than events can say."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from services.simulator import World
from services.simulator.bond import Bond
from services.simulator.customer import Customer
from tests.study.lives import CUSTOMERS, DAYS, START
from tests.study.measures import Floats

ALL_KNOWN = "the formula, the person, and every feeling"
AVERAGE = "the formula and every feeling, of an average person"
NOISY = "the same, each feeling as well as its moments tell"
QUICK = "a mean of all feelings, fading with 30 days"
SLOW = "a mean of all feelings, fading with 180 days"

_DAY = 86_400.0
_NOISE = 0.16
"""What the simulator adds to each episode and no event tells of (docs/simulator.md, 1)."""

Episode = tuple[float, float]
"""When, and how it felt."""


class Felt(NamedTuple):
    """A world whose episodes were overheard as they were felt."""

    at: float
    customers: list[Customer]
    episodes: list[list[Episode]]
    bonds: Floats


def overhear(seed: int, told: Callable[[int], None], *, customers: int = CUSTOMERS, days: int = DAYS) -> Felt:
    """Plays a world, and notes what nobody can know: how every episode was felt."""
    heard: dict[int, list[Episode]] = defaultdict(list)
    lived = Bond.experience

    def listen(bond: Bond, now: float, felt: float) -> None:
        heard[id(bond)].append((now, felt))
        lived(bond, now, felt)

    world = World(customers=customers, seed=seed, start=START)
    with patch.object(Bond, "experience", listen):
        for day in range(1, days + 1):
            for _ in world.advance(START + timedelta(days=day)):
                pass
            told(day)
    everyone = list(world._customers.values())
    return Felt(
        world.now.timestamp(),
        everyone,
        [heard[id(customer.bond)] for customer in everyone],
        np.array([bond for _, bond in world.bonds()]),
    )


def rungs(felt: Felt) -> dict[str, Floats]:
    """From the best-informed observer downwards: what each would say of everybody."""
    lots = np.random.default_rng(1)
    noisy = [
        [(at, max(-1.0, min(1.0, value + lots.normal(0.0, _NOISE)))) for at, value in episodes]
        for episodes in felt.episodes
    ]
    average = _average(felt.customers)
    return {
        ALL_KNOWN: _replay(felt, felt.episodes, None),
        AVERAGE: _replay(felt, felt.episodes, average),
        NOISY: _replay(felt, noisy, average),
        QUICK: _fading(felt, 30),
        SLOW: _fading(felt, 180),
    }


def _average(customers: Sequence[Customer]) -> tuple[float, float, float]:
    own = np.array([_constants(customer) for customer in customers])
    set_point, bias, power = own.mean(axis=0)
    return float(set_point), float(bias), float(power)


def _constants(customer: Customer) -> tuple[float, float, float]:
    bond = customer.bond
    return bond._set_point, bond._bias, bond._return_power


def _replay(
    felt: Felt, episodes: Sequence[Sequence[Episode]], person: tuple[float, float, float] | None
) -> Floats:
    """The bond by its own formula; what happens elsewhere in life is known to none of these observers."""
    found = []
    for customer, lived in zip(felt.customers, episodes, strict=True):
        set_point, bias, power = person or _constants(customer)
        bond = Bond(set_point=set_point, bias=bias, return_power=power, trust=set_point, at=START.timestamp())
        for at, value in lived:
            bond.experience(at, value)
        found.append(bond.at(felt.at))
    return np.array(found)


def _fading(felt: Felt, half_life: float) -> Floats:
    """A weighted mean, with a prior of one feeling of 0.1."""
    found = []
    for episodes in felt.episodes:
        weights = [2.0 ** ((at - felt.at) / (half_life * _DAY)) for at, _ in episodes]
        total = sum(weight * value for weight, (_, value) in zip(weights, episodes, strict=True))
        found.append((total + 0.1) / (sum(weights) + 1.0))
    return np.array(found)
