"""Positions beside what Kafka holds: what does not fit is an alarm, and what only seems so is not."""

from typing import Any

import pytest
from aiokafka import TopicPartition

from services.projector import positions
from services.projector.positions import Position, check
from services.runtime.errors import Fatal

PLACE = TopicPartition("events", 3)


class _Consumer:
    """A partition whose end is told anew each time it is asked for; the last answer stays."""

    def __init__(self, *ends: int) -> None:
        self._ends = list(ends)

    async def beginning_offsets(self, _: object) -> dict[Any, int]:
        return {PLACE: 0}

    async def end_offsets(self, _: object) -> dict[Any, int]:
        return {PLACE: self._ends.pop(0) if len(self._ends) > 1 else self._ends[0]}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object) -> None:
        return None

    monkeypatch.setattr(positions, "topic_id", unknown)
    monkeypatch.setattr(positions, "_ASKED_EVERY", 0.01)
    monkeypatch.setattr(positions, "_SETTLES_WITHIN", 0.05)


async def _checked(*ends: int) -> dict[int, int]:
    return await check(_Consumer(*ends), "events", {3: Position(14, 14)})


async def test_a_leader_that_has_not_caught_up_is_asked_again() -> None:
    """Just elected, it may tell an end below what others have read already: that is no loss."""
    assert await _checked(1, 1, 14) == {3: 14}


async def test_an_end_that_stays_below_what_was_read_is_an_alarm() -> None:
    """The topic was made anew, or has lost records: nothing may be taken for what follows."""
    with pytest.raises(Fatal, match=r"partition 3 ends at offset 1, and 14 was already read"):
        await _checked(1)
