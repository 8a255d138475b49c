"""Erasure in the database: everything goes, under every alias, and nothing of it comes back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import (
    ComplaintRaised,
    ContactMissed,
    ContactRetold,
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    EventRetracted,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
)
from projections.strategy import Strategy
from services.clock import Clock
from services.clock.rounds import Rounds
from services.outreach import Outreach
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.positions import load
from services.projector.records import Record
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from tests.integration.identity.told import NOW, Journal, records, told
from tests.integration.test_crashes import DIED, Fragile

WORDS = ("anna", "visitor:7", "a secret of hers", "YW5uYQ==", "dmlzaXRvcjo3")
"""What must not be left: ids, what events say, and the ids as headers keep them."""


def life() -> list[Event]:
    """A life under two ids that leaves a row in every table, and a friend who stays."""
    due = NOW - timedelta(hours=1)
    return [
        told("visitor:7", 60, ContactMissed(contact_id="c", cause="rang_out", reason="a secret of hers")),
        told("anna", 50, CustomerLinked(alias="visitor:7")),
        told("anna", 40, ComplaintRaised(complaint_id="k")),
        told("visitor:7", 30, PromiseMade(promise_id="p", what="a secret of hers", due=due)),
        told("anna", 29, PromiseMade(promise_id="q", what="a secret", due=NOW + timedelta(days=3))),
        *(told("anna", 5 - n, ContactRetold(contact_id="c", reason="a secret of hers")) for n in range(3)),
        told("friend", 20, CustomerLinked(alias="anna"), "mistaken"),
        told("friend", 19, EventRetracted(source="/test", id="mistaken")),
        told("friend", 18, CustomerLinked(alias="visitor:7")),
        told("friend", 17, CustomerUnlinked(alias="visitor:7")),
        told("friend", 16, RecognitionRemembered(what="his boat")),
    ]


def broken(offset: int) -> list[Record]:
    """Records that are refused and name her: by subject, key or header, or somewhere in what is no JSON."""
    body = told("anna", 1, PromiseMade(promise_id="r", what="a secret of hers", due=NOW)).body
    values: list[tuple[bytes, bytes, list[tuple[str, bytes | None]]]] = [
        (b"k", body.replace(b'"what"', b'"that"'), []),
        (b"anna", b"\xff a secret of hers", []),
        (b"k", b"{}", [("ce_subject", b"visitor:7"), ("ce_id", b"1")]),
        (b"k", b'{"subject": "visitor:7", a secret of hers', []),
    ]
    arrived = int(NOW.timestamp() * 1000)
    return [
        Record(offset + place, key, value, headers, arrived)
        for place, (key, value, headers) in enumerate(values)
    ]


def erased(subject: str = "anna") -> Event:
    """She asks to be forgotten."""
    return told(subject, 0, CustomerErased())


async def left(pool: Pool, words: Sequence[str] = WORDS) -> dict[str, list[str]]:
    """Every row of every table that holds one of some words, by table; bytes are looked into."""
    tables = await pool.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') "
        "and not relispartition"
    )
    found: dict[str, list[str]] = {}
    for (table,) in tables:
        for row in await pool.fetch(f'select * from "{table}"'):  # noqa: S608 - names of our own tables
            text = " ".join(
                value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row
            )
            if any(word in text for word in words):
                found.setdefault(table, []).append(text)
    return found


async def prompted(pool: Pool, url: str, strategy: Strategy) -> Context:
    """Lets outreach decide on what there is, and the clock keep what was announced."""
    settings = Settings(kafka="nowhere:9092", database=url)
    context = Context(settings, strategy, pool, Producer(settings.kafka, client="test"))
    await Clock(context).turn_deadlines(datetime.now(UTC))
    await Outreach(context).decide_some()
    await Rounds(pool, strategy).step("", datetime.now(UTC))
    return context


async def finish(pool: Pool) -> None:
    """Forgets the ids of erasures that are not over, as the second sweep does at its end."""
    await pool.execute("delete from erasing")


async def test_everything_of_a_person_goes_and_an_audit_row_stays(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Every table is swept of every alias; what stays says when and how many rows, and a hash for each id."""
    tale = life()
    await journal.tell(*tale)
    await journal.tell_records(broken(len(tale)))
    await prompted(pool, database_url, strategy)
    await journal.tell(told("anna", 1, ContactRetold(contact_id="c", reason="again")))
    before = await left(pool)
    assert before.keys() == {
        *("journal", "contacts", "promises", "complaints", "relationships", "history"),
        *("links", "deadlines", "causes", "prompts", "outbox", "dead_letters"),
    }
    applied = await journal.tell(erased())
    assert applied.gone == ["anna", "visitor:7"]
    assert await left(pool) == {"erasing": ["anna 1", "visitor:7 1"]}
    await finish(pool)
    assert await left(pool) == {}
    [audit] = await pool.fetch("select rows, finished_at, asked_at from erasures")
    assert audit["rows"] == sum(len(rows) for rows in before.values())
    assert audit["asked_at"] == NOW
    assert await pool.fetchval("select count(*) from erased") == 2
    [friend] = await pool.fetch("select events, newest from relationships")
    assert (friend["events"], friend["newest"]) == (2, NOW - timedelta(hours=16))


