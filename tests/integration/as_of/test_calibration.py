"""What people say is set beside what was read: of one customer at once, of all once the clock has been by."""

import re
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from msgspec import to_builtins

from events import (
    ContactRetold,
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    EventRetracted,
    JudgementMade,
    PerceptionStated,
    RecognitionRemembered,
)
from projections.agreement import Pair, calibration
from projections.strategy import Strategy
from services.clock import Clock, service
from services.clock.comparing import compare_some, sum_up
from services.runtime.database import Pool
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.integration.as_of.telling import Journal, ask
from tests.integration.identity.told import told
from tests.stack import until

LAST = chr(0x10FFFF)


def _ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def _remembered(subject: str, hours: float) -> list[Event]:
    return [told(subject, hours, RecognitionRemembered(what="x")) for _ in range(4)]


async def _all(pool: Pool, strategy: Strategy, client: httpx.AsyncClient) -> Any:
    """The answer over all after the end of a round."""
    await sum_up(pool, strategy, datetime.now(UTC))
    answer = await client.get("/v1/calibration")
    assert answer.status_code == httpx.codes.OK
    return answer.json()


async def test_statements_of_all_are_what_those_of_each_are(
    pool: Pool, journal: Journal, client: httpx.AsyncClient, strategy: Strategy
) -> None:
    """Given statements of two, when the clock has been by, then those of all are those of each."""
    for subject, health in (("anna", 90), ("bob", 10)):
        await journal.tell(*_remembered(subject, 50), told(subject, 40, PerceptionStated(health=health)))
    await journal.tell(told("carl", 40, PerceptionStated(health=50)))
    now = datetime.now(UTC)
    assert await compare_some(pool, strategy, "", LAST, now) == 3
    assert await compare_some(pool, strategy, "", LAST, now) == 0
    found, anna, bob = (
        await _all(pool, strategy, client),
        await ask(client, "anna", "calibration"),
        await ask(client, "bob", "calibration"),
    )
    assert (found["stated"]["count"], found["stated"]["customers"], found["stated"]["enough"]) == (
        2,
        2,
        False,
    )
    assert found["not_known"] == 1
    differences = [one["stated"]["mean_difference"] for one in (anna, bob)]
    assert abs(found["stated"]["mean_difference"] - sum(differences) / 2) < 1e-9
    [view] = anna["views"]
    then = await ask(client, "anna", "relationship", at=view["at"])
    assert abs(view["health"] - then["health"]) < 1e-9
    page = (await client.get("/insight/calibration")).text
    assert "too few customers" in page
    assert "1 statements are left out" in page


async def test_a_judgement_is_compared_when_it_is_over(
    pool: Pool, journal: Journal, client: httpx.AsyncClient, strategy: Strategy
) -> None:
    """Given a judgement that still stands, then it is noted and looked at again only when it has expired."""
    soon = datetime.now(UTC) + timedelta(hours=2)
    judged = told("anna", 30, JudgementMade(health=80, agent_id="Camille", reason="r", until=soon))
    await journal.tell(*_remembered("anna", 50), judged, told("anna", 20, PerceptionStated(health=60)))
    now = datetime.now(UTC)
    assert await compare_some(pool, strategy, "", LAST, now) == 2
    assert await compare_some(pool, strategy, "", LAST, now) == 0
    assert (await _all(pool, strategy, client))["judged"]["count"] == 0
    assert await compare_some(pool, strategy, "", LAST, now + timedelta(hours=3)) == 1
    found = await _all(pool, strategy, client)
    assert (found["judged"]["count"], found["judged_and_stated"]["mean_difference"]) == (1, 20)
    assert "Camille" not in str(found)


async def test_what_is_taken_back_is_not_counted_and_the_erased_are_forgotten(
    pool: Pool, journal: Journal, client: httpx.AsyncClient, strategy: Strategy
) -> None:
    """Given two statements that were compared, when one is taken back and the other erased, none is left."""
    mine, theirs = (told(name, 40, PerceptionStated(health=50)) for name in ("anna", "bob"))
    await journal.tell(*_remembered("anna", 50), *_remembered("bob", 50), mine, theirs)
    await compare_some(pool, strategy, "", LAST, datetime.now(UTC))
    assert (await _all(pool, strategy, client))["stated"]["count"] == 2
    await journal.tell(told("anna", 1, EventRetracted(source=mine.source, id=mine.id)))
    assert await compare_some(pool, strategy, "", LAST, datetime.now(UTC)) == 1
    assert await compare_some(pool, strategy, "", LAST, datetime.now(UTC)) == 0
    assert (await _all(pool, strategy, client))["stated"]["count"] == 1
    assert (await ask(client, "anna", "calibration"))["views"] == []
    await journal.tell(told("bob", 0, CustomerErased()))
    assert await pool.fetchval("select count(*) from comparisons where customer = 'bob'") == 0
    assert (await _all(pool, strategy, client))["stated"]["count"] == 0


