"""Whatever comes while a rebuild is at work, and wherever it is killed: it ends with the projector's rows."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import Event
from projections.strategy import Strategy
from services.cli.rebuilding.again import Again
from services.cli.rebuilding.gathering import Gathered
from services.cli.rebuilding.part import Part
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.identity.told import Journal
from tests.integration.rebuilding.anew import assert_same, folding, kept, leading
from tests.integration.rebuilding.test_equals_live import _EMPTY
from tests.unit.histories import streams


class _Killed(Exception):  # noqa: N818 - what a test does
    """The rebuild ends here."""


class _Course:
    """What comes, and when: events and kills, at any step of a rebuild."""

    def __init__(self, journal: Journal, events: list[Event], data: st.DataObject) -> None:
        self._journal = journal
        self._rest = events
        self._data = data
        self._kills = 3

    async def go_on(self, *, whole: bool = False) -> None:
        """Brings some of the events that are left."""
        count = len(self._rest) if whole else self._data.draw(st.integers(0, min(6, len(self._rest))))
        some, self._rest = self._rest[:count], self._rest[count:]
        if some:
            await self._journal.tell(*some)

    async def step(self) -> None:
        """Some events come, and perhaps an end."""
        await self.go_on()
        if self._kills and self._data.draw(st.integers(0, 5)) == 5:
            self._kills -= 1
            raise _Killed


async def _is_caught_up(url: str, strategy: Strategy, course: _Course) -> bool:
    """A run up to the switch; says whether it came so far."""
    try:
        async with leading(url, strategy) as work:
            await work.begin()
            async with folding(url, strategy) as folder:
                await work.fold(folder, lambda _: None)
                await course.step()
                await work.index()
                await course.step()
                await work.catch_up(folder)
                await course.step()
    except _Killed:
        return False
    return True


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams(), st.data())
@pytest.mark.usefixtures("small_steps")
async def test_any_events_at_any_step_of_a_rebuild_that_is_killed_anywhere(
    pool: Pool,
    database_url: str,
    strategy: Strategy,
    monkeypatch: pytest.MonkeyPatch,
    stream: list[Event],
    data: st.DataObject,
) -> None:
    """Links, corrections, judgements and erasures included, the new rows are those of before the switch."""
    await pool.execute(_EMPTY)
    await pool.execute("drop schema if exists rebuilding cascade")
    await load(pool, INTERACTIONS, [0])
    journal = Journal(pool, strategy)
    first = data.draw(st.integers(0, len(stream)))
    if first:
        await journal.tell(*stream[:first])
    course = _Course(journal, stream[first:], data)
    put, fold = Part._put, Again.fold

    async def putting(self: Part, gathered: list[Gathered], *, done: bool) -> None:
        await course.step()
        await put(self, gathered, done=done)

    async def folding_again(self: Again, customers: Sequence[str]) -> int:
        await course.step()
        return await fold(self, customers)

    with monkeypatch.context() as patched:
        patched.setattr(Part, "_put", putting)
        patched.setattr(Again, "fold", folding_again)
        while not await _is_caught_up(database_url, strategy, course):
            pass
    await course.go_on(whole=True)
    before = await kept(pool)
    async with leading(database_url, strategy) as work:
        await work.begin()
        async with folding(database_url, strategy) as folder:
            done = await work.switch(folder)
    assert_same(before, await kept(pool))
    assert done.changed == 0
