"""Simulated outcome tables: what becomes of customers given a prompt and held out, with a planted effect.

They are as real ones will be: few are held out, a few customers fall or rise far while most hardly move,
complaints and harm are rare, and only some respond to a prompt at all. They know nothing of the estimator.
"""

from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

HARM = 10.0
"""Points of health that one must have lost to have come to harm."""

_DRIFT, _SPREAD = -1.0, 2.0
"""Of most, health moves by hardly more than fading does."""

_FALL, _FALLEN = 0.20, 9.0
"""Of so many it falls besides, by so much on average: exponentially, so that a few fall far."""

_RISE, _RISEN = 0.15, 6.0
"""Of so many it rises."""

_RESPOND = 0.4
"""Of so many, a prompt moves anything at all."""

FEWEST_DRAWN, MOST_DRAWN = 150, 3000
"""Customers on whom the lot of one trigger fell: as many of any order of magnitude in between."""

SHARES = (0.1, 0.2)
"""Of whom so many were held out."""


class Plan(NamedTuple):
    """What is planted."""

    moved: float = 0.0
    """Points of health that a prompt moves those who respond to it."""
    spared: float = 0.0
    """Of complaints, the share that it prevents."""
    kept: float = 0.0
    """Share of customers who renew because of it."""
    unwelcome: float = 0.0
    """Share of customers to whom it is unwelcome: they come to harm."""


PLANTED = Plan(moved=7.5, spared=0.5, kept=0.06, unwelcome=0.06)
NOTHING = Plan()

COMPLAIN, RENEW = 0.03, 0.15
"""How many raise a complaint, and renew, where nothing is done."""


class Table(NamedTuple):
    """What became of the customers of one arm, a row each."""

    change: Floats
    complained: NDArray[np.bool_]
    renewed: NDArray[np.bool_]
    harmed: NDArray[np.bool_]


class Truth(NamedTuple):
    """What a prompt changes, on average over all customers that there might be."""

    health: float
    complaints: float
    renewals: float
    harm: float


def truth_of(plan: Plan) -> Truth:
    """The true differences, from the distributions themselves."""
    before, after = _fallen_far(0.0), _fallen_far(plan.moved)
    harmed = (1.0 - _RESPOND) * before + _RESPOND * after
    return Truth(
        health=_RESPOND * plan.moved,
        complaints=-plan.spared * COMPLAIN,
        renewals=plan.kept,
        harm=harmed + plan.unwelcome * (1.0 - harmed) - before,
    )


def tables(plan: Plan, seed: int) -> tuple[Table, Table]:
    """Those given and those held out, by one seed."""
    lots = np.random.default_rng(seed)
    drawn = int(exp(lots.uniform(log(FEWEST_DRAWN), log(MOST_DRAWN))))
    held = int((lots.random(drawn) < SHARES[int(lots.integers(len(SHARES)))]).sum())
    return _arm(lots, drawn - held, plan), _arm(lots, held, NOTHING)


def _arm(lots: np.random.Generator, customers: int, plan: Plan) -> Table:
    change = lots.normal(_DRIFT, _SPREAD, customers)
    fate = lots.random(customers)
    change -= np.where(fate < _FALL, lots.exponential(_FALLEN, customers), 0.0)
    change += np.where(fate > 1.0 - _RISE, lots.exponential(_RISEN, customers), 0.0)
    change += np.where(lots.random(customers) < _RESPOND, plan.moved, 0.0)
    unwelcome = lots.random(customers) < plan.unwelcome
    return Table(
        change=change,
        complained=lots.random(customers) < COMPLAIN * (1.0 - plan.spared),
        renewed=lots.random(customers) < RENEW + plan.kept,
        harmed=(change < -HARM) | unwelcome,
    )


def _fallen_far(moved: float) -> float:
    """The share whose health moves below −`HARM`, where a prompt moves it by so much."""
    bound = -HARM - moved
    rest = 1.0 - _FALL - _RISE
    hardly = stats.norm.cdf(bound, _DRIFT, _SPREAD)
    # A normal minus an exponential lies below a bound where its mirror image lies above.
    mirrored = stats.exponnorm(_FALLEN / _SPREAD, loc=-_DRIFT, scale=_SPREAD)
    fallen = mirrored.sf(-bound)
    risen = stats.exponnorm(_RISEN / _SPREAD, loc=_DRIFT, scale=_SPREAD).cdf(bound)
    return float(rest * hardly + _FALL * fallen + _RISE * risen)
