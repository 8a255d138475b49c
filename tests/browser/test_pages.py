"""The pages in a real browser: they follow what happens, and hostile data stays text."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from events import ContactRetold, PromiseMade, RecognitionOverlooked, RecognitionRemembered
from tests.browser.visiting import CHROMIUM, Visit, at_the_desk, card_of, prompted
from tests.stack import Stack, Teller, until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium is installed here to open pages with.")

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


async def _known(stack: Stack, customer: str) -> bool:
    return (await stack.http.get(f"/v1/customers/{quote(customer, safe='')}/relationship")).is_success


async def test_a_customers_page_follows_what_happens(stack: Stack, visit: Visit) -> None:
    """An event that is published shows on the open page within seconds, without a reload."""
    told = Teller("follow-1")
    await stack.post([told.tell(RecognitionRemembered(what="her dog"), ago=60)])
    await until(lambda: _known(stack, "follow-1"))
    page = await visit()
    await page.goto("/customers/follow-1")
    await expect(page.get_by_text("not known well enough").first).to_be_visible()
    await page.get_by_text("The curve as a table").click()
    await stack.post([told.tell(RecognitionOverlooked(how="misnamed"), ago=30) for _ in range(6)])
    await expect(page.locator("#reading .health")).to_be_visible(timeout=10_000)
    await expect(page.locator("#timeline").get_by_text("called by a wrong name")).to_have_count(6)
    # What the reader had unfolded stays so.
    await expect(page.locator("#curve-table table")).to_be_visible()


async def test_the_list_follows_too(stack: Stack, visit: Visit) -> None:
    """A customer nobody had heard of appears in the open list by itself."""
    page = await visit()
    await page.goto("/insight?customer=fresh-")
    await expect(page.get_by_text("No relationship fits.")).to_be_visible()
    await stack.post([Teller("fresh-1").tell(RecognitionRemembered(what="x"))])
    await page.get_by_role("link", name="fresh-1").click(timeout=10_000)
    await expect(page.get_by_role("heading", name="fresh-1")).to_be_visible()


async def test_links_lead_from_the_list_to_each_ledger_and_to_the_customer(
    stack: Stack, visit: Visit
) -> None:
    """Whoever begins at the list finds what is owed, and from there all ledgers of that customer."""
    told = Teller("ledger-1")
    due = datetime.now(UTC) + timedelta(hours=2)
    await stack.post(
        [
            told.tell(PromiseMade(promise_id="p", what="send the parcel anew", due=due), ago=60),
            told.tell(ContactRetold(contact_id="k", reason="the parcel"), ago=50),
        ]
    )
    await until(lambda: _known(stack, "ledger-1"))
    page = await visit()
    await page.goto("/insight")
    for name in ("Told again", "Waiting for an answer", "Recognition", "Promises"):
        await page.get_by_role("link", name=name).first.click()
        await expect(page.get_by_role("heading", name=name)).to_be_visible()
    await page.get_by_role("link", name="Due within 24 hours").click()
    await expect(page.get_by_role("row", name="send the parcel anew")).to_contain_text("soon")
    await page.get_by_role("link", name="ledger-1").click()
    await expect(page.locator("#tellings")).to_contain_text("tellings: 2")
    await page.get_by_role("link", name="The whole story").click()
    await page.get_by_role("link", name="Ledgers").click()
    await expect(page.get_by_role("heading", name="Ledgers of ledger-1")).to_be_visible()


async def test_hostile_words_stay_words_on_every_page(stack: Stack, visit: Visit) -> None:
    """Names, reasons and promises full of markup are read as they are written, and run nothing."""
    told = Teller(HOSTILE, source="/words")
    due = datetime.now(UTC) + timedelta(days=2)
    await stack.post([told.tell(PromiseMade(promise_id="p", what=HOSTILE, due=due))])
    await prompted(stack, HOSTILE, reason=HOSTILE)
    own = f"/customers/{quote(HOSTILE, safe='')}"
    for address in (own, f"{own}/ledgers", "/insight", "/insight/promises", "/insight/tellings"):
        page = await visit()
        await page.goto(address)
        await expect(page.get_by_text(HOSTILE).first).to_be_visible()
    desk = await at_the_desk(visit, HOSTILE)
    await expect(desk.get_by_role("link", name=HOSTILE).first).to_be_visible()
    await desk.wait_for_timeout(300)


async def test_a_prompt_reaches_the_desk_by_itself_and_one_agent_takes_it(stack: Stack, visit: Visit) -> None:
    """Two agents watch; one claims, the other sees with whom it is; done, it is gone for both."""
    anna, ben = await at_the_desk(visit, "Anna"), await at_the_desk(visit, "Ben")
    await prompted(stack, "desk-1")
    hers = card_of(anna, "desk-1")
    his = card_of(ben, "desk-1")
    await expect(his.get_by_role("button", name="Claim")).to_be_visible(timeout=10_000)
    await hers.get_by_role("button", name="Claim").click()
    await expect(hers).to_contain_text("with you until")
    await expect(his).to_contain_text("with Anna until")
    await expect(his.get_by_role("button")).to_have_count(0)
    await hers.get_by_role("button", name="Done").click()
    await hers.get_by_label("Minutes it took").fill("4")
    await hers.get_by_label("What a colleague should know").fill("called, all is well")
    await hers.get_by_role("button", name="It is done").click()
    await expect(anna.get_by_text("Done: desk-1. Thank you.")).to_be_visible()
    await expect(hers).to_have_count(0)
    await expect(his).to_have_count(0)
    [row] = await until(
        lambda: stack.fetch(
            "select body from journal where customer = 'desk-1' and type = 'egard.outreach.made'"
        )
    )
    assert b'"minutes":4' in row["body"]
    assert b"called, all is well" in row["body"]


async def test_a_prompt_can_be_declined_with_the_keyboard_alone(stack: Stack, visit: Visit) -> None:
    """From the card's heading, Tab and Enter lead to declining, with a reason or without."""
    prompt = await prompted(stack, "keys-desk")
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "keys-desk")
    await card.get_by_role("link", name="keys-desk").focus()
    for name in ("Claim", "Later", "Hand on", "Gesture", "Decline"):
        await page.keyboard.press("Tab")
        if name == "Claim":
            # The whole story comes first.
            await page.keyboard.press("Tab")
        await expect(card.get_by_role("button", name=name)).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.type("I spoke to her this morning")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Declined: keys-desk.")).to_be_visible()
    [row] = await stack.fetch("select state from prompts where prompt_id = $1", prompt["id"])
    assert row["state"] == "declined"


