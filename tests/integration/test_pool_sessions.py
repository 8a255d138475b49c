"""Sessions of the pool: what they leave behind, and what they do not."""

import asyncio

import asyncpg
import pytest

from services.runtime.database import connect
from services.runtime.people import holding


@pytest.mark.filterwarnings("ignore")
async def test_a_session_goes_back_without_an_open_transaction(database_url: str) -> None:
    """What somebody began and did not end is rolled back before the next one has the session."""
    async with await connect(database_url, size=1) as pool:
        async with pool.acquire() as connection:
            await connection.execute("begin; create temporary table left_behind (x integer)")
        async with pool.acquire() as connection:
            assert not connection.is_in_transaction()
            assert await connection.fetchval("select to_regclass('left_behind')") is None


async def test_a_session_goes_back_without_a_word_to_the_server(database_url: str) -> None:
    """Between two uses of a session the server is asked nothing: each use would cost a round trip more."""
    async with await connect(database_url, size=1) as pool:
        async with pool.acquire() as connection:
            process = connection.get_server_pid()
            await connection.execute("select 'mine'")
        onlooker = await asyncpg.connect(database_url)
        try:
            asked = await onlooker.fetchval("select query from pg_stat_activity where pid = $1", process)
        finally:
            await onlooker.close()
    assert asked == "select 'mine'"


@pytest.mark.parametrize("ends", ["an error of ours", "a refusal of the database", "cancelled"])
async def test_a_transaction_that_fails_is_rolled_back_and_nothing_is_logged(
    database_url: str, ends: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An overtaken batch, a repetition and a process that ends are no errors for an operator to read."""

    async def fail() -> None:
        async with holding(pool) as connection:
            await connection.execute("create temporary table left_behind (x integer)")
            if ends == "an error of ours":
                raise ValueError
            await connection.execute("select 1 / 0" if ends != "cancelled" else "select pg_sleep(60)")

    async with await connect(database_url, size=1) as pool:
        failing = asyncio.create_task(fail())
        await asyncio.wait({failing}, timeout=0.5)
        failing.cancel()
        [raised] = await asyncio.gather(failing, return_exceptions=True)
        assert isinstance(raised, ValueError | asyncpg.DivisionByZeroError | asyncio.CancelledError)
        assert await pool.fetchval("select to_regclass('left_behind')") is None
    assert caplog.records == []
