"""What agents do with prompts: each action is a row and an event, once, whoever else acts meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from events import FactTold, PromiseMade, PromiseRenegotiated
from projections.outreach.brief import brief
from projections.strategy import Strategy
from projections.triggers import Due, Fact, Known
from services.desk.answers import Prompt
from services.desk.asked import (
    Acting,
    Declining,
    Delegating,
    Finishing,
    Giving,
    Renegotiating,
    Snoozing,
)
from services.desk.prompts import NotFound, Prompts, Taken
from services.runtime import database as databases
from services.runtime.database import Pool
from services.runtime.settings import Settings
from tests.integration.desk.prompted import prompted
from tests.integration.identity.told import Journal
from tests.unit.histories import told

_AT = datetime(2026, 6, 1, 10, tzinfo=UTC)
_LATER = datetime.now(UTC) + timedelta(days=2)


async def _events(pool: Pool) -> list[dict[str, Any]]:
    """What the outbox holds, in order."""
    rows = await pool.fetch("select value from outbox order by id")
    return [msgspec.json.decode(row["value"]) for row in rows]


async def _row(pool: Pool, name: str = "anna") -> Any:
    return await pool.fetchrow("select * from prompts where prompt_id = $1", name)


async def test_of_a_thousand_claims_at_once_one_wins(
    pool: Pool, prompts: Prompts, database_url: str, strategy: Strategy
) -> None:
    """A thousand agents at two desks claim one prompt at the same time: one has it, the others read who."""
    await prompted(pool)
    other_pool = await databases.connect(database_url, size=4)
    try:
        other = Prompts(other_pool, Settings(kafka="nowhere:9092", database=database_url), strategy)
        desks = (prompts, other)
        found = await asyncio.gather(
            *(desks[number % 2].claim("anna", Acting(f"agent-{number}")) for number in range(1_000)),
            return_exceptions=True,
        )
    finally:
        await other_pool.close()
    [won] = [one for one in found if isinstance(one, Prompt)]
    refused = Counter(str(one) for one in found if isinstance(one, Taken))
    assert refused == {f"{won.agent_id} has claimed this prompt.": 999}
    [event] = await _events(pool)
    assert (event["id"], event["data"]["agent_id"]) == ("anna:1", won.agent_id)


async def test_a_lease_is_as_long_as_the_strategy_says_and_then_the_prompt_is_free(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Where the strategy gives no time, a claim is over at once, and somebody else may claim."""
    team = msgspec.structs.replace(strategy.outreach.team, lease=0.0)
    outreach = msgspec.structs.replace(strategy.outreach, team=team)
    hasty = Prompts(
        pool,
        Settings(kafka="nowhere:9092", database=database_url),
        msgspec.structs.replace(strategy, outreach=outreach),
    )
    await prompted(pool)
    await hasty.claim("anna", Acting("lea"))
    [free] = await hasty.in_states(["open"], 10)
    assert (free.state, free.agent_id, free.lease_until) == ("open", None, None)
    await hasty.claim("anna", Acting("ben"))
    assert (await _row(pool))["claims"] == 2


async def test_who_holds_a_prompt_may_have_it_for_longer(pool: Pool, prompts: Prompts) -> None:
    """A claim of what one holds renews the lease, and counts as no other claim."""
    await prompted(pool)
    first = await prompts.claim("anna", Acting("lea"))
    again = await prompts.claim("anna", Acting("lea"))
    assert first.lease_until is not None
    assert again.lease_until is not None
    assert first.lease_until < again.lease_until
    assert (await _row(pool))["claims"] == 1


async def test_a_prompt_is_put_off_until_a_time_or_an_event(pool: Pool, prompts: Prompts) -> None:
    """A snoozed prompt is nobody's and on nobody's list; the event says until when, and what for."""
    await prompted(pool)
    await prompts.claim("anna", Acting("lea"))
    asked = Snoozing("lea", _LATER, "egard.contact.attempted", "she is at work")
    shown = await prompts.snooze("anna", asked)
    assert (shown.state, shown.snoozed_until, shown.snoozed_for) == (
        "snoozed",
        _LATER,
        "egard.contact.attempted",
    )
    assert await prompts.in_states(["open", "claimed"], 10) == []
    event = (await _events(pool))[-1]
    assert event["type"] == "egard.outreach.snoozed"
    assert event["data"]["awaiting"] == "egard.contact.attempted"
    assert (await _row(pool))["snoozes"] == 1
    back = await prompts.claim("anna", Acting("ben"))
    assert (back.state, back.snoozed_until) == ("claimed", None)