async def test_the_reading_beside_a_statement_is_the_persons_of_then(
    pool: Pool, journal: Journal, client: httpx.AsyncClient, strategy: Strategy
) -> None:
    """Given an id that was linked after a statement, then what happened under it is not in what was read."""
    await journal.tell(*_remembered("anna", 50), told("anna", 40, PerceptionStated(health=50)))
    await journal.tell(*[told("visitor:7", 45, ContactRetold(contact_id="k", reason="x")) for _ in range(4)])
    [before] = (await ask(client, "anna", "calibration"))["views"]
    await journal.tell(told("anna", 30, CustomerLinked(alias="visitor:7")))
    [after] = (await ask(client, "anna", "calibration"))["views"]
    assert after["health"] == before["health"]
    await compare_some(pool, strategy, "", LAST, datetime.now(UTC))
    kept = await pool.fetchval("select health from comparisons where customer = 'anna'")
    assert abs(kept - before["health"]) < 1e-9


async def test_what_was_read_then_is_compared_anew_when_an_event_comes_late(
    pool: Pool, journal: Journal, client: httpx.AsyncClient, strategy: Strategy
) -> None:
    """Given a statement that was compared, an event of before it that comes later changes the comparison."""
    await journal.tell(*_remembered("anna", 50), told("anna", 40, PerceptionStated(health=50)))
    assert await compare_some(pool, strategy, "", LAST, datetime.now(UTC)) == 1
    before = (await _all(pool, strategy, client))["stated"]["mean_difference"]
    await journal.tell(told("anna", 45, ContactRetold(contact_id="k", reason="x")))
    assert await compare_some(pool, strategy, "", LAST, datetime.now(UTC)) == 1
    after = (await _all(pool, strategy, client))["stated"]["mean_difference"]
    assert after > before
    assert abs(after - (await ask(client, "anna", "calibration"))["stated"]["mean_difference"]) < 1e-9
    assert await compare_some(pool, strategy, "", LAST, datetime.now(UTC)) == 0