async def test_whoever_comes_second_is_told_who_came_first(stack: Stack, visit: Visit) -> None:
    """A claim that lost the race is answered on the card, and nothing is lost."""
    prompt = await prompted(stack, "race-1")
    page = await at_the_desk(visit, "Ben")
    card = card_of(page, "race-1")
    await expect(card.get_by_role("button", name="Claim")).to_be_visible()
    # The page hears nothing more, as if the network had been away for the moment of the race.
    await page.route("**/v1/prompts/*/claim", lambda route: _lose(stack, prompt["id"], route))
    await card.get_by_role("button", name="Claim").click()
    await expect(card.get_by_text("Anna has claimed this prompt.")).to_be_visible()
    await expect(card).to_contain_text("with Anna until")


async def _lose(stack: Stack, prompt_id: str, route: Any) -> None:
    await stack.http.post(f"/v1/prompts/{prompt_id}/claim", json={"agent_id": "Anna"})
    await route.continue_()


@pytest.mark.parametrize(
    "address",
    [
        "/insight",
        "/customers/narrow-1",
        "/desk",
        "/customers/narrow-1/ledgers",
        "/insight/promises",
        "/insight/tellings",
        "/insight/waiting",
        "/insight/recognition",
        "/insight/team",
        "/insight/undone",
        "/insight/declines",
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_fit_a_small_screen(stack: Stack, visit: Visit, address: str, scheme: Any) -> None:
    """On a phone nothing sticks out to the side, by day and by night."""
    await stack.post([Teller("narrow-1").tell(RecognitionRemembered(what="x" * 300), id="same")])
    await until(lambda: _known(stack, "narrow-1"))
    page = await visit()
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.emulate_media(color_scheme=scheme)
    await page.goto(address)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
