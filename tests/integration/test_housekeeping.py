"""What the projector does beside its work: it watches its partitions, and commits for lag tools."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from events import RecognitionRemembered
from services.embedded import EmbeddedBroker
from services.projector import Projector, partitions, positions
from services.projector.consumer import Consumer
from services.projector.positions import Position
from services.runtime import memory
from services.runtime.kafka import INTERACTIONS, RELATIONSHIPS
from tests.stack import Teller, running, until


async def test_the_watch_goes_on_while_commits_wait_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group without its coordinator takes no commit; the partitions are looked at all the same."""
    check, looks = positions.check, 0

    async def counted(consumer: Any, topic: str, owned: Mapping[int, Position]) -> dict[int, int]:
        nonlocal looks
        looks += 1
        return await check(consumer, topic, owned)

    async def waiting(*_: object) -> None:
        await asyncio.Event().wait()

    async def looked() -> bool:
        return looks > 8

    monkeypatch.setattr(positions, "check", counted)
    monkeypatch.setattr(Consumer, "commit", waiting)
    monkeypatch.setattr(partitions, "_HOUSEKEEPING", 0.05)
    monkeypatch.setattr(partitions, "_COMMITTED_WITHIN", 0.05)
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        async with running(broker.address, database_url, services=(Projector,)):
            await until(looked)


async def test_memory_is_given_back_after_a_burst_alone(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Giving back takes milliseconds, in which somebody may be waiting: not after every few events."""
    given = 0

    def count() -> None:
        nonlocal given
        given += 1

    async def gave() -> bool:
        return given > 0

    monkeypatch.setattr(memory, "give_back", count)
    monkeypatch.setattr(partitions, "_HOUSEKEEPING", 0.05)
    monkeypatch.setattr(partitions, "_BURST", 2)
    teller = Teller("anna")
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS])
        async with running(broker.address, database_url, services=(Projector,)) as stack:
            await stack.produce(teller.tell(RecognitionRemembered(what="her dog")).body)
            await until(lambda: stack.journal())
            await asyncio.sleep(0.3)
            assert given == 0
            await stack.produce(*(teller.tell(RecognitionRemembered(what=str(n))).body for n in range(3)))
            await until(gave)
            await asyncio.sleep(0.3)
            assert given == 1
