"""What waits is offered to who is there, on a real PostgreSQL; whoever goes leaves nothing in a drawer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from events import (
    ContactStrained,
    Event,
    EventRetracted,
    PreferenceSet,
    PromiseMade,
    RecognitionRemembered,
    TeamShiftEnded,
    TeamShiftStarted,
    make,
)
from projections.strategy import Strategy
from services.outreach.assigning import SOME, Assigning
from services.runtime.database import Pool
from tests.integration.outreach.keeping import NOON, keep, prompt, published, rows

HOUR = timedelta(hours=1)
OFFERED = ("offered_to", "offered_why")


def told(subject: str, when: datetime, data: Any) -> Event:
    """An event of somebody."""
    return make(data, subject=subject, source="crm", id=f"{type(data).__name__}-{when:%d%H%M}", time=when)


def came(agent: str, when: datetime = NOON - 3 * HOUR, **said: Any) -> Event:
    """An agent came in."""
    return told(f"agent:{agent}", when, TeamShiftStarted(**said))


async def test_a_prompt_is_offered_to_whoever_made_the_promise(pool: Pool, strategy: Strategy) -> None:
    """Lea promised it and is there, so it is hers, though Ada has as many minutes."""
    promise = told(
        "anna", NOON - 2 * HOUR, PromiseMade(promise_id="p", what="call", due=NOON, agent_id="lea")
    )
    await keep(pool, [promise, came("ada"), came("lea")])
    await prompt(pool, "one", why=promise)
    assert await Assigning(pool, strategy).some(NOON) == 1
    assert await rows(pool, *OFFERED, "offered_at", "state") == {"one": ("lea", "owner", NOON, "open")}


async def test_under_another_id_a_customer_knows_the_same_people(pool: Pool, strategy: Strategy) -> None:
    """A prompt that rests on two ids of a person is offered to whom they know under either."""
    await keep(
        pool,
        [
            told("anna@web", NOON - 2 * HOUR, RecognitionRemembered(what="the dog", agent_id="lea")),
            came("ada"),
            came("lea"),
        ],
    )
    await prompt(pool, "one", subjects=["anna", "anna@web"])
    await Assigning(pool, strategy).some(NOON)
    assert await rows(pool, *OFFERED) == {"one": ("lea", "known")}


async def test_without_shifts_a_prompt_is_for_anybody(pool: Pool, strategy: Strategy) -> None:
    """Of whom nothing is known nobody is assigned, and the prompt stays where all can see it."""
    await prompt(pool, "one")
    assert await Assigning(pool, strategy).some(NOON) == 0
    assert await rows(pool, *OFFERED, "state") == {"one": (None, None, "open")}


async def test_minutes_are_those_in_hand_and_those_spent_in_this_shift(
    pool: Pool, strategy: Strategy
) -> None:
    """Of thirty minutes ten are offered, five claimed, five spent today: ten are left, for one of two."""
    await keep(pool, [came("lea", minutes=30)])
    await prompt(pool, "offered", "bob", offered_to="lea", offered_why="pool", offered_at=NOON - HOUR / 2)
    await prompt(pool, "claimed", "cat", state="claimed", agent_id="lea", minutes=5, lease_until=NOON + HOUR)
    done = {"state": "done", "agent_id": "lea", "minutes": 60.0}
    await prompt(pool, "done", "dan", **done, minutes_spent=5, closed_at=NOON - HOUR)
    await prompt(pool, "before", "eve", **done, closed_at=NOON - 4 * HOUR)
    await prompt(pool, "first", delivered_at=NOON - 2 * HOUR)
    await prompt(pool, "second", "fay")
    assert await Assigning(pool, strategy).some(NOON) == 1
    found = await rows(pool, *OFFERED)
    assert (found["first"], found["second"]) == (("lea", "pool"), (None, None))


async def test_who_had_a_hard_contact_is_spared_until_it_is_taken_back(
    pool: Pool, strategy: Strategy
) -> None:
    """A strained contact an hour ago keeps hard prompts away; once it is retracted it keeps nothing away."""
    strained = told("bob", NOON - HOUR, ContactStrained(agent_id="lea"))
    await keep(pool, [came("lea"), strained])
    await prompt(pool, "one", hard=True)
    assert await Assigning(pool, strategy).some(NOON) == 0
    await keep(pool, [told("bob", NOON, EventRetracted(source="crm", id=strained.id))])
    assert await Assigning(pool, strategy).some(NOON) == 1


async def test_who_goes_off_shift_frees_what_they_had(pool: Pool, strategy: Strategy) -> None:
    """Claimed or offered, it is open again, an event says so once, and whoever is there is offered it."""
    gone = NOON - HOUR / 4
    await keep(pool, [came("lea"), told("agent:lea", gone, TeamShiftEnded()), came("ada")])
    before: dict[str, Any] = {"offered_to": "lea", "offered_why": "pool", "offered_at": NOON - HOUR / 2}
    await prompt(pool, "claimed", state="claimed", agent_id="lea", lease_until=NOON + HOUR / 10, **before)
    await prompt(pool, "offered", "bob", **before)
    assigning = Assigning(pool, strategy)
    assert await assigning.some(NOON) == 4
    assert await rows(pool, *OFFERED, "state", "agent_id", "lease_until") == {
        "claimed": ("ada", "pool", "open", None, None),
        "offered": ("ada", "pool", "open", None, None),
    }
    said = await published(pool)
    assert {(one["id"], one["subject"], one["data"]["reason"]) for one in said} == {
        (f"claimed:off_shift:{gone.timestamp():.6f}", "anna", "off_shift"),
        (f"offered:off_shift:{gone.timestamp():.6f}", "bob", "off_shift"),
    }
    assert {datetime.fromisoformat(one["time"]) for one in said} == {gone}
    assert await assigning.some(NOON) == 0


async def test_what_somebody_claims_after_their_shift_stays_theirs(pool: Pool, strategy: Strategy) -> None:
    """Who takes one on although they have gone, or of whom no shift is known, knows what they do."""
    await keep(pool, [came("lea"), told("agent:lea", NOON - HOUR, TeamShiftEnded())])
    await prompt(pool, "late", state="claimed", agent_id="lea", lease_until=NOON + HOUR / 4)
    await prompt(pool, "unknown", "bob", state="claimed", agent_id="zoe", lease_until=NOON + HOUR / 4)
    assert await Assigning(pool, strategy).some(NOON) == 0
    assert await rows(pool, "agent_id") == {"late": ("lea",), "unknown": ("zoe",)}


async def test_what_is_not_taken_in_time_is_for_anybody(pool: Pool, strategy: Strategy) -> None:
    """After an hour nobody in particular is offered it, not even who has room, and it stays on the desk."""
    await keep(pool, [came("lea"), came("ada")])
    await prompt(pool, "one", offered_to="lea", offered_why="owner", offered_at=NOON - HOUR)
    assigning = Assigning(pool, strategy)
    assert await assigning.some(NOON) == 1
    assert await assigning.some(NOON) == 0
    assert await rows(pool, *OFFERED, "state") == {"one": (None, "anybody", "open")}


async def test_those_whom_nobody_can_serve_do_not_stand_before_others(pool: Pool, strategy: Strategy) -> None:
    """Fifty that wait for a skill that nobody has let those pass that wait less long."""
    await keep(pool, [came("lea")])
    for number in range(SOME):
        await prompt(pool, f"rare-{number}", f"c-{number}", skill="rare", delivered_at=NOON - 2 * HOUR)
    await prompt(pool, "plain")
    assigning = Assigning(pool, strategy)
    assert [await assigning.some(NOON), await assigning.some(NOON)] == [0, 1]
    assert (await rows(pool, *OFFERED))["plain"] == ("lea", "pool")


async def test_machines_and_those_who_wait_for_their_moment_are_not_assigned(
    pool: Pool, strategy: Strategy
) -> None:
    """Only what a person may take now is offered to one."""
    await keep(pool, [came("lea")])
    await prompt(pool, "machine", by="machine", delivered_at=NOON - HOUR / 2)
    await prompt(pool, "held", "bob", state="held", delivered_at=None)
    await prompt(pool, "snoozed", "cat", state="snoozed")
    assert await Assigning(pool, strategy).some(NOON) == 0


async def test_of_two_who_assign_at_once_nobody_is_given_more_than_they_have(
    pool: Pool, strategy: Strategy
) -> None:
    """Six prompts and an agent with thirty minutes: whoever assigns, and however many, three are offered."""
    await keep(pool, [came("lea", minutes=30)])
    for number in range(6):
        await prompt(pool, f"p-{number}", f"c-{number}")
    several = [Assigning(pool, strategy) for _ in range(4)]
    for _ in range(3):
        await asyncio.gather(*(one.some(NOON) for one in several))
    offered = [found for found in (await rows(pool, *OFFERED)).values() if found == ("lea", "pool")]
    assert len(offered) == 3


async def test_a_customer_s_language_is_asked_of_the_pool(pool: Pool, strategy: Strategy) -> None:
    """Who wrote in French is offered to who speaks it, not to who has more minutes."""
    await keep(
        pool,
        [
            told("anna", NOON - 2 * HOUR, PreferenceSet(language="fr-FR")),
            came("ada", languages=["en"], minutes=300),
            came("lea", languages=["en", "fr"], minutes=100),
        ],
    )
    await prompt(pool, "one")
    await Assigning(pool, strategy).some(NOON)
    assert await rows(pool, *OFFERED) == {"one": ("lea", "pool")}


async def test_a_promised_person_who_got_in_touch_keeps_the_promise(pool: Pool, strategy: Strategy) -> None:
    """Somebody's outreach after the machine's is the promise kept, at its time, once."""
    met = NOON - HOUR / 2
    due = NOON + HOUR
    await prompt(pool, "night", state="done", by="machine", person_due=due)
    await prompt(pool, "other", "bob", by="machine", person_due=due, delivered_at=NOON - HOUR / 2)
    await prompt(pool, "day", reason="promise", state="done", closed_at=met)
    assigning = Assigning(pool, strategy)
    await assigning.some(NOON)
    await assigning.some(NOON)
    [kept] = await published(pool)
    assert (kept["type"], kept["id"], kept["data"]) == (
        "egard.promise.kept",
        "night:person:kept",
        {"promise_id": "night:person"},
    )
    assert datetime.fromisoformat(kept["time"]) == met.astimezone(UTC)
