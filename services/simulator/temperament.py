"""How customers differ from one another: drawn once, never told to anybody."""

from dataclasses import dataclass
from math import log
from random import Random

from events import Channel, ContactBy
from services.simulator.bond import Bond

_MEAN_NEEDS_PER_DAY = 0.0555
_NEEDS_SPREAD = 1.0  # of the logarithm: the busiest hundredth needs us ten times as often as the middle
_MOST_NEEDS_PER_DAY = 1.0

_CHANNELS: tuple[Channel, ...] = ("phone", "email", "chat", "form", "store", "social", "post")
_CHANNEL_WEIGHTS = (46, 18, 14, 9, 9, 3, 1)
_WANTS: tuple[ContactBy, ...] = ("human", "either", "machine")


@dataclass(frozen=True, slots=True)
class Temperament:
    """One customer's ways."""

    needs_per_day: float
    esteem: float
    """How much recognition matters to them; 1 is usual."""
    urgency: float
    """How much promptness and kept words matter to them; 1 is usual."""
    patience: float
    """How long they wait and how late they notice; 1 is usual."""
    voice: float
    """From 0 (leaves without a word) to 1 (says so every time)."""
    chatty: float
    """From 0 to 1: how readily they tell things about themselves."""
    likes_name: float
    """What being called by their name does to them: about nothing on average, and something to each."""
    tires_of_mail: float
    """From 0 to 1: how much a newsletter annoys them."""
    scale_bias: float
    """How far above their bond they put a cross on a scale from 0 to 100."""
    main_channel: Channel
    other_channel: Channel
    wants: ContactBy


def draw_temperament(rng: Random) -> Temperament:
    """One customer's ways, by chance."""
    mean_of_log = log(_MEAN_NEEDS_PER_DAY) - _NEEDS_SPREAD**2 / 2
    main, other = rng.choices(_CHANNELS, _CHANNEL_WEIGHTS, k=2)
    return Temperament(
        needs_per_day=min(_MOST_NEEDS_PER_DAY, rng.lognormvariate(mean_of_log, _NEEDS_SPREAD)),
        esteem=rng.lognormvariate(0.0, 0.35),
        urgency=rng.lognormvariate(0.0, 0.35),
        patience=rng.lognormvariate(0.0, 0.45),
        voice=rng.betavariate(1.6, 1.8),
        chatty=rng.betavariate(1.5, 2.5),
        likes_name=rng.gauss(0.0, 0.15),
        tires_of_mail=rng.betavariate(1.2, 2.5),
        scale_bias=rng.gauss(0.0, 7.0),
        main_channel=main,
        other_channel=other,
        wants=rng.choices(_WANTS, (50, 38, 12))[0],
    )


def draw_bond(rng: Random, at: float) -> Bond:
    """A bond that has settled near the customer's own set-point before the simulation begins."""
    set_point = 0.26 + 0.70 * rng.betavariate(9.0, 6.0)
    return Bond(
        set_point=set_point,
        bias=rng.uniform(1.3, 2.5),
        return_power=rng.uniform(0.25, 0.7),
        trust=max(0.05, min(0.95, set_point + rng.gauss(0.0, 0.06))),
        at=at,
    )
