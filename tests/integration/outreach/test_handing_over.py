"""Into whose hands a prompt goes: a person's, a machine's, or nobody's for lack of minutes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from events import (
    ContactAttempted,
    ContactRetold,
    Event,
    OutreachDeclined,
    OutreachMade,
    PraiseGiven,
    PreferenceSet,
    PromiseMade,
    TeamShiftEnded,
    TeamShiftStarted,
)
from projections.duration import Duration
from projections.outreach_rules import Budget
from projections.strategy import Strategy
from services.runtime.database import Pool
from tests.awake import awake
from tests.integration.identity.told import NOW, Journal, told
from tests.integration.outreach.keeping import published
from tests.integration.outreach.night import House, asleep, only, with_outreach, with_rule

HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def strategy() -> Strategy:
    """One of a few triggers: each test shows what it is about."""
    return only(awake(), "promise_overdue", "retold", "praised")


def retold(hours: float, customer: str = "ann") -> Event:
    """The same reason again."""
    return told(customer, hours, ContactRetold(contact_id=f"c{hours}", reason="the bill"))


def nobody_there() -> list[Event]:
    """A brand that tells of shifts: the last one is over."""
    return [told("agent:lea", 30, TeamShiftStarted()), told("agent:lea", 22, TeamShiftEnded())]


def says(customer: str = "ann", **wishes: Any) -> Event:
    """What a customer prefers."""
    return told(customer, 90, PreferenceSet(**wishes))


async def of_topic(pool: Pool, topic: str) -> list[dict[str, Any]]:
    """What is to be published on a topic."""
    return [one for one in await published(pool) if one["topic"] == topic]


def short_of_minutes(strategy: Strategy, *, keeps: float) -> Strategy:
    """The same with next to no minutes, and retellings that keep for so many days; it is not Sunday there."""
    poor = with_outreach(strategy, budget=Budget(minutes=1, floor_minutes=0.5))
    rule = with_rule(poor, "retold", freshness=Duration(keeps * 86_400))
    zones = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago")
    zone = next(name for name in zones if datetime.now(ZoneInfo(name)).weekday() < 6)
    return msgspec.structs.replace(rule, hours=msgspec.structs.replace(rule.hours, timezone=zone))


async def test_a_prompt_for_a_person_goes_to_the_desk(journal: Journal, house: House) -> None:
    """Its row and its event say so, and nothing is published for machines."""
    await journal.tell(retold(5), retold(3))
    [prompt] = await house.decide()
    assert (prompt["by"], prompt["chosen_why"], prompt["state"]) == ("human", "reason", "open")
    assert [data["by"] for _, data in await house.said()] == ["human"]
    assert len(await house.on_prompts()) == 1
    assert await of_topic(house.pool, "egard.machine") == []


async def test_who_chose_a_machine_is_seen_to_by_one(journal: Journal, house: House) -> None:
    """The work is on its topic with all that it needs, and not on the agents'."""
    await journal.tell(says(contact_by="machine", channel="email", language="fr"), retold(5), retold(3))
    [prompt] = await house.decide()
    assert (prompt["by"], prompt["chosen_why"], prompt["person_due"]) == ("machine", "chosen", None)
    [work] = await of_topic(house.pool, "egard.machine")
    assert (work["prompt_id"], work["chosen"], work["channel"], work["language"]) == (
        prompt["prompt_id"],
        "chosen",
        "email",
        "fr",
    )
    assert [data["by"] for _, data in await house.said()] == ["machine"]
    assert await house.on_prompts() == []


async def test_what_a_machine_did_is_done_and_what_it_would_not_do_is_declined(
    journal: Journal, house: House
) -> None:
    """It says so by events as anybody does; until then its prompt is open."""
    for customer in ("ann", "bob"):
        await journal.tell(says(customer, contact_by="machine"), retold(5, customer), retold(3, customer))
    ids = {one["customer"]: one["prompt_id"] for one in await house.decide()}
    await journal.tell(
        told("ann", 0, OutreachMade(prompt_id=ids["ann"])),
        told("bob", 0, OutreachDeclined(prompt_id=ids["bob"])),
    )
    found = {one["customer"]: (one["state"], one["closed_at"]) for one in await house.look()}
    assert found == {"ann": ("done", NOW), "bob": ("declined", NOW)}


