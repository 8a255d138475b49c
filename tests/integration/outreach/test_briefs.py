"""The brief of a prompt, from the journal to the desk: made when it is given, and anew when more is known."""

from datetime import UTC, datetime, timedelta

import pytest

from events import Event, EventRetracted, FactTold, PromiseMade, RecordContested
from projections.strategy import Strategy
from services.desk.answers import Prompt
from services.desk.prompts import Prompts, Seen
from tests.awake import awake
from tests.integration.identity.told import NOW, Journal, told
from tests.integration.outreach.night import House, only


@pytest.fixture(scope="session")
def strategy() -> Strategy:
    """One trigger, and no night."""
    return only(awake(), "promise_overdue")


def _promised() -> Event:
    return told("ann", 9, PromiseMade(promise_id="p", what="call", due=NOW - timedelta(hours=1)), "p")


def _desk(house: House) -> Prompts:
    return Prompts(house.pool, house.context.settings, house.context.strategy)


def _told(prompt: Prompt) -> list[str]:
    assert prompt.brief is not None
    return [fact.text for fact in prompt.brief.told]


async def test_a_prompt_is_given_with_its_brief(journal: Journal, house: House) -> None:
    """What was told and is owed stands on the desk as soon as the prompt does, with the allowance."""
    await journal.tell(_promised(), told("ann", 5, FactTold(key="allergy", value="nuts"), "f"))
    await house.decide()
    [shown] = await _desk(house).in_states(["open"], 10)
    assert _told(shown) == ["allergy: nuts."]
    assert shown.brief is not None
    assert [(owed.promise_id, owed.what) for owed in shown.brief.promises] == [("p", "call")]
    assert shown.gesture_left == house.context.strategy.triggers.promise_overdue.gesture  # type: ignore[union-attr]


@pytest.mark.parametrize("correction", ["retracted", "contested"])
async def test_what_is_taken_back_leaves_the_brief_of_a_prompt_that_waits(
    journal: Journal, house: House, correction: str
) -> None:
    """The desk's stream shows the prompt without that line, once; another look changes nothing."""
    fact = told("ann", 5, FactTold(key="allergy", value="nuts"), "f")
    await journal.tell(_promised(), fact)
    await house.decide()
    desk, seen = _desk(house), Seen(datetime.now(UTC))
    await desk.changed(seen)
    data = (
        EventRetracted(source=fact.source, id=fact.id)
        if correction == "retracted"
        else RecordContested(about=fact.id)
    )
    await journal.tell(told("ann", 0, data))
    await house.look()
    [shown] = await desk.changed(seen)
    assert _told(shown) == []
    await house.look()
    assert await desk.changed(seen) == []


async def test_what_leaves_the_brief_as_it_is_shows_nothing_anew(journal: Journal, house: House) -> None:
    """An event that says nothing to an agent is looked at, and the prompt stays unchanged on the desk."""
    await journal.tell(_promised(), told("ann", 5, FactTold(key="allergy", value="nuts"), "f"))
    await house.decide()
    desk, seen = _desk(house), Seen(datetime.now(UTC))
    await desk.changed(seen)
    await journal.tell(told("bob", 0, FactTold(key="x", value="y")))
    await journal.tell(told("ann", 6, FactTold(key="allergy", value="older word")))
    await house.look()
    assert await desk.changed(seen) == []
