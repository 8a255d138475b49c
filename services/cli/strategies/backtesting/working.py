"""Pages of people, walked by several processes: histories are long, and one is like the other."""

import asyncio
import multiprocessing
import signal
from collections import deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime

import msgspec

from events import recall
from projections.backtest import Would, walk
from projections.outreach.prompts import Prompt
from projections.rhythm import Population
from projections.strategy import Strategy, parse
from services.cli.strategies.backtesting.reading import Person
from services.runtime.errors import Fatal

_AHEAD = 2
"""Pages that wait for each process: enough that none waits for the database."""

_prompt = msgspec.json.Decoder(Prompt).decode


class Walked(msgspec.Struct, frozen=True):
    """What each strategy would have done for one person."""

    name: str
    would: list[list[Would]]
    """By strategy, in the order in which these were given."""
    really: dict[str, str]


class Job(msgspec.Struct, frozen=True):
    """What all pages have in common."""

    texts: list[bytes]
    """The strategies, as their files have them."""
    since: datetime
    until: datetime
    population: Population


class _Walker:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._strategies: list[Strategy] = [parse(text) for text in job.texts]

    def walk(self, page: Sequence[Person]) -> list[Walked]:
        """Walks some people's histories."""
        return [self._one(person) for person in page]

    def _one(self, person: Person) -> Walked:
        job, events = self._job, recall(person.bodies)
        prompts = [_prompt(prompt) for prompt in person.prompts]
        would = [
            walk(person.name, events, prompts, strategy, job.since, job.until, job.population)
            for strategy in self._strategies
        ]
        return Walked(person.name, would, person.really)


_walker: _Walker | None = None


def _begin(job: Job) -> None:
    """Readies a process. Who interrupts the command interrupts the one that leads."""
    global _walker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _walker = _Walker(job)


def _work(page: Sequence[Person]) -> list[Walked]:
    assert _walker is not None  # noqa: S101 - each process begins with it
    return _walker.walk(page)


async def walked(pages: AsyncIterator[list[Person]], job: Job, workers: int) -> AsyncIterator[list[Walked]]:
    """Pages of what would have been done, in the order of the pages. Raises `Fatal` where a process dies."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(job,))
    waiting: deque[Future[list[Walked]]] = deque()
    try:
        async for page in pages:
            waiting.append(pool.submit(_work, page))
            if len(waiting) > workers * _AHEAD:
                yield await asyncio.wrap_future(waiting.popleft())
        while waiting:
            yield await asyncio.wrap_future(waiting.popleft())
    except BrokenProcessPool:
        raise Fatal("A process of the backtest died: perhaps memory ran out; try --workers 1.") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
