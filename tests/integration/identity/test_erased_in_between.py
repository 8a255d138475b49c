"""Erasure takes those who are one person when it is asked for, wherever a batch begins and ends."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import (
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    EventRetracted,
    RecognitionRemembered,
)
from projections.strategy import Strategy
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.identity.told import Journal, assert_verified, told
from tests.unit.histories import streams

KNOWN = [
    told("anna", 50, RecognitionRemembered(what="her dog")),
    told("annas-new-id", 40, RecognitionRemembered(what="her cat")),
    told("friend", 30, RecognitionRemembered(what="his boat")),
]
LINKED = told("anna", 20, CustomerLinked(alias="friend"), "mistaken")
ERASED = told("anna", 0, CustomerErased())


@pytest.mark.parametrize(
    ("tale", "stay"),
    [
        pytest.param(
            [ERASED, told("annas-new-id", 0, CustomerLinked(alias="anna"))],
            {"annas-new-id", "friend"},
            id="linked-by-others",
        ),
        pytest.param(
            [ERASED, told("anna", 0, CustomerLinked(alias="annas-new-id"))],
            {"annas-new-id", "friend"},
            id="linked",
        ),
        pytest.param(
            [LINKED, ERASED, told("anna", 0, CustomerUnlinked(alias="friend"))],
            {"annas-new-id"},
            id="unlinked",
        ),
        pytest.param(
            [LINKED, ERASED, told("anna", 0, EventRetracted(source="/test", id="mistaken"))],
            {"annas-new-id"},
            id="retracted",
        ),
    ],
)
async def test_what_comes_after_an_erasure_in_its_batch_has_no_part_in_it(
    pool: Pool, journal: Journal, database_url: str, tale: Sequence[Event], stay: set[str]
) -> None:
    """Who is linked with an erased id later is not erased, and who is unlinked later is."""
    await journal.tell(*KNOWN)
    applied = await journal.tell(*tale)
    rows = await pool.fetch("select customer from relationships")
    assert {row["customer"] for row in rows} == stay
    assert set(applied.gone) == {"anna", "annas-new-id", "friend"} - stay
    await assert_verified(database_url)


_EMPTY = """
    truncate journal, positions, dead_letters, contacts, promises, complaints, relationships,
        history, deadlines, causes, links, unannounced, erasures, erased, erasing
"""


async def _come(
    pool: Pool, strategy: Strategy, batches: Sequence[Sequence[Event]]
) -> dict[str, list[tuple[Any, ...]]]:
    await pool.execute(_EMPTY)
    await load(pool, INTERACTIONS, [0])
    journal = Journal(pool, strategy)
    for batch in batches:
        await journal.tell(*batch)
    tables = {
        "journal": "customer, identity, body",
        "links": "customer, alias, said_by, identity, drawn, retracted_at",
        "relationships": "customer, events, newest, unsettled, corrected, canonical",
        "erased": "hash",
        "erasing": "customer",
        "deadlines": "customer, trigger, matter_id, due",
        "promises": "customer, promise_id",
        "contacts": "customer, contact_id",
        "dead_letters": "subject, event_id",
    }
    found = {}
    for table, what in tables.items():
        rows = await pool.fetch(f"select distinct {what} from {table} order by {what}")  # noqa: S608 - ours
        found[table] = [tuple(row) for row in rows]
    return found


async def test_an_erasure_that_has_the_id_of_another_event_is_no_less_asked_for(
    pool: Pool, journal: Journal
) -> None:
    """It is not journalled, and so takes nobody's place there: not in another batch, and not in the same."""
    for name in ("anna", "friend"):
        await journal.tell(told(name, 1, RecognitionRemembered(what="x"), "the same"))
    await journal.tell(told("anna", 0, CustomerErased(), "the same"))
    await journal.tell(
        told("friend", 1, RecognitionRemembered(what="x"), "again"),
        told("friend", 0, CustomerErased(), "again"),
    )
    assert await pool.fetchval("select count(*) from erased") == 2
    assert await pool.fetchval("select count(*) from relationships") == 0
    assert await pool.fetchval("select count(*) from dead_letters") == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams(), st.sets(st.integers(1, 60), max_size=6))
async def test_however_a_partition_is_cut_into_batches_the_same_is_left(
    pool: Pool, strategy: Strategy, stream: list[Event], cuts: set[int]
) -> None:
    """Erasures, links and corrections in one order come to the same, one by one and in any batches."""
    bodies = {(one.subject, one.identity): one.body for one in reversed(stream)}
    # Which of those that reuse an id is refused depends on which come in one batch.
    stream = [one for one in stream if one.body == bodies[one.subject, one.identity]]
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    whole = [stream[first:last] for first, last in pairwise(edges) if first < last]
    assert await _come(pool, strategy, whole) == await _come(pool, strategy, [[one] for one in stream])
