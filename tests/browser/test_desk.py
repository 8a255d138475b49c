"""The desk in a real browser: the brief is read, and every action is at hand, with the keyboard too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from playwright.async_api import expect

from events import Event, FactTold, OutreachReacted, PreferenceSet, PromiseMade
from projections.outreach.brief import brief
from projections.triggers import Due, Fact, Known
from tests.browser.visiting import CHROMIUM, Visit, at_the_desk, card_of, prompted
from tests.stack import Stack, Teller, until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium is installed here to open pages with.")

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


async def _briefed(stack: Stack, customer: str, *words: Event, gesture: float = 20.0) -> dict[str, Any]:
    """A prompt about a customer with a brief made of some events, and an allowance for gestures."""
    await stack.post(words)
    prompt = await prompted(stack, customer)
    at = datetime.now(UTC)
    why = Fact("retold", {"reason": "the bill", "tellings": 3}, "/test", "1", at)
    due = Due(prompt["id"], "e", at, why, [], 70, 15, (customer,))
    made = brief(Known(words, stack.context.strategy), due, at.timestamp())
    await stack.fetch(
        "update prompts set brief = $2::jsonb, gesture = $3, changed_at = clock_timestamp() "
        "where prompt_id = $1 returning prompt_id",
        prompt["id"],
        msgspec.json.encode(made).decode(),
        gesture,
    )
    return prompt


def _words(customer: str) -> list[Event]:
    told = Teller(customer, source="/words")
    due = datetime.now(UTC) + timedelta(days=3)
    return [
        told.tell(FactTold(key="allergy", value="nuts"), ago=900),
        told.tell(PreferenceSet(contact_by="human"), ago=800),
        told.tell(OutreachReacted(prompt_id="x", reaction="unwelcome"), ago=700),
        told.tell(PromiseMade(promise_id="p", what="send the parcel anew", due=due), ago=600),
    ]


async def _event(stack: Stack, customer: str, kind: str) -> Any:
    """What the journal has of a type of a customer."""
    [row] = await until(
        lambda: stack.fetch(
            "select body from journal where customer = $1 and type = $2 and body like '%/egard/desk%'::bytea",
            customer,
            kind,
        )
    )
    return msgspec.json.decode(row["body"])["data"]


async def test_the_reason_comes_first_and_the_story_unfolds(stack: Stack, visit: Visit) -> None:
    """Why now is read at once; what was told, owed and wished, and ways to begin, fold out, and stay so."""
    await _briefed(stack, "fold-1", *_words("fold-1"))
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "fold-1")
    await expect(card.get_by_text("had to tell “the bill” 3 times").first).to_be_visible()
    await expect(card.get_by_text("allergy: nuts.")).to_be_hidden()
    await card.get_by_text("The whole story").click()
    for text in (
        "allergy: nuts.",
        "They want to be answered by a person.",
        "“send the parcel anew”, by",
        "Our reaching out met with: no welcome.",
        "Is this a good moment?",
        "You may spend up to 20",
    ):
        await expect(card.get_by_text(text).first).to_be_visible()
    await expect(card.get_by_role("heading", name="What happened")).to_be_hidden()
    # Something else changes: what the agent unfolded stays so.
    await stack.fetch(
        "with changed as (update prompts set minutes = 16, changed_at = clock_timestamp() "
        "where customer = 'fold-1' returning 1) select pg_notify('egard_prompts', '') from changed"
    )
    await expect(card.get_by_text("16 min")).to_be_visible()
    await expect(card.get_by_text("allergy: nuts.")).to_be_visible()


async def test_a_prompt_is_put_off(stack: Stack, visit: Visit) -> None:
    """The form proposes a time, meant on the clock of the business; whoever put it off still sees it, below
    all others and until when, and may take it up before: nobody else sees it meanwhile."""
    await prompted(stack, "later-0")
    await prompted(stack, "later-1")
    page, ben = await at_the_desk(visit, "Anna"), await at_the_desk(visit, "Ben")
    card = card_of(page, "later-1")
    await expect(card).to_be_visible()
    waiting = int((await page.locator("#counts").inner_text()).split()[0])
    await card.get_by_role("button", name="Later").click()
    await card.get_by_label("Not before").fill("2126-07-01T09:00")
    await card.get_by_label("Or when this happens").select_option(label="they contact us")
    await card.get_by_role("button", name="Put it off").click()
    await expect(page.get_by_text("Put off: later-1.")).to_be_visible()
    await expect(card.get_by_text("put off until 1 Jul, 09:00")).to_be_visible()
    await expect(page.locator(".prompt").last).to_contain_text("later-1")
    await expect(page.locator("#counts")).to_contain_text(f"{waiting - 1} waiting")
    await expect(card_of(ben, "later-1")).to_have_count(0)
    said = await _event(stack, "later-1", "egard.outreach.snoozed")
    zone = stack.context.strategy.hours.timezone
    assert zone == "Europe/Paris"
    # In July Paris is two hours ahead.
    assert (said["until"], said["awaiting"]) == ("2126-07-01T07:00:00Z", "egard.contact.attempted")
    await page.reload()
    await expect(card.get_by_text("put off until 1 Jul, 09:00")).to_be_visible()
    await card.get_by_role("button", name="Claim").click()
    await expect(card.get_by_text("with you until")).to_be_visible()
    await expect(card_of(ben, "later-1").get_by_text("with Anna until")).to_be_visible()


async def test_a_prompt_is_handed_to_a_colleague_who_sees_it_first(stack: Stack, visit: Visit) -> None:
    """Ben sees that it is offered to him, on top; the others see that it is, and are not refused it."""
    await prompted(stack, "hand-0")
    await prompted(stack, "hand-1")
    anna, ben = await at_the_desk(visit, "Anna"), await at_the_desk(visit, "Ben")
    card = card_of(anna, "hand-1")
    await card.get_by_role("button", name="Claim").click()
    await card.get_by_role("button", name="Hand on").click()
    await card.get_by_label("To whom").fill("Ben")
    await card.get_by_role("button", name="Hand it on").click()
    await expect(card.get_by_text("offered to Ben until")).to_be_visible()
    await expect(card_of(ben, "hand-1").get_by_text("offered to you")).to_be_visible()
    await expect(ben.locator(".prompt").first).to_contain_text("hand-1")
    await expect(card.get_by_role("button", name="Claim")).to_be_visible()
    said = await _event(stack, "hand-1", "egard.outreach.delegated")
    assert said["agent_id"] == "Ben"


async def test_a_gesture_is_made_and_one_too_many_is_refused_with_a_sentence(
    stack: Stack, visit: Visit
) -> None:
    """What is left is shown, goes down, and what exceeds it is answered on the card."""
    await _briefed(stack, "gift-1", *_words("gift-1"))
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "gift-1")
    for what, cost in (("flowers", "15"), ("chocolate", "10")):
        await card.get_by_role("button", name="Gesture").click()
        await card.get_by_label("What", exact=True).fill(what)
        await card.get_by_label("What it costs").fill(cost)
        await card.locator("[data-form=gesture]").get_by_role("button", name="Record it").click()
        if what == "flowers":
            await expect(page.get_by_text("The gesture is recorded: gift-1.")).to_be_visible()
    await expect(card.get_by_text("of 20 for a gesture on this prompt, 5 is left")).to_be_visible()
    assert (await _event(stack, "gift-1", "egard.gesture.made"))["what"] == "flowers"


async def test_a_new_date_is_recorded_for_a_promise_that_is_owed(stack: Stack, visit: Visit) -> None:
    """The promises of the brief are there to choose from; the customer's word goes with the new date."""
    await _briefed(stack, "date-1", *_words("date-1"))
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "date-1")
    await card.get_by_role("button", name="New date").click()
    await expect(card.get_by_label("Which promise")).to_have_value("p")
    await card.get_by_label("The new date").fill("2126-01-01T09:00")
    await card.get_by_label("The customer agrees").check()
    await card.locator("[data-form=renegotiate]").get_by_role("button", name="Record it").click()
    await expect(page.get_by_text("The new date is recorded: date-1.")).to_be_visible()
    said = await _event(stack, "date-1", "egard.promise.renegotiated")
    assert said == {"promise_id": "p", "due": "2126-01-01T08:00:00Z", "agreed": True}


