"""The clock's rounds: readings for lists are never older than a day, and nobody waits for them."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from events import (
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
    TeamShiftStarted,
)
from projections.strategy import Strategy
from services.clock import Clock, rounds, service
from services.clock.rounds import Rounds
from services.runtime.database import Pool
from services.runtime.people import hold
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.integration.as_of.telling import Journal, go_round
from tests.integration.identity.told import told
from tests.stack import until
from tests.unit.histories import assert_same
from tests.unit.test_score_readings import plain_reading


async def taken(pool: Pool) -> dict[str, datetime]:
    """When each reading was taken."""
    return dict(await pool.fetch("select customer, taken_at from relationships order by customer"))


async def history(pool: Pool) -> list[tuple[str, str, str | None]]:
    """Customer, band and canonical id of each row of the history, in order of time."""
    rows = await pool.fetch("select customer, band, canonical from history order by taken_at, customer")
    return [(row["customer"], row["band"], row["canonical"]) for row in rows]


def soon(hours: float) -> datetime:
    """An instant that a round may be told is now."""
    return datetime.now(UTC) + timedelta(hours=hours)


# -------------------------------------------------------------------------------------------- renewal


async def test_a_round_renews_what_is_old_and_leaves_what_is_not(
    pool: Pool, journal: Journal, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slice by slice, every reading older than 20 hours is taken anew, as the journal has it then."""
    monkeypatch.setattr(rounds, "_SLICE", 3)
    made = PromiseMade(promise_id="p", what="call", due=soon(3))
    events = [told(f"c{number}", 9, RecognitionRemembered(what="x")) for number in range(10)]
    events += [told("c3", 8, made), told("c9", 8, CustomerLinked(alias="c1"))]
    await journal.tell(*events)
    assert await go_round(pool, strategy, soon(19)) == (0, 10)
    await pool.execute(
        "update relationships set taken_at = taken_at + interval '5 hours' where customer = 'c5'"
    )
    now = soon(22)
    assert (await go_round(pool, strategy, now))[0] == 9
    assert {name for name, at in (await taken(pool)).items() if at == now} == {
        f"c{number}" for number in range(10) if number != 5
    }
    for row in await pool.fetch("select * from relationships where taken_at = $1", now):
        then = plain_reading(events, row["customer"], now.timestamp())
        assert_same(type(then)(**{name: row[name] for name in then.__struct_fields__}), then, strategy)
    assert (await go_round(pool, strategy, now))[0] == 0


