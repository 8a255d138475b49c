"""A small world through the whole engine: what it decides and counts is what the pure functions say."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from events import Event, OutreachMade, OutreachReacted, recall
from projections.backtest import Would, walk
from projections.outreach.aftermath import aftermath
from projections.outreach.holdout import held_out
from projections.rhythm import Population
from services.embedded import EmbeddedDatabase
from services.insight.uplift.estimating import Arm, Worth, effects
from services.outreach.knowing import SOURCE
from services.simulator import World
from tests.conftest import fresh_database
from tests.study.engine.house import House, house
from tests.study.engine.worlds import STRATEGY, Found, Scale, drawn, play
from tests.study.lives import START

SAME = 1e-9
SMALL = Scale(customers=80, days=72, settled=30)
BEGINS, ENDS = START + timedelta(days=SMALL.settled), START + timedelta(days=SMALL.days)


class Played(NamedTuple):
    """A world in which outreach does nothing, played to its end."""

    house: House
    found: Found
    prompts: list[Any]
    told: dict[str, list[Event]]
    """The journal, by customer."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(database_server: EmbeddedDatabase) -> AsyncIterator[Played]:
    """One world for all that is asked of it here."""
    async for url in fresh_database(database_server):
        async with house(url, STRATEGY, START) as one:
            found = await play(one, 1, False, SMALL)
            prompts = await one.pool.fetch("select * from prompts order by cause_at, prompt_id")
            told = defaultdict(list)
            for event in recall([row["body"] for row in await one.pool.fetch("select body from journal")]):
                told[event.subject].append(event)
            yield Played(one, found, prompts, told)


async def test_whom_the_pure_functions_prompt_for_the_engine_does(played: Played) -> None:
    """Given the journal, then each prompt of its walk was made, and withheld for the same reason or none."""
    made = {row["prompt_id"]: row for row in played.prompts}
    would = _walked(played)
    assert {one.became for one in would} >= {"given", "withheld"}
    for one in would:
        row = made[one.prompt_id]
        assert (row["trigger"], row["withheld"]) == (one.trigger, one.why_not)
        assert row["cause_at"] == one.arose_at


async def test_what_the_engine_prompts_for_besides_is_tied_by_time_or_of_before(played: Played) -> None:
    """Given a prompt that no walk has, then a round found its knot, or its cause is older than the walk."""
    would = {one.prompt_id for one in _walked(played)}
    others = [row for row in played.prompts if row["prompt_id"] not in would and row["withheld"] != "stale"]
    for row in others:
        assert row["trigger"] == "knot_opened" or row["cause_at"] <= BEGINS


async def test_arms_are_those_of_the_lot(played: Played) -> None:
    """Given prompts with an arm, then it is as the lot falls, on both sides, and given or withheld by it."""
    rows = [row for row in played.prompts if row["arm"] is not None]
    assert {row["arm"] for row in rows} == {"given", "held_out"}
    salt = STRATEGY.outreach.salt
    for row in rows:
        lot = held_out(row["customer"], row["trigger"], row["episode"], 0.5, salt)
        assert (row["arm"] == "held_out") is lot
        assert (row["withheld"] == "holdout") is lot


async def test_outcomes_are_those_that_the_events_have(played: Played) -> None:
    """Given prompts that were measured, then the figures are the pure reading of all that was told."""
    rows = [row for row in played.prompts if row["measured_at"] is not None]
    assert rows
    for row in rows:
        told = played.told[row["customer"]]
        pure = aftermath(told, STRATEGY, row["cause_at"].timestamp(), row["horizon"])
        assert abs(row["health_then"] - pure.health_then) < SAME
        assert abs(row["health_since"] - pure.health_since) < SAME
        assert (row["complaints"], row["renewals"]) == (pure.complaints, pure.renewals)


