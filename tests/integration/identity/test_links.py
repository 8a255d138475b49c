"""Links in the database: all ids of a person have one reading, in whatever order things arrive."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from events import (
    ContactMissed,
    CustomerLinked,
    CustomerUnlinked,
    Data,
    Event,
    EventRetracted,
    PromiseKept,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
    make,
)
from projections.fold import fold_person
from projections.reading import read
from projections.strategy import Strategy
from services.insight.archive import Archive, Unheard
from services.projector.announcer import Announcer
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.people import QUERIES as PEOPLE
from services.runtime.people import hold
from services.runtime.producer import Outgoing, Producer
from tests.integration.identity.told import NOW, SAME, Journal, assert_verified, records, told
from tests.stack import until


def soon(subject: str, data: Data) -> Event:
    """The newest event of all lies ahead, so that no reading depends on the moment it is taken."""
    return make(
        data, subject=subject, source="/test", id="soon", time=datetime.now(UTC) + timedelta(minutes=4)
    )


def anna() -> list[Event]:
    """What befell Anna."""
    return [
        told("anna", 90, RecognitionRemembered(what="her dog")),
        told("anna", 80, PromiseMade(promise_id="p", what="call", due=NOW + timedelta(days=1))),
        soon("anna", RecognitionRemembered(what="her name")),
    ]


def bob() -> list[Event]:
    """What befell Bob: the same promise id is another promise."""
    return [
        told("bob", 70, RecognitionOverlooked(how="cold")),
        told("bob", 60, PromiseMade(promise_id="p", what="write", due=NOW - timedelta(days=1))),
        told("bob", 50, ContactMissed(contact_id="c", cause="rang_out")),
        soon("bob", RecognitionRemembered(what="his name")),
    ]


def health(events: list[Event], strategy: Strategy) -> object:
    """The health by the plain way: fold each id's events, and read all sums together."""
    at = max(event.at for event in events)
    sums = fold_person(events, strategy).sums_at(strategy, at)
    return pytest.approx(read(sums, strategy, at).health, abs=SAME)


async def kept(pool: Pool) -> dict[str, tuple[float, str | None]]:
    """Health and canonical id of each reading that is kept."""
    rows = await pool.fetch("select customer, health, canonical from relationships")
    return {row["customer"]: (row["health"], row["canonical"]) for row in rows}


