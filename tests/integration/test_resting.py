"""How long outreach and clock rest: by how long their work takes, and not by how long it had to wait."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
import pytest_asyncio

from events import RecognitionRemembered
from projections.strategy import Strategy
from services.clock import Clock
from services.outreach import Outreach
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.integration.identity.told import Journal, told
from tests.stack import until


@pytest_asyncio.fixture
async def context(pool: Pool, database_url: str, strategy: Strategy) -> Context:
    """What services share, without Kafka."""
    settings = Settings(kafka="nowhere:9092", database=database_url, access="open")
    return Context(settings, strategy, pool, Producer(settings.kafka, client="test"))


@pytest_asyncio.fixture
async def anna(pool: Pool, strategy: Strategy) -> None:
    """A customer, for whom rounds have something to look at."""
    await load(pool, INTERACTIONS, [0])
    await Journal(pool, strategy).tell(told("anna", 1, RecognitionRemembered(what="her dog")))


def _an_hour_each() -> Callable[[], float]:
    hours: Iterator[int] = count()
    return lambda: 3600.0 * next(hours)


async def test_outreach_looks_again_soon_after_the_database_was_away_for_an_hour(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look took an hour, with the database away or the process frozen: the next one is not hours off."""
    monkeypatch.setattr("services.outreach.service.monotonic", _an_hour_each())
    monkeypatch.setattr("services.outreach.service._LONGEST_REST", 0.1, raising=False)
    monkeypatch.setattr("services.outreach.service.LOOK", 0.1)
    outreach = Outreach(context)
    looks = 0
    look = outreach.look_at_some

    async def counted() -> int:
        nonlocal looks
        looks += 1
        return await look()

    monkeypatch.setattr(outreach, "look_at_some", counted)

    async def looked_again() -> bool:
        return looks > 1

    await outreach.start()
    try:
        await until(looked_again)
    finally:
        await outreach.stop()


async def test_the_clock_goes_on_soon_after_the_database_was_away_for_an_hour(
    context: Context, anna: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slice of a round took an hour: the round goes on, and is not hours late for everybody after it."""
    monkeypatch.setattr("services.clock.service.monotonic", _an_hour_each())
    monkeypatch.setattr("services.clock.service._LONGEST_REST", 0.1, raising=False)
    clock = Clock(context)
    summed = False

    async def over(_: object) -> None:
        nonlocal summed
        summed = True

    monkeypatch.setattr(clock, "sum_up", over)

    async def is_over() -> bool:
        return summed

    await clock.start()
    try:
        await until(is_over)
    finally:
        await clock.stop()