async def test_the_report_is_the_estimate_of_those_outcomes(played: Played) -> None:
    """Given the file of all on whom the lot fell, then counting it again gives what the report says."""
    rows = await drawn(played.house)
    assert played.found.triggers
    for helped in played.found.triggers:
        of = [row for row in rows if row["trigger"] == helped.trigger and row["counts"] == "true"]
        measured = [row for row in of if row["measured_at"]]
        given, held = (_arm([row for row in measured if row["arm"] == arm]) for arm in ("given", "held_out"))
        assert (helped.given, helped.held_out) == (given.customers, held.customers)
        assert helped.given_waiting + helped.held_out_waiting == len(of) - len(measured)
        for said, counted in zip(helped.outcomes, effects(given, held, Worth()), strict=True):
            assert said.difference == pytest.approx(counted.difference, abs=SAME)
            assert said.low == pytest.approx(counted.low, abs=SAME)
            assert said.more == counted.more


async def test_each_outreach_is_an_event_once(played: Played) -> None:
    """Given prompts that agents saw to, then the journal has one event of each."""
    done = [row["prompt_id"] for row in played.prompts if row["state"] == "done"]
    said = [event.data for some in played.told.values() for event in some]
    assert sorted(one.prompt_id for one in said if isinstance(one, OutreachMade)) == sorted(done)
    assert played.found.made == len(done) > 0


async def test_nothing_in_the_database_knows_the_real_day(played: Played) -> None:
    """Given every column that holds a time, then none of what happened is later than the end of the world."""
    columns = await played.house.pool.fetch(
        "select table_name, column_name from information_schema.columns join information_schema.tables "
        "using (table_schema, table_name) where table_schema = 'public' and table_type = 'BASE TABLE' "
        "and data_type = 'timestamp with time zone'"
    )
    ahead = {"due", "deliver_at", "expires_at", "lease_until", "snoozed_until", "person_due"}
    ahead |= {"knots_due_at", "judged_until"}
    checked = 0
    for table, column in columns:
        if column not in ahead:
            latest = await played.house.pool.fetchval(f"select max({column}) from {table}")  # noqa: S608
            assert latest is None or latest <= ENDS, (table, column)
            checked += latest is not None
    assert checked
    assert datetime.now(UTC) > ENDS


async def test_where_outreach_helps_customers_react_and_trust_comes_back(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a world in which it helps, then each one lifts a bond, and what customers say is with prompts."""
    lifted: list[str] = []
    monkeypatch.setattr(World, "lift", lambda _, customer, __: lifted.append(customer))
    async with house(database_url, STRATEGY, START) as one:
        found = await play(one, 4, True, Scale(customers=60, days=45, settled=30))
        made = await one.pool.fetch("select customer, reaction from prompts where state = 'done'")
        said = await _reacted(one)
    assert sorted(lifted) == sorted(row["customer"] for row in made)
    assert found.made == len(made) > 0
    assert said
    assert {row["reaction"] for row in made} >= said


async def test_where_it_does_nothing_nobody_hears_of_it(played: Played) -> None:
    """Given the other world, then agents act there too, and no customer says how it was."""
    assert played.found.made
    assert not await _reacted(played.house)


async def _reacted(one: House) -> set[str]:
    """What customers said of outreach; what the engine makes of their silence is its own."""
    rows = await one.pool.fetch("select body from journal where type = 'egard.outreach.reacted'")
    events = recall([row["body"] for row in rows])
    return {
        event.data.reaction
        for event in events
        if isinstance(event.data, OutreachReacted) and event.source != SOURCE
    }


def _walked(played: Played) -> list[Would]:
    found = [
        one
        for customer, told in played.told.items()
        if not customer.startswith("agent:")
        for one in walk(customer, told, [], STRATEGY, BEGINS, ENDS, Population(0, 0.0))
    ]
    return [one for one in found if one.why_not != "stale"]


def _arm(rows: list[dict[str, str]]) -> Arm:
    changes = [float(row["health_since"]) - float(row["health_then"]) for row in rows]
    mean = sum(changes) / len(changes) if changes else 0.0
    spread = sum((each - mean) ** 2 for each in changes)
    return Arm(
        customers=len(rows),
        mean=mean,
        variance=spread / (len(changes) - 1) if len(changes) > 1 else 0.0,
        complaints=sum(int(row["complaints"]) > 0 for row in rows),
        renewals=sum(int(row["renewals"]) > 0 for row in rows),
        harm=sum(
            change < -STRATEGY.outreach.learning.harm or row["reaction"] == "unwelcome"
            for row, change in zip(rows, changes, strict=True)
        ),
    )