async def test_a_prompt_is_handed_on_and_nobody_is_refused_it(pool: Pool, prompts: Prompts) -> None:
    """It is offered to the colleague for a while; another may claim it all the same."""
    await prompted(pool)
    await prompts.claim("anna", Acting("lea"))
    shown = await prompts.delegate("anna", Delegating(agent_id="lea", to="ben"))
    assert (shown.state, shown.agent_id, shown.offered_to, shown.offered_why) == (
        "open",
        None,
        "ben",
        "delegated",
    )
    assert shown.offered_until is not None
    assert (await _events(pool))[-1]["data"] == {"prompt_id": "anna", "agent_id": "ben"}
    await pool.execute("update prompts set offered_at = offered_at - interval '2 hours'")
    [offered] = await prompts.in_states(["open"], 10)
    assert offered.offered_to is None
    assert (await prompts.claim("anna", Acting("eve"))).agent_id == "eve"


async def test_gestures_are_made_within_the_allowance_and_refused_beyond(
    pool: Pool, prompts: Prompts
) -> None:
    """Nobody is asked; what is left goes down, and what is over it is refused with the figures."""
    await prompted(pool, gesture=20.0)
    shown = await prompts.give("anna", Giving(agent_id="lea", what="flowers", cost=15.0))
    assert (shown.gesture_left, shown.state) == (5.0, "open")
    assert "5" in shown.latitude
    [event] = await _events(pool)
    assert event["data"] == {"gesture_id": "anna:1", "what": "flowers", "cost": 15.0, "agent_id": "lea"}
    with pytest.raises(Taken, match=r"This costs 10; of 20 for a gesture on this prompt, 5 is left."):
        await prompts.give("anna", Giving(agent_id="lea", what="chocolate", cost=10.0))
    card = await prompts.give("anna", Giving(agent_id="lea", what="a card by hand"))
    assert card.gesture_left == 5.0
    assert len(await _events(pool)) == 2


async def test_gestures_at_the_same_time_stay_within_the_allowance(pool: Pool, prompts: Prompts) -> None:
    """Of many gestures at once, as many are made as may be paid for."""
    await prompted(pool, gesture=20.0)
    found = await asyncio.gather(
        *(prompts.give("anna", Giving(agent_id="lea", what=f"no. {n}", cost=6.0)) for n in range(20)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Prompt) for one in found) == 3
    assert (await _row(pool))["gesture_spent"] == 18.0


async def test_another_due_is_recorded_for_whom_it_was_promised_to(
    pool: Pool, prompts: Prompts, journal: Journal
) -> None:
    """The event goes to the id that the promise was made to; the prompt stays where it is."""
    made = told((_AT, PromiseMade(promise_id="p", what="call", due=_AT)))
    await journal.tell(*made)
    await prompted(pool, matter="p")
    shown = await prompts.renegotiate("anna", Renegotiating(agent_id="lea", due=_LATER, agreed=True))
    assert shown.state == "open"
    [event] = await _events(pool)
    assert (event["type"], event["subject"], event["id"]) == ("egard.promise.renegotiated", "anna", "anna:1")
    assert msgspec.convert(event["data"], PromiseRenegotiated) == PromiseRenegotiated(
        promise_id="p", due=_LATER, agreed=True
    )
    with pytest.raises(Taken, match="x is no promise that is still owed to this customer"):
        await prompts.renegotiate(
            "anna", Renegotiating(agent_id="lea", due=_LATER, agreed=True, promise_id="x")
        )


async def test_what_was_declined_keeps_its_reason_and_what_was_done_its_minutes(
    pool: Pool, prompts: Prompts
) -> None:
    """Reason and minutes stand in the row; the note goes to the journal and nowhere else."""
    await prompted(pool, "anna")
    await prompted(pool, "bob")
    await prompts.decline("anna", Declining("lea", "we spoke this morning"))
    done = await prompts.done("bob", Finishing("lea", 4.0, "all is well"))
    assert (await _row(pool, "anna"))["decline_reason"] == "we spoke this morning"
    assert done.minutes_spent == 4.0
    assert "all is well" not in str(dict(await _row(pool, "bob")))
    assert (await _events(pool))[-1]["data"]["note"] == "all is well"


_Act = Callable[[Prompts], Awaitable[Prompt]]

_AGAIN: dict[str, _Act] = {
    "release": lambda desk: desk.release("anna", Acting("lea")),
    "decline": lambda desk: desk.decline("anna", Declining("lea", "no")),
    "done": lambda desk: desk.done("anna", Finishing("lea", 3.0, "yes")),
    "snooze": lambda desk: desk.snooze("anna", Snoozing("lea", _LATER)),
    "delegate": lambda desk: desk.delegate("anna", Delegating(agent_id="lea", to="ben")),
    "give": lambda desk: desk.give("anna", Giving(agent_id="lea", what="flowers", cost=4.0)),
    "renegotiate": lambda desk: desk.renegotiate(
        "anna", Renegotiating(agent_id="lea", due=_LATER, agreed=True)
    ),
}


