"""What tests of pages share: whether there is a browser, visitors, and agents at the desk."""

import shutil
from collections.abc import Callable, Coroutine
from typing import Any

from playwright.async_api import Locator, Page, expect

from events import ContactRetold
from tests.stack import Stack, Teller, until

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in _NAMES if (path := shutil.which(name))), None)


Visit = Callable[[], Coroutine[Any, Any, Page]]
"""Opens a visitor's page."""


async def _prompt(stack: Stack, customer: str) -> dict[str, Any]:
    some = [one for one in await stack.prompts() if one["customer"] == customer]
    return next((one for one in some if one["trigger"] == "retold"), {})


async def prompted(stack: Stack, customer: str, reason: str = "the bill") -> dict[str, Any]:
    """A prompt about a customer, who had to tell a reason for the third time."""
    told = Teller(customer)
    await stack.post([told.tell(ContactRetold(contact_id=str(n), reason=reason)) for n in range(2)])
    return await until(lambda: _prompt(stack, customer))


async def at_the_desk(visit: Visit, name: str) -> Page:
    page = await visit()
    await page.goto("/desk")
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Begin").click()
    await expect(page.get_by_text(f"You are {name}.")).to_be_visible()
    return page


def card_of(page: Page, customer: str) -> Locator:
    """The card of the prompt about a customer who had to tell something again; there may be others."""
    return page.locator(".prompt", has_text=customer).filter(has_text="told again and again")