async def test_nobody_waits_for_a_round_nor_a_round_for_anybody(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A reading that somebody is writing is left alone, and the others of its slice are renewed."""
    await journal.tell(*(told(name, 9, RecognitionRemembered(what="x")) for name in ("anna", "bob", "carl")))
    async with pool.acquire() as other, other.transaction():
        await other.execute("update relationships set changed_at = now() where customer = 'bob'")
        assert (await go_round(pool, strategy, soon(24)))[0] == 2
    assert (await go_round(pool, strategy, soon(24)))[0] == 1


async def test_a_round_never_puts_an_older_reading_in_the_place_of_a_newer(
    pool: Pool, journal: Journal, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the projector wrote while a slice was being read stays."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    read: Any = Rounds._read

    async def slowly(self: Rounds, customers: Any, now: datetime) -> Any:
        found = await read(self, customers, now)
        await journal.tell(told("anna", 1, RecognitionOverlooked(how="cold")))
        return found

    monkeypatch.setattr(Rounds, "_read", slowly)
    assert (await go_round(pool, strategy, soon(24)))[0] == 0
    [row] = await pool.fetch("select revision, taken_at from relationships")
    assert row["revision"] == 2
    assert row["taken_at"] < soon(1)


async def test_the_clock_goes_round_by_itself_again_and_again(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What grows old while it runs is renewed, and its history goes on, without anybody asking."""
    monkeypatch.setattr(service, "ROUND", 0.1)
    monkeypatch.setattr(service, "TICK", 0.1)
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    settings = Settings(kafka="nowhere:9092", database=database_url)
    clock = Clock(Context(settings, strategy, pool, Producer(settings.kafka, client="test")))
    await clock.start()
    try:
        for _ in range(2):
            before = await pool.fetchval("select count(*) from history")
            await pool.execute("update history set taken_at = taken_at - interval '9 days'")
            await pool.execute("update relationships set taken_at = taken_at - interval '2 days'")
            await until(partial(_renewed, pool, before))
    finally:
        await clock.stop()


async def _renewed(pool: Pool, before: int) -> bool:
    [row] = await pool.fetch(
        "select taken_at > now() - interval '1 hour' as new, (select count(*) from history) as rows "
        "from relationships"
    )
    return bool(row["new"]) and row["rows"] > before


# -------------------------------------------------------------------------------------------- history


async def test_history_has_the_first_reading_and_then_a_row_a_day_at_most(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """However much happens, rows of one band are a day apart; while nothing does, a week."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    kept = []
    for hour in range(0, 24 * 30, 3):
        if hour < 24 * 9:
            await journal.tell(told("anna", 8, RecognitionRemembered(what="x")))
            # The projector's readings are of now; as if it were then.
            await pool.execute(
                "update relationships set taken_at = $1, band = 'steady'",
                soon(hour - 1).replace(microsecond=0),
            )
        kept.append((hour, (await go_round(pool, strategy, soon(hour)))[1]))
    days = [hour / 24 for hour, rows in kept if rows]
    assert all(rows <= 1 for _, rows in kept)
    assert (len([day for day in days if day < 10]), len([day for day in days if day > 10])) == (10, 2)
    times = [row["taken_at"] for row in await pool.fetch("select taken_at from history order by 1")]
    assert min(later - former for former, later in pairwise(times)) >= timedelta(days=1)


async def test_a_change_of_band_is_kept_and_flickering_is_not(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Another band is a row on the same day, an hour after the last one at least."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    for minutes, band in (
        (0, "steady"),
        (20, "drifting"),
        (40, "strained"),
        (70, "strained"),
        (80, "steady"),
    ):
        await pool.execute("update relationships set taken_at = $1, band = $2", soon(minutes / 60), band)
        await go_round(pool, strategy)
    assert [band for _, band, _ in await history(pool)] == ["steady", "strained"]


async def test_another_strategy_is_a_row_of_its_own(pool: Pool, journal: Journal, strategy: Strategy) -> None:
    """What the lists said by one version and by the next are told apart."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    await go_round(pool, strategy)
    await pool.execute(
        "update relationships set strategy = 'next', taken_at = taken_at + interval '1 minute'"
    )
    await go_round(pool, strategy)
    rows = await pool.fetch("select strategy from history order by taken_at")
    assert [row["strategy"] for row in rows] == [strategy.version, "next"]


async def test_agents_have_no_history(pool: Pool, journal: Journal, strategy: Strategy) -> None:
    """Nobody reads how they fare, and nothing of it is kept."""
    await journal.tell(told("agent:eve", 9, TeamShiftStarted()))
    assert await go_round(pool, strategy) == (0, 0)


async def test_of_an_alias_history_keeps_only_whose_it_is(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A row when a link comes, none while it stands, and one when it ends; the canonical id has the rest."""
    await journal.tell(*(told(name, 9, RecognitionRemembered(what="x")) for name in ("anna", "bob")))
    await go_round(pool, strategy)
    await journal.tell(told("anna", 2, CustomerLinked(alias="bob")))
    for day in range(10):
        await go_round(pool, strategy, soon(24 * day))
    await journal.tell(told("anna", 1, CustomerUnlinked(alias="bob")))
    await pool.execute("update relationships set taken_at = $1", soon(24 * 10))
    await go_round(pool, strategy, soon(24 * 10))
    of = {name: [row for row in await history(pool) if row[0] == name] for name in ("anna", "bob")}
    assert [canonical for *_, canonical in of["bob"]] == [None, "anna", None]
    assert {canonical for *_, canonical in of["anna"]} == {None}
    assert len(of["anna"]) == 4


async def test_what_was_kept_for_long_enough_goes(pool: Pool, journal: Journal, strategy: Strategy) -> None:
    """Rows older than 400 days go when their customer has a new one; younger ones, and others', stay."""
    await journal.tell(*(told(name, 9, RecognitionRemembered(what="x")) for name in ("anna", "bob")))
    await go_round(pool, strategy)
    for days in (399, 401, 900):
        await pool.execute(
            "insert into history select customer, taken_at - $1::integer * interval '1 day', revision, "
            "strategy, health, recognition, responsiveness, confidence, trend, band, canonical "
            "from history where taken_at > now() - interval '1 day'",
            days,
        )
    await pool.execute("update relationships set taken_at = $1 where customer = 'anna'", soon(24 * 8))
    await go_round(pool, strategy, soon(1))
    rows = await pool.fetch("select customer, count(*) from history group by 1 order by 1")
    assert [tuple(row) for row in rows] == [("anna", 3), ("bob", 4)]


# -------------------------------------------------------------------------------------------- erasure


async def test_who_is_erased_under_a_round_is_not_written_again(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A slice that was read before the erasure waits for it, and then finds nobody."""
    await journal.tell(*(told(name, 9, RecognitionRemembered(what="x")) for name in ("anna", "bob")))
    async with pool.acquire() as erasing, erasing.transaction():
        await hold(erasing, alone=True)
        walking = asyncio.create_task(go_round(pool, strategy))
        await until(lambda: _waiting(pool))
        for table in ("relationships", "history"):
            await erasing.execute(f"delete from {table} where customer = 'anna'")  # noqa: S608
    assert await walking == (0, 1)
    assert [customer for customer, *_ in await history(pool)] == ["bob"]


async def _waiting(pool: Pool) -> bool:
    found: bool = await pool.fetchval(
        "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
    )
    return found


async def test_who_is_erased_under_a_round_is_passed_over(
    pool: Pool, journal: Journal, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody of a slice is erased before its readings are taken: the others are renewed, and it goes on."""
    await journal.tell(*(told(name, 9, RecognitionRemembered(what="x")) for name in ("anna", "bob", "carl")))
    read = Rounds._read

    async def erased_first(self: Rounds, *words: Any) -> Any:
        monkeypatch.setattr(Rounds, "_read", read)
        await journal.tell(told("bob", 1, CustomerErased()))
        return await read(self, *words)

    monkeypatch.setattr(Rounds, "_read", erased_first)
    assert (await go_round(pool, strategy, soon(24)))[0] == 2


async def test_erasure_takes_what_names_the_erased_in_the_history_of_others(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A friend who was once known by her id keeps a history, without a row that says so."""
    await journal.tell(*(told(name, 9, RecognitionRemembered(what="x")) for name in ("anna", "friend")))
    await journal.tell(told("friend", 5, CustomerLinked(alias="anna")))
    await go_round(pool, strategy)
    await journal.tell(told("friend", 4, CustomerUnlinked(alias="anna")))
    await go_round(pool, strategy)
    assert [row for row in await history(pool) if "anna" in row] != []
    await journal.tell(told("anna", 1, CustomerErased()))
    assert [(customer, canonical) for customer, _, canonical in await history(pool)] == [("friend", None)]


async def test_who_is_heard_of_no_more_has_no_history(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """An id that was only named in a link leaves nothing once that ends."""
    await journal.tell(told("bob", 9, RecognitionRemembered(what="x")))
    await journal.tell(told("bob", 5, CustomerLinked(alias="named")))
    await go_round(pool, strategy)
    assert ("named", "unknown", "bob") in await history(pool)
    await journal.tell(told("bob", 4, CustomerUnlinked(alias="named")))
    assert {customer for customer, *_ in await history(pool)} == {"bob"}
