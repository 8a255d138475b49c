"""What is contested, in the database: whatever the order of arrival, it is what the fold says."""

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, count, permutations
from unittest.mock import patch

import pytest

from events import (
    ContactAnswered,
    ContactMissed,
    ContactRetold,
    Data,
    Event,
    EventRetracted,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecordContested,
    make,
)
from projections.fold import fold
from projections.reading import read
from projections.strategy import Strategy
from services.cli.verify import verify
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.positions import load
from services.projector.records import Record
from services.projector.sql import QUERIES
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS

NOW = datetime.now(UTC).replace(microsecond=0)
SOON = -4 / 60
"""Hours ago: the newest event of all lies ahead, so that no reading depends on the moment it is taken."""

SAME = 1e-9

_ids = count(1)


@pytest.fixture(autouse=True, scope="module")
def _now() -> None:
    """The present is that of these tests: others may have run for long since this was imported."""
    global NOW
    NOW = datetime.now(UTC).replace(microsecond=0)


def told(customer: str, hours: float, data: Data, name: str = "") -> Event:
    """An event of some hours ago."""
    return make(
        data,
        subject=customer,
        source="/test",
        id=name or f"e{next(_ids)}",
        time=NOW - timedelta(hours=hours),
    )


def story(customer: str) -> list[Event]:
    """A contact that is contested as a whole, an event contested by its id; one contest is taken back."""
    return [
        told(customer, 9, ContactMissed(contact_id="call", cause="rang_out")),
        told(customer, 8, ContactRetold(contact_id="call", reason="the bill")),
        told(customer, 7, RecordContested(about="call")),
        told(customer, 6, RecordContested(about="cold"), "mistaken"),
        told(customer, 5, EventRetracted(source="/test", id="mistaken")),
        told(customer, 4, RecognitionOverlooked(how="cold"), "cold"),
    ]


def newest(customer: str) -> Event:
    """The event by whose time readings are taken."""
    return told(customer, SOON, RecognitionRemembered(what="her name"))


class Journal:
    """Brings batches to the database as the projector does, without Kafka."""

    def __init__(self, pool: Pool, strategy: Strategy) -> None:
        self._engine = Engine(pool, strategy, INTERACTIONS)
        self._next = 0

    async def tell(self, events: Sequence[Event]) -> None:
        arrived = int(datetime.now(UTC).timestamp() * 1000)
        records = [
            Record(self._next + place, None, one.body, [], arrived) for place, one in enumerate(events)
        ]
        await self._engine.apply(prepare(0, self._next, records), 0)
        self._next += len(records)


@pytest.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """A journal to tell events to."""
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


async def kept(pool: Pool) -> float:
    """The health that lists show of the one customer there is."""
    [row] = await pool.fetch("select health from relationships")
    return float(row["health"])


def health(events: Sequence[Event], strategy: Strategy) -> object:
    """The health by the plain way, to compare with."""
    at = (NOW - timedelta(hours=SOON)).timestamp()
    return pytest.approx(read(fold(events, strategy).sums_at(strategy, at), strategy, at).health, abs=SAME)


async def test_whatever_the_order_of_arrival_the_database_holds_what_the_fold_says(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Contests and retractions before, after or amid what they name, one by one and in batches: all agree."""
    tales: list[tuple[str, list[list[Event]]]] = []
    for number, order in enumerate(permutations(range(6))):
        customer = f"c{number}"
        events = story(customer)
        shuffled = [events[place] for place in order]
        # A third comes one by one, a third in two batches, a third with repetitions.
        cuts: list[list[Event]] = [
            [shuffled[:3], shuffled[3:]],
            [[one] for one in shuffled],
            [shuffled[:2], shuffled, shuffled[4:]],
        ][number % 3]
        tales.append((customer, cuts))
    await journal.tell([newest(customer) for customer, _ in tales])
    for step in range(6):
        together = chain.from_iterable(cuts[step] for _, cuts in tales if step < len(cuts))
        await journal.tell(list(together))
    with patch.dict(os.environ, EGARD_DATABASE=database_url):
        assert await verify() == 0
    wanted = health([*story("c0"), newest("c0")], strategy)
    assert all(row["health"] == wanted for row in await pool.fetch("select health from relationships"))


async def test_a_contest_moves_the_reading_and_its_retraction_moves_it_back(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Contested, a contact counts for nothing; once the contest is taken back, it counts as it did."""
    missed = told("anna", 30, ContactMissed(contact_id="call", cause="rang_out"))
    others = [told("anna", 29, RecognitionOverlooked(how="cold")), newest("anna")]
    contest = told("anna", 1, RecordContested(about="call", reason="I never called"))
    await journal.tell([missed, *others])
    assert await kept(pool) == health([missed, *others], strategy)
    await journal.tell([contest])
    assert await kept(pool) == health(others, strategy)
    await journal.tell([told("anna", 0.5, EventRetracted(source="/test", id=contest.id))])
    assert await kept(pool) == health([missed, *others], strategy)


async def test_what_arrives_under_a_standing_contest_counts_for_nothing(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A contest of nothing known has no effect, and takes effect on what comes under that name later."""
    others = [told("anna", 4, RecognitionOverlooked(how="cold")), newest("anna")]
    await journal.tell([*others, told("anna", 3, RecordContested(about="call"))])
    assert await kept(pool) == health(others, strategy)
    await journal.tell([told("anna", 2, ContactMissed(contact_id="call", cause="rang_out"))])
    await journal.tell([told("anna", 1, ContactAnswered(contact_id="call", by="human", waited_s=1e6))])
    assert await kept(pool) == health(others, strategy)
    assert await pool.fetchval("select count(*) from contacts") == 0
    assert await pool.fetchval("select events from relationships") == 5


async def test_a_contested_promise_has_no_deadline_until_the_contest_is_taken_back(
    pool: Pool, journal: Journal
) -> None:
    """The clock does not wait for what the customer says was never promised."""
    made = told("anna", 1, PromiseMade(promise_id="p", what="call", due=NOW + timedelta(days=1)))
    contest = told("anna", 0.5, RecordContested(about="p"))
    await journal.tell([made])
    deadlines = "select trigger, matter_id, due, event_id from deadlines order by trigger"
    before = await pool.fetch(deadlines)
    assert [row["trigger"] for row in before] == ["promise_due", "promise_overdue"]
    await journal.tell([contest])
    assert await pool.fetch(deadlines) == []
    await journal.tell([told("anna", 0.2, EventRetracted(source="/test", id=contest.id))])
    assert await pool.fetch(deadlines) == before


async def test_batches_ask_an_index_for_corrections(pool: Pool) -> None:
    """What every batch asks is answered from the index of corrections, not from anybody's whole journal."""
    query = QUERIES["corrections"].replace("$1", "'{anna}'")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        plan = await connection.fetch(f"explain {query}")
    lines = " ".join(row[0] for row in plan)
    named = set(re.findall(r"(?:Index Scan using|Bitmap Index Scan on) (\S+)", lines))
    assert named
    assert named <= {row["name"] for row in await pool.fetch(_PARTS_OF_INDEX)}


_PARTS_OF_INDEX = """
    select inhrelid::regclass::text as name
    from pg_inherits
    where inhparent = 'journal_corrections'::regclass
"""
