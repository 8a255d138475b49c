"""One stack and one browser for a module, and visitors whose pages must not complain."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.browser.visiting import CHROMIUM, Visit
from tests.conftest import fresh_database
from tests.stack import Stack, running


@pytest_asyncio.fixture(scope="module")
async def stack(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """One stack for the module: each test has customers of its own."""
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            async with running(broker.address, url, embedded=True) as stack:
                yield stack


@pytest_asyncio.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def visit(browser: Browser, stack: Stack) -> AsyncIterator[Visit]:
    """Opens visitors' pages, each with a storage of its own; complaints of a page fail the test."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    async def come() -> Page:
        context = await browser.new_context(base_url=str(stack.http.base_url))
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
        return page

    yield come
    for context in contexts:
        await context.close()
    # An answer of 409 is one that a test may ask for, and browsers complain of it all the same.
    assert [one for one in complaints if "409" not in one] == []
