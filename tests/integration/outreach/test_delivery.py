"""The life of a prompt on a real database: one for a reason, at its moment, as long as its reason lasts."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from events import (
    ConsentWithdrawn,
    ContactAttempted,
    ContactRetold,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    OutreachMade,
    OutreachReacted,
    PromiseKept,
    PromiseMade,
    SolicitationSent,
)
from projections.duration import Duration
from projections.outreach.looking import look
from projections.strategy import Strategy
from services.desk.asked import Acting
from services.desk.prompts import Prompts, Seen
from services.outreach.writing import Writer
from services.runtime.database import Pool
from tests.awake import awake
from tests.integration.identity.told import NOW, Journal, told
from tests.integration.outreach.night import House, asleep, only, states, with_outreach, with_rule


@pytest.fixture(scope="session")
def strategy() -> Strategy:
    """One of two triggers: each test shows what it is about."""
    return only(awake(), "promise_overdue", "retold")


def soon() -> datetime:
    """When the night of `asleep` is over."""
    return datetime.now(UTC) + timedelta(hours=2, minutes=1)


def promised(name: str, subject: str = "ann", due: float = 1) -> Event:
    """A promise that was due some hours ago."""
    data = PromiseMade(promise_id=name, what=f"call {name}", due=NOW - timedelta(hours=due))
    return told(subject, 9, data, name)


def retold(hours: float, subject: str = "ann", reason: str = "the bill") -> Event:
    """The same reason again."""
    return told(subject, hours, ContactRetold(contact_id=f"c{hours}", reason=reason))


def kept(name: str, subject: str = "ann") -> Event:
    """A promise was kept, late."""
    return told(subject, 0, PromiseKept(promise_id=name))


# ----------------------------------------------------------------------------- one for a reason


async def test_a_second_promise_is_told_to_the_prompt_that_waits(journal: Journal, house: House) -> None:
    """One prompt of the reason: it states both, the desk's stream shows it anew, and no event says more."""
    await journal.tell(promised("p"))
    [first] = await house.decide()
    desk = Prompts(house.pool, house.context.settings, house.context.strategy)
    seen = Seen(datetime.now(UTC))
    await journal.tell(promised("q"))
    [prompt] = await house.decide()
    assert prompt["prompt_id"] == first["prompt_id"]
    told_of = msgspec.json.decode(prompt["facts"])
    assert [told_of["why"]["id"], *(fact["id"] for fact in told_of["facts"])] == ["p", "q"]
    assert [name for name, _ in await house.said()] == ["prompted"]
    assert [one.id for one in await desk.changed(seen)] == [first["prompt_id"]]


async def test_what_a_prompt_was_told_is_not_prompted_again(journal: Journal, house: House) -> None:
    """The second promise's cause comes again after the prompt is done: nobody is called for it twice."""
    await journal.tell(promised("p"), promised("q"))
    await house.clock.turn_deadlines(datetime.now(UTC))
    causes = await house.pool.fetch("select * from causes")
    assert len(causes) == 2
    await house.decide()
    await house.pool.execute("update prompts set state = 'done', closed_at = now()")
    await house.pool.executemany(
        "insert into causes (customer, trigger, episode, at, source, event_id) "
        "values ($1, $2, $3, $4, $5, $6)",
        [
            [one[name] for name in ("customer", "trigger", "episode", "at", "source", "event_id")]
            for one in causes
        ],
    )
    assert states(await house.decide()) == ["done"]


async def test_a_reason_that_comes_after_the_end_of_another_prompts_anew(
    journal: Journal, house: House
) -> None:
    """A prompt that is done takes nothing in."""
    await journal.tell(promised("p"))
    await house.decide()
    await house.pool.execute("update prompts set state = 'done', closed_at = now()")
    await journal.tell(promised("q"))
    assert states(await house.decide()) == ["done", "open"]


async def test_when_one_of_two_promises_is_kept_the_prompt_speaks_of_the_other(
    journal: Journal, house: House
) -> None:
    """And when both are, it is over."""
    await journal.tell(promised("p"), promised("q"))
    await house.decide()
    await journal.tell(kept("p"))
    [prompt] = await house.look()
    assert (prompt["state"], msgspec.json.decode(prompt["facts"])["why"]["id"]) == ("open", "q")
    await journal.tell(kept("q"))
    assert states(await house.look()) == ["expired"]
    assert (await house.said())[-1] == (
        "expired",
        {"prompt_id": prompt["prompt_id"], "reason": "settled"},
    )