async def test_a_replay_of_the_whole_topic_brings_nothing_back(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Read again from the beginning, what is hers is dropped and counted, and what is not changes nothing."""
    tale = life()
    topic = [*records(tale), *broken(len(tale)), *records([erased()], len(tale) + 4)]
    await journal.tell_records(topic)
    await finish(pool)
    stayed = await pool.fetch("select customer, identity from journal order by 1, 2")
    audits = await pool.fetch("select * from erasures")
    await pool.execute("update positions set next_offset = 0, announced_offset = 0")
    replay = Journal(pool, strategy)
    applied = await replay.tell_records(topic)
    assert (applied.dropped, applied.refused, applied.accepted) == (16, 0, 0)
    late = told("visitor:7", 0, RecognitionRemembered(what="a secret of hers"))
    applied = await replay.tell(late, told("friend", 0, CustomerLinked(alias="anna")), erased("visitor:7"))
    assert (applied.dropped, applied.accepted, applied.told) == (3, 0, [])
    await prompted(pool, database_url, strategy)
    assert await left(pool) == {}
    assert await pool.fetch("select customer, identity from journal order by 1, 2") == stayed
    assert await pool.fetch("select * from erasures") == audits


async def test_a_friend_who_was_linked_and_is_no_more_stays_without_a_word_of_it(
    pool: Pool, journal: Journal
) -> None:
    """Who was never more than named in a link with her, and is not hers, goes; who has a life stays."""
    await journal.tell(
        told("anna", 9, RecognitionRemembered(what="x")),
        told("only-named", 8, CustomerLinked(alias="anna")),
        told("only-named", 7, CustomerUnlinked(alias="anna")),
    )
    await journal.tell(erased())
    await finish(pool)
    assert await left(pool, ["anna"]) == {}
    # They wait to be taken back from readers, which `test_nobodies_announced.py` is about.
    assert await left(pool, ["only-named"]) == {"unannounced": ["only-named"]}


async def test_a_prompt_for_another_that_rests_on_her_words_goes_too(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Prompted while the two were linked, a prompt under the other id holds what she told: it is swept."""
    await journal.tell(
        told("anna", 5, ContactRetold(contact_id="c", reason="a secret of hers")),
        told("abel", 4, CustomerLinked(alias="anna")),
        told("abel", 3, ContactRetold(contact_id="d", reason="a secret of hers")),
    )
    await prompted(pool, database_url, strategy)
    assert await pool.fetchval("select customer from prompts where state = 'open'") == "abel"
    await journal.tell(told("abel", 1, CustomerUnlinked(alias="anna")), erased())
    assert await pool.fetchval("select count(*) from prompts") == 0
    assert await pool.fetchval("select count(*) from relationships") == 1


STATEMENTS = 32
"""How many statements a batch is that erases somebody; each is a place to die after."""


@pytest.mark.parametrize("statement", range(1, STATEMENTS + 1))
async def test_a_crash_in_the_middle_of_a_sweep_leaves_all_and_costs_nothing(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, statement: int
) -> None:
    """Killed after any statement, nothing was swept; tried again, everything is."""
    tale = life()
    await journal.tell(*tale)
    await journal.tell_records(broken(len(tale)))
    await prompted(pool, database_url, strategy)
    place = len(tale) + 4
    batch = prepare(0, place, records([erased()], place))
    whole = await left(pool)
    dying: Any = Fragile(pool, dies_after=statement)
    with pytest.raises(DIED):
        await Engine(dying, strategy, INTERACTIONS).apply(batch, 0)
    assert await left(pool) == whole
    counted: Any = Fragile(pool)
    assert (await Engine(counted, strategy, INTERACTIONS).apply(batch, 0)).gone == ["anna", "visitor:7"]
    # A new session makes its staging tables first.
    assert counted.statements == STATEMENTS + 1
    await finish(pool)
    assert await left(pool) == {}


_EMPTY = """
    truncate journal, positions, dead_letters, contacts, promises, complaints, relationships,
        history, deadlines, causes, links, unannounced, erasures, erased, erasing
"""


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_whatever_the_batches_before_and_after_it_nothing_of_her_is_left(
    pool: Pool, strategy: Strategy, data: st.DataObject
) -> None:
    """Her events in any order and any batches around the erasure: once all have come, there is nothing."""
    await pool.execute(_EMPTY)
    await load(pool, INTERACTIONS, [0])
    link, *others = [
        told("anna", 50, CustomerLinked(alias="visitor:7")),
        *(told("anna", hours, RecognitionOverlooked(how="cold")) for hours in range(9, 5, -1)),
        *(told("visitor:7", hours, RecognitionRemembered(what="a secret of hers")) for hours in (4, 3)),
        told("friend", 2, RecognitionRemembered(what="his boat")),
    ]
    shuffled = data.draw(st.permutations([*others, erased()]))
    asks = next(place for place, event in enumerate(shuffled) if isinstance(event.data, CustomerErased))
    # Who she was is known when she asks; her other events may come before or after.
    shuffled.insert(data.draw(st.integers(0, asks)), link)
    journal = Journal(pool, strategy)
    rest = shuffled
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        await journal.tell(*rest[:cut])
        rest = rest[cut:]
    await finish(pool)
    assert await left(pool) == {}
    assert [row["customer"] for row in await pool.fetch("select customer from journal")] == ["friend"]


async def test_who_is_unheard_of_may_be_erased_and_never_appears(pool: Pool, journal: Journal) -> None:
    """The request may come before the first event: later ones are dropped."""
    await journal.tell(erased("nobody"))
    applied = await journal.tell(told("nobody", 1, RecognitionRemembered(what="x")))
    assert (applied.dropped, applied.accepted) == (1, 0)
    assert await pool.fetchval("select rows from erasures") == 0


async def test_a_key_that_does_not_fit_stops_the_projector(pool: Pool, strategy: Strategy) -> None:
    """With another key the erased would not be known again: nothing is applied, and one sentence says why."""
    await load(pool, INTERACTIONS, [0])
    key = "a secret of the installation"
    first = Engine(pool, strategy, INTERACTIONS, erasure_key=key)
    await first.apply(prepare(0, 0, records([erased()])), 0)
    for other in (None, "another secret of the installation"):
        engine = Engine(pool, strategy, INTERACTIONS, erasure_key=other)
        with pytest.raises(Fatal, match="EGARD_ERASURE_KEY"):
            await engine.apply(prepare(0, 1, records([erased()], 1)), 0)
    again = Engine(pool, strategy, INTERACTIONS, erasure_key=key)
    assert (await again.apply(prepare(0, 1, records([erased()], 1)), 0)).dropped == 1
