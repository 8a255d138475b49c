"""The events that the engine is measured with: short bodies, half of them opening a matter."""

import itertools
import random
from array import array
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from events import identity

Spread = Literal["uniform", "zipf"]
"""How events fall on customers: each as often as any other, or few of them most of the time."""

SPREADS: tuple[Spread, ...] = ("uniform", "zipf")
CUSTOMERS = 1_000_000
EXPONENT = 1.1
"""Of Zipf's law: the k-th customer is drawn in proportion to k^-1.1, so the first has an eighth of all."""

SOURCE = "/crm"

_EVERY_FIFTH = 5
_SCATTER = 7919
"""No factor of it divides `CUSTOMERS`: multiplying by it spreads the ranks over all names."""


_TURNS = ("opens", "settles", "opens", "settles", "says")
"""What a customer's events do, in a flow that goes on."""


class Sent(NamedTuple):
    """One event, as a record holds it and as the journal does."""

    customer: str
    identity: bytes
    type: str
    time: datetime
    body: bytes


def customers(spread: Spread, count: int, seed: int) -> Iterator[str]:
    """Draws so many customers out of `CUSTOMERS`."""
    draw = random.Random(seed)
    if spread == "uniform":
        ranks = draw.choices(range(CUSTOMERS), k=count)
    else:
        weights = itertools.accumulate(rank**-EXPONENT for rank in range(1, CUSTOMERS + 1))
        ranks = draw.choices(range(CUSTOMERS), cum_weights=list(weights), k=count)
    for rank in ranks:
        yield f"c{rank * _SCATTER % CUSTOMERS:06d}"


def events(spread: Spread, count: int, seed: int, *, until: datetime | None = None) -> list[Sent]:
    """Events of the hour before an instant (now), in order of time: every other one opens a matter.

    The one after it settles the customer's oldest open matter, where there is one, and else says something
    by itself: so the customers who are drawn often do not pile up matters that nobody ever settles.
    """
    draw = random.Random(seed)
    last = until or datetime.now(UTC)
    begins = (last - timedelta(hours=1)).replace(microsecond=0)
    waiting: dict[str, deque[tuple[str, str]]] = {}
    found = []
    for number, customer in enumerate(customers(spread, count, seed)):
        time = begins + timedelta(seconds=number * 3600 // count)
        if number % 2 == 0:
            matter, kind, data = _opening(number, time)
            waiting.setdefault(customer, deque()).append((kind, matter))
        elif waiting.get(customer):
            kind, data = _settling(*waiting[customer].popleft())
        else:
            kind, data = _other(draw)
        found.append(_sent(f"{seed}-{number}", customer, kind, time, data))
    return found


def flow(among: int, count: int, seed: int, *, until: datetime | None = None) -> Iterator[Sent]:
    """Events of the hour before an instant (now), in order of time, made one by one however many they are.

    Each of so many customers has one of the first, and then each event is anybody's. What a customer's events
    are goes in turns: a matter is opened, settled, another opened, settled, and something said by itself. So
    nothing piles up, and of each customer no more is kept here than how many events there were.
    """
    draw = random.Random(seed)
    last = until or datetime.now(UTC)
    begins = (last - timedelta(hours=1)).replace(microsecond=0)
    turns = array("I", (rank % len(_TURNS) for rank in range(among)))
    for number in range(count):
        rank = number if number < among else draw.randrange(among)
        turn = turns[rank]
        turns[rank] += 1
        time = begins + timedelta(seconds=number * 3600 // count)
        match _TURNS[turn % len(_TURNS)]:
            case "opens":
                _, kind, data = _opening(rank + turn, time)
            case "settles":
                matter, opened, _ = _opening(rank + turn - 1, time)
                kind, data = _settling(opened, matter)
            case _:
                kind, data = _other(draw)
        customer = f"c{rank * _SCATTER % CUSTOMERS:06d}"
        yield _sent(f"{seed}-{number}", customer, kind, time, data)


def repeated(some: list[Sent], share: float, seed: int) -> list[Sent]:
    """Events, a share of which come a second time, each somewhere after the first."""
    draw = random.Random(seed)
    again = draw.sample(range(len(some)), int(len(some) * share))
    places = [(float(place), sent) for place, sent in enumerate(some)]
    places += [(draw.uniform(place + 0.5, len(some)), some[place]) for place in again]
    return [sent for _, sent in sorted(places, key=lambda one: one[0])]


def _opening(number: int, time: datetime) -> tuple[str, str, dict[str, object]]:
    matter = f"m{number}"
    if number % _EVERY_FIFTH:
        return matter, "egard.contact.attempted", {"contact_id": matter, "channel": "phone"}
    due = time + timedelta(days=2)
    return matter, "egard.promise.made", {"promise_id": matter, "what": "call back", "due": due}


def _settling(opened: str, matter: str) -> tuple[str, dict[str, object]]:
    if opened == "egard.promise.made":
        return "egard.promise.kept", {"promise_id": matter}
    return "egard.contact.answered", {"contact_id": matter, "by": "human", "waited_s": 40}


def _other(draw: random.Random) -> tuple[str, dict[str, object]]:
    choices: list[tuple[str, dict[str, object]]] = [
        ("egard.recognition.greeted", {"by_name": True}),
        ("egard.recognition.remembered", {"what": "the dog's name"}),
        ("egard.recognition.overlooked", {"how": "asked_known_fact"}),
        ("egard.friction.met", {"what": "wrong_hours"}),
        ("egard.feedback.given", {"score": draw.randrange(101)}),
    ]
    return draw.choice(choices)


def _sent(event_id: str, customer: str, kind: str, time: datetime, data: dict[str, object]) -> Sent:
    body = msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": SOURCE,
            "type": kind,
            "subject": customer,
            "time": time,
            "data": data,
        }
    )
    return Sent(customer, identity(SOURCE, event_id), kind, time, body)