async def test_a_prompt_that_wakes_is_offered_anew(journal: Journal, house: House) -> None:
    """Whoever put it off may have gone, and whom it was offered to then says nothing of who is there now."""
    await journal.tell(retold(5), retold(3), told("agent:ada", 1, TeamShiftStarted()))
    await house.decide()
    await house.pool.execute(
        "update prompts set state = 'snoozed', snoozed_until = $1, offered_to = 'lea', "
        "offered_why = 'owner', offered_at = $1::timestamptz - interval '3 hours'",
        NOW,
    )
    await house.look(NOW + HOUR / 60)
    await house.outreach.assign_some(NOW + HOUR / 60)
    [found] = await house.prompts()
    assert (found["state"], found["offered_to"], found["offered_why"]) == ("open", "ada", "pool")


async def test_what_is_done_elsewhere_than_at_the_desk_is_done(journal: Journal, house: House) -> None:
    """Who reads the topic of prompts and says by an event what they did has closed the prompt."""
    await journal.tell(retold(5), retold(3))
    [prompt] = await house.decide()
    await journal.tell(told("ann", 0, OutreachMade(prompt_id=prompt["prompt_id"], agent_id="lea", minutes=4)))
    [found] = await house.look()
    assert (found["state"], found["agent_id"], found["minutes_spent"]) == ("done", "lea", 4)


async def test_what_a_machine_leaves_for_an_hour_is_a_person_s(journal: Journal, house: House) -> None:
    """It comes to the desk and its topic, an event says so, and nobody is told of it twice."""
    await journal.tell(says(contact_by="machine"), retold(5), retold(3))
    [prompt] = await house.decide()
    given = prompt["delivered_at"]
    assert await house.outreach.assign_some(given + 0.9 * HOUR) == 0
    assert await house.outreach.assign_some(given + HOUR) == 1
    assert await house.outreach.assign_some(given + HOUR) == 0
    [found] = await house.look(given + HOUR)
    assert (found["by"], found["chosen_why"], found["state"]) == ("human", "left", "open")
    assert found["delivered_at"] == given
    assert await house.on_prompts() == [prompt["prompt_id"]]
    assert [(name, at, data.get("reason")) for name, at, data in await house.published()] == [
        ("prompted", prompt["cause_at"], "retold"),
        ("released", given + HOUR, "machine"),
    ]


async def test_a_machine_now_and_a_person_at_opening(journal: Journal, house: House) -> None:
    """Nobody is there, and the customer takes either: a person is promised, and the machine may say so."""
    await journal.tell(*nobody_there(), says(contact_by="either", language="fr-FR"), retold(5), retold(3))
    [prompt] = await house.decide()
    assert (prompt["by"], prompt["chosen_why"]) == ("machine", "nobody_there")
    [work] = await of_topic(house.pool, "egard.machine")
    made, prompted = await of_topic(house.pool, "egard.interactions")
    assert made["id"] == f"{prompt['prompt_id']}:person:made"
    assert made["data"] == {
        "promise_id": f"{prompt['prompt_id']}:person",
        "what": "Une personne vous recontactera.",
        "due": work["person_by"],
        "to": "customer",
    }
    assert datetime.fromisoformat(work["person_by"]) == prompt["person_due"]
    assert prompt["person_due"] >= NOW + HOUR
    assert (made["time"], prompted["type"]) == (prompted["time"], "egard.outreach.prompted")


async def test_who_wants_a_person_waits_for_one(journal: Journal, house: House) -> None:
    """Though nobody is there: the prompt stands on the desk, for whoever comes first."""
    await journal.tell(*nobody_there(), says(contact_by="human"), retold(5), retold(3))
    [prompt] = await house.decide()
    assert (prompt["by"], prompt["chosen_why"], prompt["state"]) == ("human", "chosen", "open")