async def test_linked_ids_have_one_reading_and_unlinking_gives_back_exactly_what_was(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """Linked, both ids read the sums of both; unlinked, each reads its own to the last bit."""
    hers, his = anna(), bob()
    await journal.tell(*hers, *his)
    before = await kept(pool)
    sums = "select * from relationships order by customer"
    rows = [dict(row) for row in await pool.fetch(sums)]
    await journal.tell(told("anna", 3, CustomerLinked(alias="bob")))
    both = health([*hers, *his], strategy)
    assert await kept(pool) == {"anna": (both, None), "bob": (both, "anna")}
    await journal.tell(told("bob", 2, CustomerUnlinked(alias="anna")))
    assert await kept(pool) == before
    for row, was in zip(await pool.fetch(sums), rows, strict=True):
        changed = {name for name in was if row[name] != was[name]}
        assert changed <= {"revision", "events", "taken_at", "changed_at"}
    await assert_verified(database_url)


async def test_whatever_happens_to_one_id_moves_all_of_the_person(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """An event under an alias renews every id's reading, and each one's revision rises."""
    hers, his = anna(), bob()
    await journal.tell(*hers, *his, told("carl", 5, CustomerLinked(alias="bob")))
    await journal.tell(told("bob", 3, CustomerLinked(alias="anna")))
    revisions = dict(await pool.fetch("select customer, revision from relationships"))
    more = told("bob", 1, RecognitionOverlooked(how="misnamed"))
    applied = await journal.tell(more)
    assert [(one.customer, one.taken.canonical) for one in applied.told] == [
        ("anna", None),
        ("bob", "anna"),
        ("carl", "anna"),
    ]
    assert all(one.revision > revisions[one.customer] for one in applied.told)
    whole = health([*hers, *his, more], strategy)
    assert [one.taken.reading.health for one in applied.told] == [whole] * 3


async def test_whatever_the_order_of_arrival_the_same_ids_are_linked(
    pool: Pool, database_url: str, journal: Journal
) -> None:
    """Links, what undoes them, and retractions of either: in any order and batches, one outcome."""
    for number, order in enumerate(permutations(range(5))):
        one, other = f"a{number:03}", f"b{number:03}"
        tale = [
            told(one, 9, CustomerLinked(alias=other), f"first-{number}"),
            told(other, 8, CustomerUnlinked(alias=one), f"mistaken-{number}"),
            told(other, 7, EventRetracted(source="/test", id=f"mistaken-{number}")),
            told(one, 6, RecognitionOverlooked(how="cold")),
            told(other, 5, RecognitionRemembered(what="x")),
        ]
        shuffled = [tale[place] for place in order]
        for batch in ([shuffled], [shuffled[:2], shuffled[2:]], [[event] for event in shuffled])[number % 3]:
            await journal.tell(*batch)
    rows = await pool.fetch("select customer, canonical from relationships")
    assert len(rows) == 240
    assert all(
        (row["canonical"] is None) == row["customer"].startswith("a")
        and row["canonical"] in (None, "a" + row["customer"][1:])
        for row in rows
    )
    await assert_verified(database_url)


async def test_a_retracted_link_never_was(pool: Pool, journal: Journal, strategy: Strategy) -> None:
    """Taking a link back parts the two, also where the retraction came first."""
    hers, his = anna(), bob()
    await journal.tell(*hers, *his, told("anna", 3, CustomerLinked(alias="bob"), "linked"))
    await journal.tell(told("anna", 2, EventRetracted(source="/test", id="linked")))
    apart = {"anna": (health(hers, strategy), None), "bob": (health(his, strategy), None)}
    assert await kept(pool) == apart
    await journal.tell(told("anna", 1, EventRetracted(source="/test", id="again")))
    await journal.tell(told("anna", 1, CustomerLinked(alias="bob"), "again"))
    assert await kept(pool) == apart


async def test_who_is_only_named_in_a_link_is_known_while_it_stands(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy
) -> None:
    """An id without events of its own has the person's reading; unlinked, it is heard of no more."""
    his = bob()
    await journal.tell(*his, told("bob", 3, CustomerLinked(alias="anna")))
    archive = Archive(pool, strategy)
    found = await archive.live("anna")
    assert (found.canonical, found.aliases, found.events) == ("anna", ["bob"], 5)
    assert [one.customer for one in await listed(archive)] == ["anna"]
    await assert_verified(database_url)
    applied = await journal.tell(told("bob", 2, CustomerUnlinked(alias="anna")))
    assert applied.gone == ["anna"]
    with pytest.raises(Unheard):
        await archive.live("anna")
    assert [one.customer for one in await listed(archive)] == ["bob"]
    await assert_verified(database_url)


async def listed(archive: Archive) -> list[Any]:
    """All that the list shows."""
    return await archive.listing(after="", bands=[], confidence=0.0, changed_since=None, limit=100)


async def test_agents_and_oneself_are_nobodys_alias(pool: Pool, journal: Journal) -> None:
    """A link with an agent, or with oneself, is journalled and changes nothing."""
    await journal.tell(
        told("anna", 3, CustomerLinked(alias="agent:lea")),
        told("agent:max", 3, CustomerLinked(alias="anna")),
        told("anna", 2, CustomerLinked(alias="anna")),
    )
    assert {canonical for _, canonical in (await kept(pool)).values()} == {None}
    assert await pool.fetchval("select count(*) from links") == 0


async def test_every_answer_covers_the_person_as_of_then(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Reading, timeline and promises hold both ids' events since they were linked, and not before."""
    hers, his = anna(), bob()
    link = told("bob", 20, CustomerLinked(alias="anna"))
    await journal.tell(*hers, *his, link)
    archive = Archive(pool, strategy)
    before, after = NOW - timedelta(hours=21), NOW - timedelta(hours=19)
    assert (await archive.past("bob", before)).aliases == []
    assert (await archive.past("bob", before)).events == 3
    assert (await archive.past("bob", after)).aliases == ["bob"]
    assert (await archive.past("bob", after)).events == 6
    now = await archive.live("bob")
    assert now.health == health([*hers, *his], strategy)
    assert (now.customer, now.canonical, now.aliases) == ("bob", "anna", ["bob"])
    history = await archive.history("bob", None)
    assert {event.id for event in history.events} == {event.id for event in [*hers, *his, link]}
    page, place, person = await archive.timeline("bob", None, 5)
    rest, end, _ = await archive.timeline("bob", place, 5)
    assert (person.canonical, end) == ("anna", None)
    ids = [one.event.id for one in [*page, *rest]]
    ordered = sorted([*hers, *his, link], key=lambda event: (event.order, event.subject), reverse=True)
    assert ids == [event.id for event in ordered]
    promises, _, _ = await archive.promises("anna")
    assert [(one.subject, one.promise_id, one.what) for one in promises] == [
        ("bob", "p", "write"),
        ("anna", "p", "call"),
    ]


async def test_lists_and_bands_count_a_person_once(pool: Pool, journal: Journal, strategy: Strategy) -> None:
    """Two ids that are one person are one line, found by either name, and one in the count of bands."""
    await journal.tell(*anna(), *bob(), told("bob", 3, CustomerLinked(alias="anna")))
    archive = Archive(pool, strategy)
    assert [one.customer for one in await listed(archive)] == ["anna"]
    assert sum((await archive.count_bands()).values()) == 1
    for beginning in ("an", "bo"):
        found = await archive.latest(before=None, bands=[], confidence=0.0, beginning=beginning, limit=9)
        assert [one.customer for one in found] == ["anna"]


async def test_a_kept_promise_counts_for_the_id_that_it_was_made_to(pool: Pool, journal: Journal) -> None:
    """Matters stay each id's own: to keep Bob's promise «p» leaves Anna's open."""
    await journal.tell(*anna(), *bob(), told("bob", 3, CustomerLinked(alias="anna")))
    await journal.tell(told("bob", 1, PromiseKept(promise_id="p")))
    rows = await pool.fetch("select customer from promises where kept is null")
    assert [row["customer"] for row in rows] == ["anna"]


class _Heard(Producer):
    """Keeps what would be published."""

    def __init__(self) -> None:
        super().__init__("nowhere:9092", client="test")
        self.heard: list[Outgoing] = []

    async def publish(self, records: Any) -> Any:
        """Notes records."""
        self.heard += list(records)


async def test_what_a_crash_left_unannounced_is_announced_for_all_ids(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """After a restart everybody whom a link or its end moved is announced; who is gone, without a value."""
    await journal.tell(*anna(), *bob(), told("bob", 9, CustomerLinked(alias="anna")))
    await journal.tell(told("carl", 8, CustomerLinked(alias="zoe")))
    await journal.tell(told("bob", 7, CustomerUnlinked(alias="anna")))
    await journal.tell(told("carl", 6, CustomerUnlinked(alias="zoe")))
    producer = _Heard()
    announcer = Announcer(pool, producer)
    await announcer.catch_up(0, 9, 11)
    heard = [(one.key, one.value is None) for one in producer.heard]
    assert heard == [(b"anna", False), (b"bob", False), (b"carl", False), (b"zoe", True)]


async def test_two_projectors_that_meet_on_one_person_agree(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Partitions applied at once, with links among them, leave the readings of all that is known."""
    partitions = range(4)
    await load(pool, INTERACTIONS, partitions)
    engine = Engine(pool, strategy, INTERACTIONS)
    names = [f"c{number}" for number in range(12)]

    async def apply(partition: int) -> None:
        some = names[partition::4]
        for step in range(6):
            events = [told(name, 9 - step, RecognitionOverlooked(how="cold")) for name in some]
            other = names[(partition * 5 + step * 3) % 12]
            if step % 2 and other != some[0]:
                events.append(told(some[0], 9 - step, CustomerLinked(alias=other)))
            batch = prepare(partition, step * 10, records(events, step * 10))
            batch.next = step * 10 + 10
            await engine.apply(batch, 0)

    await asyncio.gather(*(apply(partition) for partition in partitions))
    await assert_verified(database_url)
    archive = Archive(pool, strategy)
    for name in names:
        [row] = await pool.fetch("select health, taken_at from relationships where customer = $1", name)
        found = await archive.past(name, row["taken_at"].astimezone(UTC))
        live = await archive.live(name)
        assert row["health"] == pytest.approx(found.health, abs=SAME)
        assert live.canonical == found.canonical


async def test_who_is_who_is_answered_from_the_index(pool: Pool) -> None:
    """What every batch asks of links costs what its own customers cost, not all links there are."""
    query = PEOPLE["words"].replace("$1", "'{anna,bob}'")
    await pool.execute(
        "insert into links select 'c' || n, 'v' || n, 'c' || n, 'x'::bytea, true, now(), '', '' "
        "from generate_series(1, 5000) as n"
    )
    await pool.execute("analyze links")
    plan = "\n".join(row[0] for row in await pool.fetch(f"explain {query}"))
    assert "Seq Scan" not in plan
    assert plan.count("using links_pkey") + plan.count("on links_pkey") == 3


async def _waiting(pool: Pool) -> bool:
    found: bool = await pool.fetchval(
        "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
    )
    return found


async def test_who_is_who_does_not_change_under_a_batch(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A batch with a link waits for those under way, and those that come wait for it."""
    await load(pool, INTERACTIONS, [1])
    engine = Engine(pool, strategy, INTERACTIONS)
    async with pool.acquire() as under_way, under_way.transaction():
        await hold(under_way)
        await journal.tell(*anna())
        linking = asyncio.create_task(journal.tell(told("anna", 3, CustomerLinked(alias="bob"))))
        await until(lambda: _waiting(pool))
        assert not linking.done()
    await linking
    async with pool.acquire() as under_way, under_way.transaction():
        await hold(under_way, alone=True)
        plain = asyncio.create_task(engine.apply(prepare(1, 0, records(bob())), 0))
        await until(lambda: _waiting(pool))
        assert not plain.done()
    await plain


async def test_only_what_takes_a_link_back_waits_for_those_under_way(pool: Pool, journal: Journal) -> None:
    """Most of what is taken back is no word on a link, and changes nobody's aliases."""
    await journal.tell(*anna(), told("anna", 3, CustomerLinked(alias="bob"), "linked"))
    async with pool.acquire() as under_way, under_way.transaction():
        await hold(under_way)
        await journal.tell(told("anna", 2, EventRetracted(source="/test", id="soon")))
        parting = asyncio.create_task(
            journal.tell(told("anna", 1, EventRetracted(source="/test", id="linked")))
        )
        await until(lambda: _waiting(pool))
        assert not parting.done()
    await parting
    assert [canonical for _, canonical in (await kept(pool)).values()] == [None]


async def test_what_would_take_back_and_is_refused_does_not_stop_the_batch(
    pool: Pool, journal: Journal
) -> None:
    """Where an id is another event's of the batch, there is nothing to take back, also of whom is linked."""
    await journal.tell(*anna(), told("anna", 3, CustomerLinked(alias="bob"), "linked"))
    applied = await journal.tell(
        told("anna", 2, RecognitionRemembered(what="her dog"), "twice"),
        told("anna", 1, EventRetracted(source="/test", id="linked"), "twice"),
    )
    assert (applied.accepted, applied.refused) == (1, 1)