async def test_what_happens_after_a_statement_compares_nothing_anew(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Given a statement that was compared, an event of after it is noted once, and nothing is read again."""
    await journal.tell(*_remembered("anna", 50), told("anna", 40, PerceptionStated(health=50)))
    await compare_some(pool, strategy, "", LAST, datetime.now(UTC))
    await journal.tell(told("anna", 30, ContactRetold(contact_id="k", reason="x")))
    # Noted, the row has the revision of now; until then it has another.
    behind = """
        select count(*) from comparisons as known
        join relationships as reading using (customer) where known.revision <> reading.revision
    """
    assert await pool.fetchval(behind) == 1
    assert await compare_some(pool, strategy, "", LAST, datetime.now(UTC)) == 0
    assert await pool.fetchval(behind) == 0


async def test_an_event_that_comes_late_under_an_id_of_then_is_noticed(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Given an id that was one with the customer at the statement and no more, its late event counts too."""
    await journal.tell(
        *_remembered("anna", 50),
        told("anna", 48, CustomerLinked(alias="visitor:7")),
        told("anna", 40, PerceptionStated(health=50)),
        told("anna", 30, CustomerUnlinked(alias="visitor:7")),
    )
    await compare_some(pool, strategy, "", LAST, datetime.now(UTC))
    [kept] = await pool.fetch("select health from comparisons where customer = 'anna'")
    await journal.tell(told("visitor:7", 45, ContactRetold(contact_id="k", reason="x")))
    assert await compare_some(pool, strategy, "", LAST, datetime.now(UTC)) == 1
    [renewed] = await pool.fetch("select health from comparisons where customer = 'anna'")
    assert renewed["health"] < kept["health"]


async def test_what_is_summed_up_in_the_database_is_what_the_pairs_amount_to(
    pool: Pool, client: httpx.AsyncClient, strategy: Strategy
) -> None:
    """Given a thousand comparisons of sixty customers, the answer is that of all pairs, interval and all."""
    draw = Random(5)
    rows: list[tuple[Any, ...]] = []
    for number in range(1000):
        kind = draw.choice(["stated", "judged"])
        stated = draw.choice([None, draw.uniform(0, 100)]) if kind == "judged" else None
        health = draw.choice([None, 100.0, draw.uniform(0, 100)])
        said = draw.uniform(0, 100), health, draw.random(), stated
        rows.append((f"c{draw.randrange(60)}", number.to_bytes(16), kind, strategy.version, *said))
    await pool.executemany(
        """
            insert into comparisons (customer, identity, kind, strategy, said, health, confidence, stated)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        rows,
    )
    found = await _all(pool, strategy, client)
    read = [row for row in rows if row[5] is not None]
    known = [row for row in read if row[6] >= strategy.confidence_floor]
    for name, pairs in (
        ("stated", [Pair(row[0], row[4], row[5]) for row in known if row[2] == "stated"]),
        ("judged", [Pair(row[0], row[4], row[5]) for row in known if row[2] == "judged"]),
        ("judged_and_stated", [Pair(row[0], row[4], row[7]) for row in read if row[7] is not None]),
    ):
        expected = to_builtins(calibration(pairs))
        for figure in ("count", "customers", "enough", "mean_difference", "mean_distance"):
            assert found[name][figure] == pytest.approx(expected[figure])
        assert found[name]["mean_difference_within"] == pytest.approx(expected["mean_difference_within"])
        assert found[name]["buckets"] == [pytest.approx(bucket) for bucket in expected["buckets"]]
    unknown = [row for row in read if row[2] == "stated" and row[6] < strategy.confidence_floor]
    assert found["not_known"] == len(unknown)
    assert "With 95 % confidence that mean lies from" in (await client.get("/insight/calibration")).text


async def test_the_page_of_a_customer_sets_what_was_said_beside_what_was_read(
    journal: Journal, client: httpx.AsyncClient
) -> None:
    """Given a statement, and a judgement that is over, both stand with what was read, and no agent's name."""
    over = datetime.now(UTC) - timedelta(hours=10)
    await journal.tell(
        *_remembered("anna", 50),
        told("anna", 40, PerceptionStated(health=30)),
        told("anna", 30, JudgementMade(health=80, agent_id="Camille", reason="r", until=over)),
        told("anna", 20, PerceptionStated(health=55)),
    )
    views = (await ask(client, "anna", "calibration"))["views"]
    page = (await client.get("/customers/anna")).text
    section = page[page.index('id="views"') : page.index('id="timeline"')]
    rows = [re.sub(r"<[^>]*>|\s+", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", section, re.S)]
    assert len(rows) == 1 + len(views) == 4
    for row, view in zip(rows[1:], views, strict=True):
        assert row[-3:-1] == [f"{view['said']:.0f}", f"{view['health']:.0f}"]
        assert row[-1].lstrip("+−±") == f"{abs(view['said'] - view['health']):.0f}"
    assert "An agent" in section
    assert "meanwhile the customer stated 55" in section
    assert "Camille" not in section
    then = (await client.get("/customers/anna", params={"at": views[1]["said_at"]})).text
    assert "it still stands" in then
    assert 'id="views"' not in (await client.get("/customers/anna", params={"at": _ago(45)})).text


async def test_the_clock_compares_and_sums_up_by_itself(
    pool: Pool,
    database_url: str,
    journal: Journal,
    client: httpx.AsyncClient,
    strategy: Strategy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a statement, the answer over all has it once the clock has gone round, without anybody asking."""
    monkeypatch.setattr(service, "ROUND", 0.1)
    await journal.tell(*_remembered("anna", 50), told("anna", 40, PerceptionStated(health=50)))
    settings = Settings(kafka="nowhere:9092", database=database_url)
    clock = Clock(Context(settings, strategy, pool, Producer(settings.kafka, client="test")))

    async def counted() -> bool:
        answer = await client.get("/v1/calibration")
        return bool(answer.json()["stated"]["count"] == 1 and answer.json()["summed_at"])

    await clock.start()
    try:
        await until(counted)
    finally:
        await clock.stop()
