"""The events of the latency bench: ordinary ones, and among them reasons that are told again and again."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from events import ContactAnswered, ContactRetold, encode, identity
from tests.bench.stream import SOURCE, events

_T = TypeVar("_T")

RATE = 200
"""Events per second."""

MEETING_RATE = 1_000
"""Events per second by which customers become known before anything is measured."""

EVERY = 40
"""Of so many events, one is a first retelling of somebody new, and one the second of somebody of before."""

_LATER = 10
"""Between the two of a customer come so many of others: two seconds, at this rate."""


class Due(NamedTuple):
    """An event to be sent at its time."""

    at: float
    """Seconds after the beginning."""
    customer: str
    body: bytes
    identity: bytes
    prompts: bool
    """Whether it is a third telling of one reason, so that somebody is prompted."""


def tellings(prompts: int, name: str, seed: int) -> Iterator[Due]:
    """Events that prompt somebody so many times, at random instants, `RATE` per second in the mean.

    The customers who are prompted for are new, and named after `name`.
    """
    draw = random.Random(seed)
    count = (prompts + _LATER) * EVERY
    ordinary = iter(events("uniform", count, seed))
    at = 0.0
    for number in range(count):
        at += draw.expovariate(RATE)
        whom, place = divmod(number, EVERY)
        if place == 0 and whom < prompts:
            yield _retold(at, name, whom, first=True)
        elif place == EVERY // 2 and whom >= _LATER:
            yield _retold(at, name, whom - _LATER, first=False)
        else:
            sent = next(ordinary)
            yield Due(at, sent.customer, sent.body, sent.identity, prompts=False)


def meetings(customers: Iterable[str]) -> Iterator[Due]:
    """A contact of a month ago with each of some customers, `MEETING_RATE` per second."""
    time = datetime.now(UTC) - timedelta(days=30)
    for number, customer in enumerate(dict.fromkeys(customers)):
        name = f"{customer}-met"
        data = ContactAnswered(contact_id=name, by="human", waited_s=20)
        body = encode(data, subject=customer, source=SOURCE, id=name, time=time)
        yield Due(number / MEETING_RATE, customer, body, identity(SOURCE, name), prompts=False)


def _retold(at: float, name: str, number: int, *, first: bool) -> Due:
    customer = f"{name}-{number:04}"
    told = f"{customer}-{'second' if first else 'third'}-telling"
    body = encode(
        ContactRetold(contact_id=told, reason="the parcel"),
        subject=customer,
        source=SOURCE,
        id=told,
        time=datetime.now(UTC) - timedelta(seconds=1 + first),
    )
    return Due(at, customer, body, identity(SOURCE, told), prompts=not first)


async def paced(due: Sequence[Due], send: Callable[[Due], Coroutine[Any, Any, _T]]) -> list[_T]:
    """Sends each event at its time, whatever became of those before it; returns what came of each."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[_T]] = []
        for one in due:
            await asyncio.sleep(began + one.at - loop.time())
            tasks.append(group.create_task(send(one)))
    return [task.result() for task in tasks]
