"""What was announced is kept, beside what is known now; the two differ where something came late."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import (
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    RecognitionOverlooked,
    RecognitionRemembered,
    make,
)
from projections.reading import Reading
from projections.strategy import Strategy
from services.insight.announced import runs_apart
from services.insight.answers import Announced
from services.runtime.database import Pool
from tests.integration.as_of.telling import Journal, ask, emptied, go_round, insight, members
from tests.unit.histories import SHIPPED, SPAN, START, accepted, assert_same, streams
from tests.unit.test_score_readings import plain_reading

CUSTOMERS = ("anna", "bob", "visitor:7")


def later_by(event: Event, span: timedelta) -> Event:
    """The same event, another time."""
    body = msgspec.json.decode(event.body)
    body["time"] = (event.time + span).isoformat()
    return msgspec.structs.replace(event, time=event.time + span, body=msgspec.json.encode(body))


def by_days(stream: list[Event], cuts: set[int]) -> list[list[Event]]:
    """A stream in batches, one for each day; nothing happens after it was told."""
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    return [stream[first:last] for first, last in pairwise(edges)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    streams().map(lambda some: [one for one in some if not isinstance(one.data, CustomerErased)]),
    st.sets(st.integers(0, 60), max_size=4),
)
async def test_what_was_announced_is_what_was_known_then_and_differs_only_where_something_came_late(
    pool: Pool, strategy: Strategy, stream: list[Event], cuts: set[int]
) -> None:
    """Each day some of a history arrives and the clock goes round: its rows hold what had arrived by then."""
    journal = await emptied(pool, strategy)
    # The clock's days lie ahead of the real one, whose now the projector's readings are of.
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    ahead = first - START - SPAN / 2
    known: list[Event] = []
    rounds: dict[datetime, list[Event]] = {}
    for day, batch in enumerate(by_days(stream, cuts)):
        arrived = first + timedelta(days=day)
        moved = [later_by(event, ahead) for event in batch]
        moved = [event for event in moved if event.time <= arrived]
        if moved:
            await journal.tell(*moved, arrived=arrived)
        known = accepted([*known, *moved])
        rounds[arrived + timedelta(hours=21)] = known
        await go_round(pool, strategy, arrived + timedelta(hours=21))
    async with insight(pool, strategy) as client:
        for customer in CUSTOMERS:
            found = await ask(client, customer, "history", limit=500)
            for row in found["readings"] if found else ():
                at = datetime.fromisoformat(row["taken_at"])
                announced, now = Reading(**row["announced"]), Reading(**row["known_now"])
                by_then = {(event.subject, event.identity) for event in rounds[at]}
                until = [event for event in known if event.time <= at]
                late = {event.subject for event in until if (event.subject, event.identity) not in by_then}
                person = members(known, customer, at.timestamp())
                then = plain_reading(rounds[at], customer, at.timestamp())
                assert_same(announced, then, SHIPPED)
                assert_same(now, plain_reading(known, customer, at.timestamp()), SHIPPED)
                assert row["known_as"] == min(members(rounds[at], customer, at.timestamp()))
                assert row["late"] == sum(
                    event.subject in person and (event.subject, event.identity) not in by_then
                    for event in until
                )
                if not late & {*person, *members(rounds[at], customer, at.timestamp())}:
                    assert not row["differs"]
                if row["differs"]:
                    assert abs(announced.health - now.health) > 1e-9 or announced != now
                    assert late


NOW = datetime.now(UTC).replace(microsecond=0)


def happened(subject: str, days: float, data: Any, name: str) -> Event:
    """An event of some days ago."""
    return make(data, subject=subject, source="/test", id=name, time=NOW - timedelta(days=days))


async def then(pool: Pool, days: float) -> None:
    """The readings that are kept become those of some days ago."""
    await pool.execute("update relationships set taken_at = $1", NOW - timedelta(days=days))


async def as_read(pool: Pool, strategy: Strategy, days: float) -> None:
    """As if the clock had gone round some days ago."""
    await then(pool, 400)
    assert (await go_round(pool, strategy, NOW - timedelta(days=days)))[0]


@pytest.fixture
async def late(pool: Pool, journal: Journal, strategy: Strategy) -> None:
    """Announced twice; between, something arrives that had happened before the first."""
    for number in range(4):
        await journal.tell(
            happened("anna", 60, RecognitionRemembered(what="x"), f"warm-{number}"),
            arrived=NOW - timedelta(days=60),
        )
    await as_read(pool, strategy, 20)
    await journal.tell(
        *(happened("anna", 50, RecognitionOverlooked(how="cold"), f"cold-{number}") for number in range(4)),
        arrived=NOW - timedelta(days=10),
    )
    await as_read(pool, strategy, 5)


async def test_history_says_what_was_announced_what_is_known_now_and_where_they_differ(
    client: httpx.AsyncClient, late: None
) -> None:
    """Before the late events, what was announced differs from what is known now; after them it does not."""
    found = await ask(client, "anna", "history")
    newer, older = found["readings"]
    assert [one["taken_at"] for one in (older, newer)] == [
        (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z") for days in (20, 5)
    ]
    assert [(one["differs"], one["late"]) for one in (older, newer)] == [(True, 4), (False, 0)]
    assert older["announced"]["health"] > older["known_now"]["health"]
    for one in (older, newer):
        now = await ask(client, "anna", "relationship", at=one["taken_at"])
        assert one["known_now"] == {name: now[name] for name in one["known_now"]}
    assert (found["customer"], found["next"]) == ("anna", None)


async def test_another_strategy_makes_a_difference_where_it_reads_otherwise(
    client: httpx.AsyncClient, pool: Pool, late: None, strategy: Strategy
) -> None:
    """A row keeps the version that it was taken by, and its own band."""
    await pool.execute("update history set strategy = 'before', band = 'thriving'")
    newer, _ = (await ask(client, "anna", "history"))["readings"]
    assert (newer["strategy"], newer["differs"], newer["late"]) == ("before", True, 0)
    await pool.execute("update history set band = $1", newer["known_now"]["band"])
    newer, _ = (await ask(client, "anna", "history"))["readings"]
    assert (newer["strategy"], newer["differs"]) == ("before", False)


async def test_pages_of_history_hold_every_row_once(client: httpx.AsyncClient, late: None) -> None:
    """The latest first, and the next page by its link."""
    whole = await ask(client, "anna", "history")
    first = await client.get("/v1/customers/anna/history", params={"limit": 1})
    second = await client.get(first.headers["link"].split(">")[0].lstrip("<"))
    assert [*first.json()["readings"], *second.json()["readings"]] == whole["readings"]
    assert "link" not in second.headers


async def test_of_somebody_unheard_of_there_is_no_history(client: httpx.AsyncClient, late: None) -> None:
    """404 for strangers and agents, and a sentence for a token that is none of ours."""
    for name in ("stranger", "agent:eve"):
        assert await ask(client, name, "history") is None
    answer = await client.get("/v1/customers/anna/history", params={"before": "x"})
    assert answer.status_code == httpx.codes.BAD_REQUEST


async def test_the_history_of_a_linked_id_is_that_of_the_person_while_it_was_linked(
    client: httpx.AsyncClient, pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Before and after a link an id has its own announcements; between, those of the canonical id."""
    for name in ("anna", "bob"):
        await journal.tell(happened(name, 90, RecognitionRemembered(what="x"), f"{name}-1"))
    await as_read(pool, strategy, 80)
    await journal.tell(happened("bob", 70, CustomerLinked(alias="anna"), "link"))
    for day in (60, 50, 40):
        await as_read(pool, strategy, day)
    await journal.tell(happened("bob", 30, CustomerUnlinked(alias="anna"), "part"))
    await as_read(pool, strategy, 20)

    async def of(customer: str) -> list[tuple[int, str]]:
        rows = (await ask(client, customer, "history"))["readings"][::-1]
        return [((NOW - datetime.fromisoformat(row["taken_at"])).days, row["known_as"]) for row in rows]

    assert await of("bob") == [(80, "bob"), (60, "anna"), (50, "anna"), (40, "anna"), (20, "bob")]
    assert await of("anna") == [(day, "anna") for day in (80, 60, 50, 40, 20)]


