"""The examples for publishers over HTTP, run as they stand."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
import pytest_asyncio

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.conftest import fresh_database
from tests.examples import EXAMPLES, run_example
from tests.stack import Stack, running, until

EXPECTED = {
    "http_batch.py": ("/telephone", {"call-5501/attempted", "call-5501/answered"}),
    "http_sdk.py": ("/service-desk", {"ticket-88/promised", "ticket-88/kept"}),
}


@pytest_asyncio.fixture(scope="module")
async def stack(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """A stack for the module."""
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            async with running(broker.address, url, embedded=True) as stack:
                yield stack


def test_every_http_example_is_run_here() -> None:
    """An example that nobody runs would rot."""
    assert {path.name for path in EXAMPLES.glob("http_*")} == set(EXPECTED)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            401,
            '{"detail": "A key is needed."}',
            ["A key is needed.", "EGARD_KEY", "keys create --scope publish"],
        ),
        (404, "<html>", ["answers 404: Not Found"]),
    ],
)
async def test_the_batch_example_ends_with_a_sentence_where_no_retry_helps(
    status: int, body: str, said: list[str]
) -> None:
    """Whoever copied it learns what to do, and sees no traceback."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}]")
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(AssertionError) as failed:
            await run_example("http_batch.py", EGARD_URL=f"http://127.0.0.1:{port}")
    message = str(failed.value).splitlines()[0]
    assert message.startswith(f"http://127.0.0.1:{port} answers {status}")
    assert all(part in message for part in said)


@pytest.mark.parametrize("name", EXPECTED)
async def test_what_an_http_example_publishes_is_in_the_journal_once(stack: Stack, name: str) -> None:
    """Copied and run, and run again, it brings in exactly its events."""
    source, ids = EXPECTED[name]
    for _ in range(2):
        await run_example(name, EGARD_URL=str(stack.http.base_url))

    async def journalled() -> bool:
        return len(await stack.journal(source)) >= len(ids)

    await until(journalled)
    assert sorted(await stack.journal(source)) == sorted(ids)
    assert not await stack.fetch("select 1 from dead_letters")