async def test_the_promise_that_is_overdue_is_said_once_and_is_the_one_to_move(
    stack: Stack, visit: Visit
) -> None:
    """It is why, and not also what is owed; among the promises that may get a new date it is chosen."""
    said = Teller("late-1")
    now = datetime.now(UTC)
    await stack.post(
        [
            said.tell(
                PromiseMade(promise_id="far", what="send the parcel", due=now - timedelta(days=20)), ago=2e6
            ),
            said.tell(
                PromiseMade(promise_id="late", what="call back", due=now - timedelta(minutes=9)), ago=900
            ),
        ]
    )
    page = await at_the_desk(visit, "Anna")
    card = page.locator(".prompt", has_text="late-1").filter(has_text="promise overdue")
    await card.get_by_text("The whole story").click()
    owed = card.locator("[data-section=promises]")
    await expect(owed.get_by_text("send the parcel")).to_be_visible()
    await expect(owed.get_by_text("call back")).to_have_count(0)
    await card.get_by_role("button", name="New date").click()
    await expect(card.get_by_label("Which promise")).to_have_value("late")
    await expect(card.get_by_label("Which promise").locator("option")).to_have_count(2)


async def test_whoever_claims_with_the_keyboard_stays_on_the_card(stack: Stack, visit: Visit) -> None:
    """The button that was pressed goes away, and the focus is not lost with it."""
    await prompted(stack, "keys-3")
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "keys-3")
    await card.get_by_role("button", name="Claim").focus()
    await page.keyboard.press("Enter")
    await expect(card.get_by_role("button", name="Give back")).to_be_visible()
    await expect(card.get_by_role("link", name="keys-3")).to_be_focused()


