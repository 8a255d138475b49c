"""What is published: batches of events that follow from a seed, and from when the run began. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from events import Event
from tests.chaos.stories import Stories

Way = Literal["http", "kafka"]


class Batch(msgspec.Struct, frozen=True):
    """Some events that one publisher sends together."""

    at: float
    """When, in seconds after the beginning."""
    way: Way
    events: tuple[Event, ...]
    gives_up: bool = False
    """Whether its publisher tries once, and no more."""
    again: bool = False
    """Whether all of it is sent once more, later and the other way."""
    foreign: bool = False
    """Whether its records go to the partitions where librdkafka, which hashes keys otherwise, puts them."""


def batches(seed: int, began: datetime, rate: float) -> Iterator[Batch]:
    """Batches without end, at so many events per second. Nothing in them is of the moment but their times."""
    draw = Random(f"{seed}/load")
    stories = Stories(draw)
    number = 0

    def event() -> Event:
        nonlocal number
        at = number / rate
        number += 1
        return stories.next(at, began + timedelta(seconds=at))

    while True:
        at = number / rate
        way: Way = "http" if draw.random() < 0.6 else "kafka"
        size = draw.choice((1, 1, 2, 3, 5, 8, 20))
        yield Batch(
            at,
            way,
            tuple(event() for _ in range(size)),
            gives_up=draw.random() < 0.15,
            again=draw.random() < 0.06,
            foreign=way == "kafka" and draw.random() < 0.25,
        )