async def test_a_page_shows_what_was_announced_only_where_it_was_something_else(
    client: httpx.AsyncClient, pool: Pool, late: None, journal: Journal, strategy: Strategy
) -> None:
    """One thin line, and a sentence that says what it is; nothing of either where nothing came late."""
    warm = happened("bob", 60, RecognitionRemembered(what="x"), "warm")
    await journal.tell(warm, arrived=NOW - timedelta(days=60))
    await as_read(pool, strategy, 2)
    hers, his = (await client.get("/customers/anna")).text, (await client.get("/customers/bob")).text
    assert hers.count('class="curve announced"') == 1
    assert "The thin line: what was announced then" in hers
    assert "announced" not in his
    before = NOW - timedelta(days=19)
    then_ = (await client.get("/customers/anna", params={"at": before.isoformat()})).text
    assert then_.count('class="curve announced"') == 1


def test_a_drawing_joins_neighbours_that_were_announced_otherwise() -> None:
    """Stretches go from the earliest on, and what hardly differs ends one."""

    def one(day: int, apart: float) -> Announced:
        of = {"recognition": 50.0, "responsiveness": 50.0, "confidence": 0.5, "trend": 0.0}
        return Announced(
            taken_at=START + timedelta(days=day),
            known_as="anna",
            revision=1,
            strategy="x",
            announced=Reading(health=50.0 + apart, band="steady", **of),
            known_now=Reading(health=50.0, band="steady", **of),
            differs=apart != 0,
            late=0,
        )

    found = [one(day, apart) for day, apart in enumerate([0.0, 2.0, -3.0, 0.1, 0.5, 0.0])]
    runs = runs_apart(found[::-1], 0.5)
    assert [[row.taken_at.day - START.day for row in run] for run in runs] == [[1, 2], [4]]
