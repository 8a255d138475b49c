"""What a process knows of its people is a second old at most, and counts what it gave itself."""

from datetime import timedelta

import pytest

from projections.outreach_rules import Budget
from projections.strategy import Strategy
from services.outreach.staff import Staff
from services.runtime.database import Pool
from tests.integration.outreach.keeping import NOON, keep, prompt
from tests.integration.outreach.night import with_outreach
from tests.integration.outreach.test_handing_over import nobody_there

SECOND = timedelta(seconds=1)


@pytest.fixture
def short(strategy: Strategy) -> Strategy:
    """A house with ten minutes a week and no floor."""
    return with_outreach(strategy, budget=Budget(minutes=10.0, floor_minutes=0.0))


async def test_minutes_that_were_given_are_gone_before_the_database_knows(
    pool: Pool, short: Strategy
) -> None:
    """Six of ten minutes are given: there is no room for six more, and is again once nothing came of it."""
    staff = Staff(short)
    async with pool.acquire() as connection:
        assert await staff.has_room(connection, 6, [], NOON)
        assert not await staff.has_room(connection, 6, [], NOON + SECOND / 2)
        assert await staff.has_room(connection, 4, [], NOON + SECOND / 2)
        assert await staff.has_room(connection, 6, [], NOON + SECOND)


async def test_minutes_that_others_gave_count_a_second_later(pool: Pool, short: Strategy) -> None:
    """Another process gives a prompt of ten minutes: after a second there is no room for any."""
    staff = Staff(short)
    async with pool.acquire() as connection:
        assert await staff.has_room(connection, 1, [], NOON)
        await prompt(pool, "theirs", minutes=10.0)
        assert await staff.has_room(connection, 1, [], NOON + SECOND / 2)
        assert not await staff.has_room(connection, 1, [], NOON + SECOND)


async def test_a_week_does_not_begin_with_the_minutes_of_the_last(pool: Pool, short: Strategy) -> None:
    """Prompts that are looked at as of another time have the minutes of that time's week."""
    staff = Staff(short)
    async with pool.acquire() as connection:
        assert await staff.has_room(connection, 10, [], NOON)
        assert await staff.has_room(connection, 10, [], NOON - timedelta(days=7))


async def test_who_has_gone_is_seen_to_be_gone_a_second_later(pool: Pool, strategy: Strategy) -> None:
    """A brand that told of no shifts has its people there; then it tells of one that is over."""
    staff = Staff(strategy)
    shifts = nobody_there()
    now = shifts[-1].time + timedelta(hours=22)
    async with pool.acquire() as connection:
        assert await staff.anyone_there(connection, now)
        await keep(pool, shifts)
        assert await staff.anyone_there(connection, now + SECOND / 2)
        assert not await staff.anyone_there(connection, now + SECOND)