async def test_in_the_night_a_machine_answers_only_who_is_awake(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Who tried to reach us within the hour is answered; who did not is left to sleep."""
    night = House(pool, database_url, asleep(strategy))
    for customer in ("ann", "bob"):
        await journal.tell(says(customer, contact_by="machine"), retold(5, customer), retold(3, customer))
    await journal.tell(told("ann", 0.5, ContactAttempted(contact_id="c", channel="chat")))
    found = {one["customer"]: (one["state"], one["by"]) for one in await night.decide()}
    assert found == {"ann": ("open", "machine"), "bob": ("held", "human")}


async def test_what_keeps_waits_for_next_week_s_minutes(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """It is held until Monday with what is expected to be lost, and then given if there are minutes again."""
    house = House(pool, database_url, short_of_minutes(strategy, keeps=60))
    await _floor_is_used(pool)
    await journal.tell(retold(5), retold(3))
    [prompt] = _of(await house.decide(), "ann")
    assert (prompt["state"], prompt["withheld"], prompt["loss_source"]) == ("held", None, "reason")
    assert prompt["expected_loss"] > 0
    assert prompt["deliver_at"].astimezone(ZoneInfo(house.context.strategy.hours.timezone)).weekday() == 0
    monday = prompt["deliver_at"] + HOUR
    assert _of(await house.look(monday), "ann")[0]["deliver_at"] == prompt["deliver_at"] + timedelta(days=7)
    rich = House(pool, database_url, with_outreach(house.context.strategy, budget=strategy.outreach.budget))
    assert _of(await rich.look(monday + timedelta(days=7)), "ann")[0]["state"] == "open"


async def test_what_does_not_keep_is_withheld_for_lack_of_minutes(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """It is said by an event, and shown with what is expected to be lost."""
    house = House(pool, database_url, short_of_minutes(strategy, keeps=0.3))
    await _floor_is_used(pool)
    await journal.tell(retold(5), retold(3))
    [prompt] = _of(await house.decide(), "ann")
    assert (prompt["state"], prompt["withheld"], prompt["loss_source"]) == ("withheld", "minutes", "reason")
    assert [(name, data["reason"]) for name, data in await house.said()] == [("withheld", "minutes")]


async def test_who_had_next_to_nothing_and_who_is_owed_are_never_left_out(
    journal: Journal, pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """A customer below the floor gets their minutes, and a promise is looked after whatever was spent."""
    house = House(pool, database_url, short_of_minutes(strategy, keeps=0.3))
    await _floor_is_used(pool)
    late = told("ann", 9, PromiseMade(promise_id="p", what="call", due=NOW - HOUR), "p")
    await journal.tell(late, retold(5, "bob"), retold(3, "bob"))
    found = {one["customer"]: one["state"] for one in await house.decide() if one["trigger"] != "before"}
    assert found == {"ann": "open", "bob": "open"}


async def test_praise_reaches_whoever_earned_it(journal: Journal, house: House) -> None:
    """An event of the agent's own follows from the praise, once, at its time, without the words."""
    praise = told("ann", 2, PraiseGiven(agent_id="lea", note="She saved my week, says Ann."))
    await journal.tell(praise)
    for _ in range(2):
        await house.pool.execute(
            "insert into causes (customer, trigger, episode, at, source, event_id) "
            "values ('ann', 'praised', $1, $2, $3, $4) on conflict do nothing",
            praise.identity.hex(),
            praise.time,
            praise.source,
            praise.id,
        )
        await house.decide()
    thanks = [one for one in await published(house.pool) if one.get("type") == "egard.team.thanked"]
    assert {(one["subject"], one["id"], one["time"]) for one in thanks} == {
        ("agent:lea", f"{praise.identity.hex()}:thanked", praise.time.isoformat().replace("+00:00", "Z"))
    }
    assert all("note" not in one["data"] for one in thanks)


async def _floor_is_used(pool: Pool) -> None:
    """Ann had half an hour this week, of somebody's minutes."""
    await pool.execute(
        "insert into prompts (customer, prompt_id, trigger, reason, episode, state, cause_at, prompted_at, "
        "priority, minutes, strategy, facts, delivered_at, closed_at, changed_at, reaction) values ('ann', "
        "'before', 'before', 'before', 'e', 'done', $1, $1, 1, 30, 's', '{}', $1, $1, $1, 'none')",
        datetime.now(UTC) - timedelta(seconds=1),
    )


def _of(prompts: list[Any], customer: str) -> list[Any]:
    return [one for one in prompts if one["customer"] == customer and one["trigger"] == "retold"]