async def test_two_prompts_of_a_person_who_was_two_live_on(journal: Journal, house: House) -> None:
    """Linked later, each ends with its own promise; a third reason joins one of them."""
    await journal.tell(promised("p", "ann"), promised("q", "bob"))
    assert states(await house.decide()) == ["open", "open"]
    await journal.tell(told("ann", 0, CustomerLinked(alias="bob")))
    assert states(await house.look()) == ["open", "open"]
    await journal.tell(promised("r", "bob"))
    assert states(await house.decide()) == ["open", "open"]
    await journal.tell(kept("q", "bob"), kept("p", "ann"), kept("r", "bob"))
    assert states(await house.look()) == ["expired", "expired"]


async def test_what_two_are_owed_who_were_one_stands_with_the_prompt_that_they_share(
    journal: Journal, house: House
) -> None:
    """Decided on in one transaction, each of them reads the prompt anew: neither overwrites the other's."""
    await journal.tell(told("ann", 3, CustomerLinked(alias="bob")), promised("p", "bob"))
    await house.decide()
    await journal.tell(
        told("ann", 2, CustomerUnlinked(alias="bob")), promised("q", "ann"), promised("r", "bob")
    )
    assert _told_of(await house.decide()) == ["p", "q", "r"]


async def test_a_look_does_not_overwrite_what_a_prompt_was_told_meanwhile(
    journal: Journal, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob was Ann when it was decided, and is owed something more while her prompt is looked at."""
    await journal.tell(told("ann", 3, CustomerLinked(alias="bob")), promised("p", "bob"))
    await house.decide()
    await journal.tell(told("ann", 2, CustomerUnlinked(alias="bob")), promised("r", "bob"))
    await house.clock.turn_deadlines(datetime.now(UTC))
    note = Writer.note

    async def noted_late(writer: Writer, connection: Any, noted: Any) -> None:
        await house.outreach.decide_some()
        await note(writer, connection, noted)

    monkeypatch.setattr(Writer, "note", noted_late)
    await house.look()
    monkeypatch.undo()
    assert _told_of(await house.look()) == ["p", "r"]


def _told_of(prompts: Sequence[Any]) -> list[str]:
    """The events that prompts rest on, in order."""
    episodes = [episode for row in prompts for episode in msgspec.json.decode(row["episodes"])]
    return sorted(episode["cause"]["event_id"] for episode in episodes)


async def test_what_is_looked_at_together_is_looked_at_one_by_one_for_a_person(
    journal: Journal, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two prompts of one person, and one of another, end in one look, though a fourth cannot be looked at."""
    await journal.tell(
        promised("p", "ann"), promised("q", "bob"), promised("r", "carl"), promised("s", "dan")
    )
    await house.decide()
    await journal.tell(told("ann", 2, CustomerLinked(alias="bob")))
    await journal.tell(
        *(kept(name, who) for name, who in zip("pqrs", ("ann", "bob", "carl", "dan"), strict=True))
    )

    def looked_at(prompt: Any, *words: Any) -> Any:
        if prompt.customer == "dan":
            raise ValueError("it cannot be looked at")
        return look(prompt, *words)

    monkeypatch.setattr("services.outreach.watching.look", looked_at)
    await house.look()
    found = {row["customer"]: row["state"] for row in await house.prompts()}
    assert found == {"ann": "expired", "bob": "expired", "carl": "expired", "dan": "open"}


async def test_a_prompt_outlives_the_link_that_it_was_given_under(journal: Journal, house: House) -> None:
    """What Bob was promised is owed to him, though he turned out not to be Anna; it is prompted once."""
    await journal.tell(promised("p", "bob"), told("ann", 2, CustomerLinked(alias="bob")))
    [prompt] = await house.decide()
    assert prompt["customer"] == "ann"
    await journal.tell(told("ann", 0, CustomerUnlinked(alias="bob")))
    assert states(await house.look()) == ["open"]
    await journal.tell(kept("p", "bob"))
    assert states(await house.look()) == ["expired"]


# ------------------------------------------------------------------------------- at its moment


async def test_what_arises_at_night_is_decided_at_once_and_given_in_the_morning(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Nobody hears of it until then; its event has the time at which it was due to be given."""
    house = House(pool, database_url, asleep(strategy))
    await journal.tell(promised("p"))
    [held] = await house.decide()
    assert (held["state"], held["delivered_at"]) == ("held", None)
    assert await house.said() == [] == await house.on_prompts()
    assert states(await house.look()) == ["held"]
    await asyncio.gather(*(House(pool, database_url, strategy).look(soon()) for _ in range(3)))
    [given] = await house.look(soon())
    assert (given["state"], given["deliver_at"]) == ("open", None)
    [(name, at, data)] = await house.published()
    assert (name, at, data["prompt_id"]) == ("prompted", held["deliver_at"], held["prompt_id"])
    assert await house.on_prompts() == [held["prompt_id"]]


async def test_what_is_answered_in_the_night_is_never_given(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """The promise was kept before the morning: the prompt has come to nothing, and says so."""
    house = House(pool, database_url, asleep(strategy))
    await journal.tell(promised("p"))
    await house.decide()
    await journal.tell(kept("p"))
    assert states(await house.look(soon())) == ["expired"]
    assert [name for name, _ in await house.said()] == ["expired"]
    assert await house.on_prompts() == []


async def test_a_cap_that_was_reached_in_the_night_binds_in_the_morning(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """A retelling was due, and two surveys went out meanwhile: it ends, of cap; what is owed is given."""
    house = House(pool, database_url, asleep(strategy))
    await journal.tell(retold(5), retold(3), promised("p"))
    assert states(await house.decide()) == ["held", "held"]
    await journal.tell(*(told("ann", 0, SolicitationSent(kind="survey")) for _ in range(2)))
    morning = House(pool, database_url, strategy)
    found = {one["trigger"]: one["state"] for one in await morning.look(soon())}
    assert found == {"retold": "expired", "promise_overdue": "open"}
    assert ("expired", "cap") in [(name, data.get("reason")) for name, data in await house.said()]


async def test_a_snoozed_prompt_wakes_at_its_time_or_when_what_it_waits_for_comes(
    journal: Journal, house: House
) -> None:
    """It is open again, and was given once only."""
    await journal.tell(promised("p"), promised("q", "bob"))
    await house.decide()
    await house.pool.execute(
        "update prompts set state = 'snoozed', changed_at = $1, "
        "snoozed_until = case customer when 'ann' then now() + interval '1 hour' end, "
        "snoozed_for = case customer when 'bob' then 'egard.contact.attempted' end",
        NOW,
    )
    assert states(await house.look()) == ["snoozed", "snoozed"]
    woken = await house.look(NOW + timedelta(hours=2))
    assert {one["customer"]: one["state"] for one in woken} == {"ann": "open", "bob": "snoozed"}
    await journal.tell(told("bob", -0.001, ContactAttempted(contact_id="c", channel="phone")))
    woken = await house.look()
    assert {one["customer"]: one["state"] for one in woken} == {"ann": "open", "bob": "open"}
    assert [name for name, _ in await house.said()] == ["prompted", "prompted"]


async def test_a_lease_that_ran_out_gives_the_prompt_back_once(journal: Journal, house: House) -> None:
    """Three processes see it at once; it is released as of when the lease was over."""
    await journal.tell(promised("p"))
    [prompt] = await house.decide()
    desk = Prompts(house.pool, house.context.settings, house.context.strategy)
    claimed = await desk.claim(prompt["prompt_id"], Acting(agent_id="lea"))
    assert states(await house.look()) == ["claimed"]
    await asyncio.gather(*(house.look(NOW + timedelta(hours=1)) for _ in range(3)))
    [prompt] = await house.look()
    assert (prompt["state"], prompt["agent_id"]) == ("open", None)
    released = [(at, data) for name, at, data in await house.published() if name == "released"]
    assert released == [
        (
            claimed.lease_until,
            {"prompt_id": prompt["prompt_id"], "agent_id": "lea", "reason": "lease"},
        )
    ]


async def test_what_nobody_takes_in_time_is_over_unless_it_is_owed(journal: Journal, house: House) -> None:
    """A retelling's prompt is over after a day; a promise is owed for as long as it is not kept."""
    await journal.tell(retold(5), retold(3), promised("p"))
    await house.decide()
    await house.look()
    found = {one["trigger"]: one["state"] for one in await house.look(NOW + timedelta(hours=25))}
    assert found == {"retold": "expired", "promise_overdue": "open"}


# -------------------------------------------------------------------------------------- to none


async def test_whoever_withdrew_consent_is_not_prompted_for_and_it_is_seen_why(
    journal: Journal, house: House
) -> None:
    """The row and an event name the reason; what is owed is given."""
    await journal.tell(
        told("ann", 8, ConsentWithdrawn(purpose="outreach")), retold(5), retold(3), promised("p")
    )
    found = {one["trigger"]: (one["state"], one["withheld"]) for one in await house.decide()}
    assert found == {"retold": ("withheld", "consent"), "promise_overdue": ("open", None)}
    [withheld] = [data for name, data in await house.said() if name == "withheld"]
    assert (withheld["reason"], withheld["trigger"]) == ("consent", "retold")


async def test_consent_that_is_withdrawn_takes_back_what_waits(journal: Journal, house: House) -> None:
    """The prompt had been given, and nobody had taken it."""
    await journal.tell(retold(5), retold(3))
    await house.decide()
    await journal.tell(told("ann", 0, ConsentWithdrawn(purpose="contact")))
    assert states(await house.look()) == ["expired"]
    assert (await house.said())[-1][1]["reason"] == "consent"


async def test_a_cap_binds_over_all_ids_of_a_person(journal: Journal, house: House) -> None:
    """One survey to each of two ids: a third thing that nobody asked for is one too many."""
    await journal.tell(
        told("ann", 9, CustomerLinked(alias="bob")),
        told("ann", 8, SolicitationSent(kind="survey")),
        told("bob", 7, SolicitationSent(kind="offer")),
        retold(5),
        retold(3, "bob"),
    )
    [prompt] = await house.decide()
    assert (prompt["state"], prompt["withheld"]) == ("withheld", "cap")


async def test_a_trigger_that_rests_is_seen_to(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Another reason was told again within the cooldown: that is withheld, and says why."""
    house = House(pool, database_url, with_rule(strategy, "retold", cooldown=Duration(86_400)))
    await journal.tell(retold(5), retold(3))
    await house.decide()
    await house.pool.execute("update prompts set state = 'done', closed_at = now()")
    await journal.tell(retold(2, reason="the key"), retold(1, reason="the key"))
    found = await house.decide()
    assert [(one["state"], one["withheld"]) for one in found] == [("done", None), ("withheld", "cooling")]
    assert [name for name, _ in await house.said()] == ["prompted", "withheld"]


async def test_what_the_lot_holds_out_is_kept_and_seen(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Of twenty customers some are given and some held out, each with its arm."""
    house = House(pool, database_url, with_rule(strategy, "retold", holdout=0.5))
    for number in range(20):
        await journal.tell(retold(5, f"c{number}"), retold(3, f"c{number}"))
    found = {(one["state"], one["withheld"], one["arm"]) for one in await house.decide()}
    assert found == {("open", None, "given"), ("withheld", "holdout", "held_out")}


# ------------------------------------------------------------------------------- how it was taken


async def done(house: House, days: float) -> str:
    """The one prompt is done, so many days ago; returns its id."""
    at = NOW - timedelta(days=days)
    [prompt] = await house.prompts()
    await house.pool.execute("update prompts set state = 'done', closed_at = $1", at)
    return str(prompt["prompt_id"])


async def test_an_outreach_that_nobody_answers_has_met_silence(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """A week later it is told once, as of then, however many look; what the journal has is kept with it."""
    house = House(pool, database_url, with_outreach(strategy, caps=[]))
    await journal.tell(promised("p"))
    await house.decide()
    prompt_id = await done(house, 8)
    made = told("ann", 8 * 24, OutreachMade(prompt_id=prompt_id))
    await journal.tell(made)
    await asyncio.gather(*(house.outreach.listen_to_some() for _ in range(3)))
    await house.outreach.listen_to_some()
    reacted = [(at, data["reaction"]) for name, at, data in await house.published() if name == "reacted"]
    assert reacted == [(made.time + timedelta(days=7), "none")]
    assert [one["reaction"] for one in await house.prompts()] == ["none"]
    await journal.tell(told("ann", 1, OutreachReacted(prompt_id=prompt_id, reaction="welcome")))
    assert [one["reaction"] for one in await house.decide()] == ["welcome"]


async def test_a_customer_who_was_heard_of_is_not_said_to_be_silent(journal: Journal, house: House) -> None:
    """They called two days after: nothing is told, and nobody asks again."""
    await journal.tell(promised("p"))
    await house.decide()
    prompt_id = await done(house, 8)
    await journal.tell(
        told("ann", 8 * 24, OutreachMade(prompt_id=prompt_id)),
        told("ann", 6 * 24, ContactAttempted(contact_id="c", channel="phone")),
    )
    assert await house.outreach.listen_to_some() == 1
    assert await house.outreach.listen_to_some() == 0
    assert [name for name, _ in await house.said()] == ["prompted"]


async def test_an_unwelcome_outreach_cools_its_reason_for_that_customer(
    journal: Journal, house: House
) -> None:
    """A retelling a month later is withheld; that of another customer is given."""
    await journal.tell(retold(5), retold(3))
    await house.decide()
    prompt_id = await done(house, 30)
    await journal.tell(told("ann", 20 * 24, OutreachReacted(prompt_id=prompt_id, reaction="unwelcome")))
    await journal.tell(*(retold(hours, who, "the key") for who in ("ann", "bob") for hours in (2, 1)))
    found = {(one["customer"], one["state"], one["withheld"]) for one in await house.decide()}
    assert found == {("ann", "done", None), ("ann", "withheld", "cooling"), ("bob", "open", None)}
    assert next(iter(await house.prompts()))["reaction"] == "unwelcome"