async def test_a_time_that_has_passed_is_refused_before_it_is_sent(stack: Stack, visit: Visit) -> None:
    """The browser says so at the field; nothing is asked of the server."""
    await prompted(stack, "past-1")
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "past-1")
    await card.get_by_role("button", name="Later").click()
    await card.get_by_label("Not before").fill("2020-01-01T09:00")
    await card.get_by_role("button", name="Put it off").click()
    assert await card.get_by_label("Not before").evaluate("field => field.validity.rangeUnderflow")
    await expect(card.locator("[data-is=alert]")).to_be_empty()
    await expect(card.get_by_label("Not before")).to_be_visible()


async def test_whoever_writes_while_a_colleague_claims_is_told_and_loses_nothing(
    stack: Stack, visit: Visit
) -> None:
    """The form goes with a sentence; when the colleague gives the prompt back, the words are still there."""
    prompt = await prompted(stack, "slow-1")
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "slow-1")
    await card.get_by_role("button", name="Decline").click()
    await card.get_by_label("Why, if you care to say").last.fill("We spoke this morning")
    await stack.http.post(f"/v1/prompts/{prompt['id']}/claim", json={"agent_id": "Ben"})
    await expect(card.get_by_text("Ben has claimed this prompt.")).to_be_visible()
    await expect(card.get_by_label("Why, if you care to say").last).to_be_hidden()
    await stack.http.post(f"/v1/prompts/{prompt['id']}/release", json={"agent_id": "Ben"})
    await card.get_by_role("button", name="Decline").click()
    await expect(card.get_by_label("Why, if you care to say").last).to_have_value("We spoke this morning")
    await expect(card.get_by_text("Ben has claimed this prompt.")).to_be_hidden()


async def test_nobody_hands_a_prompt_to_themselves(stack: Stack, visit: Visit) -> None:
    """The field says so, in words of the page; nothing is asked of the server."""
    await prompted(stack, "self-1")
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "self-1")
    await card.get_by_role("button", name="Hand on").click()
    await card.get_by_label("To whom").fill("Anna")
    await card.get_by_role("button", name="Hand it on").click()
    said = await card.get_by_label("To whom").evaluate("field => field.validationMessage")
    assert said == "That is you; name a colleague."
    await expect(card.get_by_label("To whom")).to_be_visible()


async def test_a_prompt_is_put_off_with_the_keyboard_alone(stack: Stack, visit: Visit) -> None:
    """Enter opens the form and sends it, Tab leads through it, and Back leads back."""
    await prompted(stack, "keys-2")
    page = await at_the_desk(visit, "Anna")
    card = card_of(page, "keys-2")
    later = card.get_by_role("button", name="Later")
    await later.focus()
    await page.keyboard.press("Enter")
    await expect(card.get_by_label("Not before")).to_be_focused()
    await card.get_by_role("button", name="Back").last.focus()
    await card.locator("[data-form=snooze] [data-closes]").focus()
    await page.keyboard.press("Enter")
    await expect(card.get_by_label("Not before")).to_be_hidden()
    await later.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Put off: keys-2.")).to_be_visible()


async def test_agents_act_while_the_stream_is_away(stack: Stack, visit: Visit) -> None:
    """The page says that it lost touch, and what an agent does is done and shown all the same."""
    await prompted(stack, "away-1")
    page = await visit()
    await page.route("**/v1/prompts/stream", lambda route: route.fulfill(status=204))
    await page.goto("/desk")
    await page.get_by_label("Your name").fill("Anna")
    await page.get_by_role("button", name="Begin").click()
    await page.evaluate("load()")
    card = card_of(page, "away-1")
    await card.get_by_role("button", name="Claim").click()
    await expect(card).to_contain_text("with you until")
    await card.get_by_role("button", name="Give back").click()
    await expect(card.get_by_role("button", name="Claim")).to_be_visible()


async def test_hostile_words_stay_words_in_a_brief(stack: Stack, visit: Visit) -> None:
    """Whatever customers and colleagues wrote is read as it is written, on a small screen too."""
    told = Teller("hostile-brief", source="/words")
    due = datetime.now(UTC) + timedelta(days=1)
    await _briefed(
        stack,
        "hostile-brief",
        told.tell(FactTold(key=HOSTILE, value=HOSTILE), ago=60),
        told.tell(PreferenceSet(hours=HOSTILE + "x" * 90), ago=50),
        told.tell(PromiseMade(promise_id=HOSTILE, what=HOSTILE, due=due), ago=40),
    )
    page = await at_the_desk(visit, "Anna")
    await page.set_viewport_size({"width": 360, "height": 740})
    card = card_of(page, "hostile-brief")
    await card.get_by_text("The whole story").click()
    await expect(card.get_by_text(HOSTILE).first).to_be_visible()
    for name in ("New date", "Hand on", "Later", "Gesture", "Decline"):
        await card.get_by_role("button", name=name).click()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
