"""When the clock looks at a silence and at an anniversary: once for each, and again when it may be time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from events import (
    ContactAnswered,
    ContactAttempted,
    CustomerLinked,
    ExchangePurchased,
    ExchangeVisited,
    RecognitionRemembered,
)
from projections.strategy import Strategy
from projections.triggers.milestones import anniversary
from services.clock import Clock
from services.clock.rounds import Rounds
from services.outreach import Outreach
from services.runtime.database import Pool
from services.runtime.service import Context
from tests.integration.identity.told import NOW, Journal, told

DAY = 24.0


async def looks(pool: Pool) -> dict[tuple[str, str], datetime]:
    """When to look, by customer and trigger."""
    rows = await pool.fetch("select customer, trigger, due from deadlines where matter_id = ''")
    return {(row["customer"], row["trigger"]): row["due"] for row in rows}


async def weekly(journal: Journal, *, until: int) -> None:
    """Anna called every week, and was well treated, until so many days ago."""
    await journal.tell(
        *(
            told(
                "anna",
                (until + 7 * week) * DAY,
                ContactAnswered(contact_id=f"c{week}", by="human", waited_s=5),
            )
            for week in range(8)
        ),
        told("anna", until * DAY - 0.1, RecognitionRemembered(what="her dog")),
        told("anna", until * DAY - 0.2, RecognitionRemembered(what="her son")),
    )


async def test_a_customer_is_looked_at_once(journal: Journal, pool: Pool, clock: Clock) -> None:
    """A round finds whom nobody looks at yet; the next one finds nobody."""
    await weekly(journal, until=10)
    assert await clock.look("", "zzz", NOW) == 1
    assert {trigger for _, trigger in await looks(pool)} == {"silence", "milestone"}
    assert await clock.look("", "zzz", NOW) == 0


async def test_a_silence_is_looked_at_when_it_is_unusual_and_prompts_once(
    journal: Journal, pool: Pool, clock: Clock, outreach: Outreach
) -> None:
    """It passes, it prompts; while it lasts it is looked at a month later, and prompts no more."""
    await weekly(journal, until=29)
    now = datetime.now(UTC)
    await clock.look("", "zzz", now)
    due = (await looks(pool))["anna", "silence"]
    assert now < due <= now + timedelta(days=30)
    # The time passes: what was said lies further back by as much.
    await pool.execute("update deadlines set due = now() where trigger = 'silence'")
    await pool.execute("delete from deadlines where trigger = 'milestone'")
    await clock.turn_deadlines(datetime.now(UTC))
    assert await pool.fetchval("select trigger from causes") == "silence"
    await outreach.decide_some()
    assert await _prompts(pool) == []
    await clock.look("", "zzz", datetime.now(UTC))
    assert (await looks(pool))["anna", "silence"] > now


async def test_a_silence_that_is_unusual_prompts(
    journal: Journal, pool: Pool, clock: Clock, outreach: Outreach
) -> None:
    """Six weeks of silence in a weekly rhythm: one prompt, and the next look is a month away."""
    await weekly(journal, until=42)
    now = datetime.now(UTC)
    await clock.look("", "zzz", now)
    await pool.execute("delete from deadlines where trigger = 'milestone'")
    assert (await looks(pool))["anna", "silence"] <= now + timedelta(days=1)
    await clock.turn_deadlines(now + timedelta(days=2))
    await outreach.decide_some()
    assert [row["trigger"] for row in await _prompts(pool)] == ["silence"]
    await clock.look("", "zzz", now)
    assert (await looks(pool))["anna", "silence"] == now + timedelta(days=30)


async def test_an_anniversary_is_found_anew_when_older_news_comes(
    journal: Journal, pool: Pool, clock: Clock, strategy: Strategy
) -> None:
    """What is older than all that was known gives the year another beginning."""
    zone = ZoneInfo(strategy.hours.timezone)
    first, older = (anniversary(NOW - timedelta(days=days), 1, zone) for days in (100, 300))
    await journal.tell(told("anna", 100 * DAY, ExchangePurchased()))
    await clock.look("", "zzz", NOW)
    assert (await looks(pool))["anna", "milestone"] == first
    await journal.tell(told("anna", 1, ExchangePurchased()))
    assert (await looks(pool))["anna", "milestone"] == first
    await journal.tell(told("anna", 300 * DAY, ExchangePurchased()))
    assert await looks(pool) == {}
    await clock.look("", "zzz", NOW)
    assert (await looks(pool))["anna", "milestone"] == older


async def test_a_person_has_one_anniversary(journal: Journal, pool: Pool, clock: Clock) -> None:
    """It is that of the id they are known by, from the first event under any; a link finds it anew."""
    await journal.tell(told("anna", 100 * DAY, ExchangePurchased()))
    await journal.tell(told("bob", 200 * DAY, ExchangePurchased()))
    await clock.look("", "zzz", NOW)
    apart = await looks(pool)
    assert set(apart) == {("anna", "milestone"), ("bob", "milestone")}
    await journal.tell(told("anna", 1, CustomerLinked(alias="bob")))
    assert await looks(pool) == {}
    await clock.look("", "zzz", NOW)
    assert await looks(pool) == {("anna", "milestone"): apart["bob", "milestone"]}


async def _prompts(pool: Pool) -> list[Any]:
    return list(await pool.fetch("select trigger, state from prompts"))


async def test_time_alone_may_tie_a_knot(journal: Journal, pool: Pool, context: Context) -> None:
    """Three forms without a reply, and nobody records a miss: a round sees it, and it is a cause."""
    forms = (ContactAttempted(contact_id=f"f{number}", channel="form") for number in range(3))
    await journal.tell(*(told("anna", 71.5, form) for form in forms))
    assert await pool.fetchval("select count(*) from causes where trigger = 'knot_opened'") == 0
    await pool.execute("delete from causes")
    later = datetime.now(UTC) + timedelta(hours=1)
    await Rounds(pool, context.strategy).step("", later)
    assert [tuple(row) for row in await pool.fetch("select customer, trigger from causes")] == [
        ("anna", "knot_opened")
    ]


async def test_a_knot_that_time_has_tied_is_a_cause_though_the_database_goes_away_as_it_is_raised(
    journal: Journal, pool: Pool, context: Context
) -> None:
    """The reading is not renewed without its cause: the next look finds both to do."""
    forms = (ContactAttempted(contact_id=f"f{number}", channel="form") for number in range(3))
    await journal.tell(*(told("anna", 71.5, form) for form in forms))
    await pool.execute("delete from causes")
    await pool.execute(
        """
        create function away() returns trigger language plpgsql
        as $$ begin raise exception 'going away' using errcode = 'admin_shutdown'; end $$;
        create trigger away before insert on causes for each row execute function away();
        """
    )
    later = datetime.now(UTC) + timedelta(hours=1)
    rounds = Rounds(pool, context.strategy)
    with pytest.raises(asyncpg.AdminShutdownError):
        await rounds.step("", later)
    await pool.execute("drop trigger away on causes")
    await rounds.step("", later)
    assert [tuple(row) for row in await pool.fetch("select customer, trigger from causes")] == [
        ("anna", "knot_opened")
    ]


async def test_a_knot_that_time_has_tied_is_a_cause_though_somebody_came_before_the_round(
    journal: Journal, pool: Pool, context: Context
) -> None:
    """The projector takes the reading anew, for something that ties no knot: the cause comes all the same."""
    forms = (ContactAttempted(contact_id=f"f{number}", channel="form") for number in range(3))
    began = datetime.now(UTC) - timedelta(hours=72) + timedelta(seconds=1.5)
    hours = (NOW - began) / timedelta(hours=1)
    await journal.tell(*(told("anna", hours, form) for form in forms))
    due = await pool.fetchval("select knots_due_at from relationships")
    await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()) + 0.1)
    await pool.execute("delete from causes")
    await journal.tell(told("anna", 1, ExchangeVisited()))
    await Rounds(pool, context.strategy).step("", datetime.now(UTC))
    assert [tuple(row) for row in await pool.fetch("select customer, trigger from causes")] == [
        ("anna", "knot_opened")
    ]
