"""What became of a customer is measured once, when the horizon is over."""

from datetime import timedelta

from events import ComplaintRaised, ExchangeRenewed, OutreachReacted, RecognitionRemembered
from projections.strategy import Strategy
from projections.whole import read_person
from services.clock.measuring import LATE, measure_some
from services.runtime.database import Pool
from tests.integration.identity.told import NOW, SAME, Journal, told
from tests.integration.uplift.conftest import Lots

DAYS = 24.0


async def test_what_became_of_a_customer_is_read_from_the_journal(
    pool: Pool, journal: Journal, lots: Lots, strategy: Strategy
) -> None:
    """Given a complaint and a renewal within the horizon, then both count, and health is read at its ends."""
    events = [
        told("anna", 60 * DAYS, RecognitionRemembered(what="x")),
        told("anna", 30 * DAYS, ComplaintRaised(complaint_id="c")),
        told("anna", 20 * DAYS, ExchangeRenewed()),
        told("anna", 5 * DAYS, ComplaintRaised(complaint_id="later")),
    ]
    await journal.tell(*events)
    cause = NOW - timedelta(days=40)
    await lots.drawn("anna", "p1", "held_out", cause)
    assert await measure_some(pool, strategy, NOW) == 1
    row = await pool.fetchrow("select * from prompts")
    assert (row["complaints"], row["renewals"], row["measured_at"]) == (1, 1, NOW)
    horizon = strategy.outreach.learning.horizon
    assert row["horizon"] == horizon
    for name, at in (("health_then", cause.timestamp()), ("health_since", cause.timestamp() + horizon)):
        assert abs(row[name] - read_person(events, strategy, at).health) < SAME


async def test_nobody_is_measured_before_the_horizon_is_over(
    pool: Pool, journal: Journal, lots: Lots, strategy: Strategy
) -> None:
    """Given a prompt, then it waits for its horizon and a day for the late, and is measured once."""
    await journal.tell(told("anna", 60 * DAYS, RecognitionRemembered(what="x")))
    cause = NOW - timedelta(days=40)
    await lots.drawn("anna", "p1", "given", cause)
    over = cause + timedelta(seconds=strategy.outreach.learning.horizon) + LATE
    assert await measure_some(pool, strategy, over - timedelta(seconds=1)) == 0
    assert await measure_some(pool, strategy, over) == 1
    assert await measure_some(pool, strategy, over) == 0


async def test_prompts_that_no_lot_fell_on_are_not_measured(
    pool: Pool, journal: Journal, lots: Lots, strategy: Strategy
) -> None:
    """Given a prompt that was owed, then nobody looks what became of it: it has nothing to be set beside."""
    await journal.tell(told("anna", 60 * DAYS, RecognitionRemembered(what="x")))
    await lots.drawn("anna", "p1", None, NOW - timedelta(days=40))
    assert await measure_some(pool, strategy, NOW) == 0


async def test_outreach_is_no_success_of_its_own(
    pool: Pool, journal: Journal, lots: Lots, strategy: Strategy
) -> None:
    """Given two who differ by a welcome outreach alone, then their health is read the same."""
    for customer in ("anna", "bob"):
        await journal.tell(told(customer, 60 * DAYS, RecognitionRemembered(what="x")))
        await lots.drawn(customer, customer, "given", NOW - timedelta(days=40))
    await journal.tell(told("bob", 39 * DAYS, OutreachReacted(prompt_id="bob", reaction="welcome")))
    assert await measure_some(pool, strategy, NOW) == 2
    anna, bob = await pool.fetch("select health_then, health_since from prompts order by customer")
    assert abs(anna["health_since"] - bob["health_since"]) < SAME


async def test_more_than_one_step_takes_are_measured_by_the_next(
    pool: Pool, journal: Journal, lots: Lots, strategy: Strategy
) -> None:
    """Given three prompts and steps of two, then two steps see to all of them, the oldest first."""
    for number, days in enumerate((50, 45, 40)):
        await journal.tell(told(f"c{number}", 60 * DAYS, RecognitionRemembered(what="x")))
        await lots.drawn(f"c{number}", f"p{number}", "given", NOW - timedelta(days=days))
    assert await measure_some(pool, strategy, NOW, 2) == 2
    assert await pool.fetchval("select prompt_id from prompts where measured_at is null") == "p2"
    assert await measure_some(pool, strategy, NOW, 2) == 1
