"""A real browser gets in with a key as its password, and follows the desk with it."""

import httpx
import pytest
from playwright.async_api import Error, async_playwright, expect

from events import ContactRetold
from services.embedded import EmbeddedBroker
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.access import bearer, keep
from tests.browser.visiting import CHROMIUM, card_of
from tests.stack import Teller, running

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium is installed here to open pages with.")


async def test_an_agent_opens_the_desk_by_password_and_acts(database_url: str, pool: Pool) -> None:
    """The browser understands how it is asked, and page, list, stream and actions all go by that password."""
    agent, shop = await keep(pool, "act", "read"), await keep(pool, "publish")
    async with EmbeddedBroker() as broker, async_playwright() as playwright:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        async with running(broker.address, database_url, embedded=True, access="keys") as stack:
            base = str(stack.http.base_url)
            stranger = await browser.new_context(base_url=base)
            outside = await stranger.new_page()
            # So Chromium says that it was asked for a password, and has none.
            with pytest.raises(Error, match="ERR_INVALID_AUTH_CREDENTIALS"):
                await outside.goto("/desk")

            context = await browser.new_context(
                base_url=base, http_credentials={"username": "lea", "password": agent.text}
            )
            page = await context.new_page()
            let_in = await page.goto("/desk")
            assert let_in is not None
            assert let_in.status == httpx.codes.OK
            await page.get_by_label("Your name").fill("lea")
            await page.get_by_role("button", name="Begin").click()
            await expect(page.get_by_text("Nobody needs a person right now.")).to_be_visible()

            ann = Teller("ann")
            answer = await stack.post(
                [ann.tell(ContactRetold(contact_id=name, reason="the bill")) for name in ("k1", "k2")],
                headers=bearer(shop),
            )
            assert answer.status_code == httpx.codes.ACCEPTED
            # It comes by the stream, and the action by the page's own script.
            card = card_of(page, "ann")
            await card.get_by_role("button", name="Claim").click()
            await expect(card.get_by_role("button", name="Done")).to_be_visible()
            await page.goto("/customers/ann")
            await expect(page.get_by_role("heading", name="ann")).to_be_visible()
            await context.close()
            await stranger.close()
        await browser.close()
