"""Sessions of the pool: what they leave behind, and what they do not."""

import asyncpg
import pytest

from services.runtime.database import connect


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
