"""docs/publishing.md: its commands do what it says, on a running stack."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.conftest import fresh_database
from tests.guide import GUIDE, blocks
from tests.stack import Stack, running, until

COMMANDS = [block for block in blocks("sh") if block.startswith("curl ")]


@pytest_asyncio.fixture(scope="module")
async def stack(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """A stack for the module."""
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            async with running(broker.address, url, embedded=True) as stack:
                yield stack


@pytest.mark.skipif(shutil.which("curl") is None, reason="The guide uses curl.")
async def test_the_commands_and_events_of_the_guide_are_accepted_and_journalled(stack: Stack) -> None:
    """Structured, batched and binary mode as the guide has them, and then its JSON, all in one story."""
    assert len(COMMANDS) == 3
    ids = []
    for command in COMMANDS:
        process = await asyncio.create_subprocess_shell(
            command.replace("http://127.0.0.1:8000", str(stack.http.base_url).rstrip("/")),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        answer, _ = await process.communicate()
        assert json.loads(answer) == {"accepted": 2 if "batch" in command else 1}
    assert (await stack.post_raw(b"[]")).status_code == 202
    refused = await stack.post_raw(b"[7]")
    assert (refused.status_code, refused.json()["accepted"]) == (207, 0)
    for block in blocks("json"):
        published = await stack.post_raw(block.encode())
        assert published.status_code == 202, published.text
        ids += [event["id"] for event in json.loads(block)]

    async def journalled() -> bool:
        # What Égard itself says of the story comes beside it.
        [row] = await stack.fetch(
            "select count(*) from journal "
            "where convert_from(body, 'UTF8')::jsonb ->> 'source' not like '/egard/%'"
        )
        return bool(row["count"] == len(ids) + 4)

    await until(journalled)
    assert set(await stack.journal()) > set(ids)
    for page in re.findall(r"<http://127\.0\.0\.1:8000(/\S+)>", GUIDE.read_text()):
        found = await stack.http.get(page)
        assert found.status_code == 200, page
        assert "customer-42" in found.text
