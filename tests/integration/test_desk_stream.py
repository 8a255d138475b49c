"""The desk's live stream: each change of a prompt once, late ones too, with and without a notification."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest
import pytest_asyncio

from projections.strategy import Strategy
from services.desk.asked import Acting
from services.desk.prompts import Prompts, Seen
from services.desk.stream import Stream
from services.runtime.database import Connection, Pool
from services.runtime.settings import Settings

_PROMPT = """
    insert into prompts (
        customer, prompt_id, trigger, episode, state, cause_at, prompted_at,
        priority, minutes, strategy, facts
    )
    values (
        $1, $1, 'retold', 'the bill', 'open', now(), now(), 70, 15, 'v',
        '{"why": {"template": "told_again", "parameters": {"reason": "the bill"}, "source": "s", "id": "i",
                  "at": "2026-01-05T08:00:00Z"}, "facts": []}'
    )
"""


async def _prompt(connection: Connection | Pool, customer: str) -> None:
    """A prompt for a customer, under the customer's name; nobody is notified."""
    await connection.execute(_PROMPT, customer)


@pytest.fixture
def prompts(pool: Pool, database_url: str, strategy: Strategy) -> Prompts:
    """The prompts of an empty database."""
    return Prompts(pool, Settings(kafka="nowhere:9092", database=database_url), strategy)


@pytest_asyncio.fixture
async def watched(prompts: Prompts, database_url: str) -> AsyncIterator[AsyncGenerator[bytes]]:
    """What an agent who watches is sent."""
    stream = Stream(prompts, database_url)
    following = asyncio.create_task(stream.follow())
    watcher = stream.watch()
    assert await anext(watcher) == b"retry: 1000\n\n"
    yield watcher
    await watcher.aclose()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_each_change_is_shown_once(pool: Pool, prompts: Prompts) -> None:
    """A prompt is new once, and again when somebody has claimed it; in between there is nothing."""
    seen = Seen(datetime.now(UTC))
    await _prompt(pool, "anna")
    assert [(one.id, one.state) for one in await prompts.changed(seen)] == [("anna", "open")]
    assert await prompts.changed(seen) == []
    await prompts.claim("anna", Acting("lea"))
    assert [(one.id, one.state) for one in await prompts.changed(seen)] == [("anna", "claimed")]
    assert await prompts.changed(seen) == []


async def test_a_change_that_is_committed_late_is_shown(pool: Pool, prompts: Prompts) -> None:
    """A transaction that began before another and ended after it has its prompt shown too."""
    seen = Seen(datetime.now(UTC))
    async with pool.acquire() as slow, slow.transaction():
        await _prompt(slow, "anna")
        await _prompt(pool, "bob")
        assert [one.id for one in await prompts.changed(seen)] == ["bob"]
    assert [one.id for one in await prompts.changed(seen)] == ["anna"]
    assert await prompts.changed(seen) == []


async def test_a_change_of_who_froze_before_the_commit_is_shown(pool: Pool, prompts: Prompts) -> None:
    """A process stood still between a change and its commit, while others went on: it is shown as well."""
    seen = Seen(datetime.now(UTC))
    async with pool.acquire() as slow, slow.transaction():
        await _prompt(slow, "anna")
        await slow.execute("update prompts set changed_at = changed_at - interval '14 seconds'")
        await _prompt(pool, "bob")
        assert [one.id for one in await prompts.changed(seen)] == ["bob"]
    assert [one.id for one in await prompts.changed(seen)] == ["anna"]
    assert await prompts.changed(seen) == []


async def test_changes_of_long_ago_are_not_remembered(pool: Pool, prompts: Prompts) -> None:
    """However many prompts there were, only those of the last while are kept in mind; none comes twice."""
    seen = Seen(datetime.now(UTC))
    await _prompt(pool, "anna")
    await prompts.changed(seen)
    await pool.execute("update prompts set changed_at = changed_at - interval '1 hour'")
    await _prompt(pool, "bob")
    await pool.execute("update prompts set changed_at = now() + interval '1 hour' where customer = 'bob'")
    assert [one.id for one in await prompts.changed(seen)] == ["bob"]
    assert list(seen.changes) == ["bob"]
    assert await prompts.changed(seen) == []


async def test_a_prompt_comes_without_a_notification(pool: Pool, watched: AsyncGenerator[bytes]) -> None:
    """Notifications only save waiting: where none arrives, the prompt is sent all the same."""
    await _prompt(pool, "anna")
    message = await asyncio.wait_for(anext(watched), 20)
    assert message.startswith(b"event: prompt\ndata: ")
    shown = msgspec.json.decode(message.partition(b"data: ")[2])
    assert (shown["customer"], shown["why"]) == ("anna", "Told again: “the bill”.")


async def test_a_change_of_who_froze_is_sent_to_who_watches(
    pool: Pool, watched: AsyncGenerator[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream looks back now and then, and not only at what was changed just now."""
    monkeypatch.setattr("services.desk.stream._LOOK_BACK", 0.1)
    async with pool.acquire() as slow, slow.transaction():
        await _prompt(slow, "anna")
        await slow.execute("update prompts set changed_at = changed_at - interval '14 seconds'")
        await _prompt(pool, "bob")
        message = await asyncio.wait_for(anext(watched), 20)
        assert b'"customer":"bob"' in message
    message = await asyncio.wait_for(anext(watched), 20)
    assert b'"customer":"anna"' in message