@pytest.mark.parametrize("name", _AGAIN)
async def test_the_same_again_changes_nothing(
    pool: Pool, prompts: Prompts, journal: Journal, name: str
) -> None:
    """Whoever repeats what they did, as the answer was lost, is answered the same; there is one event."""
    await journal.tell(*told((_AT, PromiseMade(promise_id="p", what="call", due=_AT))))
    await prompted(pool, matter="p", gesture=20.0)
    await prompts.claim("anna", Acting("lea"))
    first = await _AGAIN[name](prompts)
    before = await _row(pool)
    again = await asyncio.gather(*(_AGAIN[name](prompts) for _ in range(5)))
    assert all(one == first for one in again)
    assert await _row(pool) == before
    assert [event["id"] for event in await _events(pool)] == ["anna:1", "anna:2"]


async def test_nobody_acts_on_what_a_colleague_holds(pool: Pool, prompts: Prompts, journal: Journal) -> None:
    """Every action on a prompt that somebody else has claimed is refused, and says who has."""
    await journal.tell(*told((_AT, PromiseMade(promise_id="p", what="call", due=_AT))))
    await prompted(pool, matter="p", gesture=20.0)
    await prompts.claim("anna", Acting("eve"))
    for act in _AGAIN.values():
        with pytest.raises(Taken, match=r"eve has claimed this prompt."):
            await act(prompts)
    assert len(await _events(pool)) == 1


async def test_why_not_is_said_in_the_language_of_the_house(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Agents read refusals on the page, so a French house says them in French."""
    settings = Settings(kafka="nowhere:9092", database=database_url, language="fr")
    french = Prompts(pool, settings, strategy)
    await prompted(pool, gesture=20.0)
    with pytest.raises(Taken, match=r"Cette demande n’est chez personne\."):
        await french.release("anna", Acting("lea"))
    await french.claim("anna", Acting("eve"))
    with pytest.raises(Taken, match=r"Cette demande est chez eve\."):
        await french.claim("anna", Acting("lea"))
    with pytest.raises(Taken, match=r"il reste 20 sur 20\."):
        await french.give("anna", Giving(agent_id="eve", what="des fleurs", cost=20.5))


@pytest.mark.parametrize("state", ["expired", "withheld", "held"])
async def test_what_is_over_or_not_given_is_not_acted_on(
    pool: Pool, prompts: Prompts, journal: Journal, state: str
) -> None:
    """A prompt that expired is refused by its state; one that was never given is not there."""
    await journal.tell(*told((_AT, PromiseMade(promise_id="p", what="call", due=_AT))))
    await prompted(pool, matter="p", gesture=20.0)
    await pool.execute("update prompts set state = $1", state)
    claims: _Act = lambda desk: desk.claim("anna", Acting("lea"))  # noqa: E731 - one more of these
    for act in [*_AGAIN.values(), claims]:
        with pytest.raises(Taken if state == "expired" else NotFound):
            await act(prompts)
    assert await _events(pool) == []


async def test_machines_have_a_list_of_their_own(pool: Pool, prompts: Prompts) -> None:
    """What a machine sees to is on no agent's list."""
    await prompted(pool, "anna")
    await prompted(pool, "bob", by="machine")
    assert [one.id for one in await prompts.in_states(["open"], 10)] == ["anna"]
    assert [one.id for one in await prompts.in_states(["open"], 10, "machine")] == ["bob"]


async def test_a_brief_is_shown_in_words_with_the_events_behind_it(
    pool: Pool, prompts: Prompts, strategy: Strategy
) -> None:
    """What was stored as templates is read as sentences, each with its event; promises can be acted on."""
    await prompted(pool)
    history = told(
        (_AT, FactTold(key="allergy", value="nuts")),
        (_AT, PromiseMade(promise_id="p", what="call", due=_LATER)),
    )
    why = Fact("retold", {"reason": "the bill", "tellings": 3}, "story", "1", _AT)
    due = Due("anna", "e", _AT, why, [], 70, 15, ("anna",))
    made = brief(Known(history, strategy), due, _AT.timestamp() + 1)
    await pool.execute("update prompts set brief = $1::jsonb", msgspec.json.encode(made).decode())
    [shown] = await prompts.in_states(["open"], 10)
    assert shown.brief is not None
    assert [(fact.text, fact.id) for fact in shown.brief.told] == [("allergy: nuts.", "1")]
    [owed] = shown.brief.promises
    assert (owed.promise_id, owed.what, owed.due) == ("p", "call", _LATER)
    assert shown.why == "This customer has now had to tell “the bill” 3 times."
    assert shown.customer_url == "https://crm.example.org/anna"
