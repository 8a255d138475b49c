"""What the services answer of linked customers is what `egard score` answers of the same events."""

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import CustomerErased, Event
from projections.strategy import Strategy
from services.insight.archive import Archive, Unheard
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.identity.told import Journal
from tests.unit.histories import SHIPPED, accepted, assert_same, streams, times
from tests.unit.test_score_readings import plain_reading

CUSTOMERS = ("anna", "bob", "visitor:7")

_EMPTY = """
    truncate journal, positions, dead_letters, contacts, promises, complaints, relationships,
        history, deadlines, causes, links
"""


def without_erasures(stream: list[Event]) -> list[Event]:
    """A stream of those who stay."""
    return [event for event in stream if not isinstance(event.data, CustomerErased)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams().map(without_erasures), st.sets(st.integers(0, 60), max_size=4), times)
async def test_services_and_score_agree_on_who_is_who_and_how_they_fare(
    pool: Pool, strategy: Strategy, stream: list[Event], cuts: set[int], when: datetime
) -> None:
    """For any events with links, their ends and corrections, in any batches: the same readings, always."""
    await pool.execute(_EMPTY)
    await load(pool, INTERACTIONS, [0])
    journal, archive = Journal(pool, strategy), Archive(pool, strategy)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for first, last in pairwise(edges):
        if first < last:
            await journal.tell(*stream[first:last])
    known = accepted(stream)
    for customer in CUSTOMERS:
        try:
            found = await archive.past(customer, when)
        except Unheard:
            continue
        then = plain_reading(known, customer, when.timestamp())
        assert found.health == pytest.approx(then.health, abs=1e-9)
        assert found.confidence == pytest.approx(then.confidence, abs=1e-9)
        [row] = await pool.fetch("select * from relationships where customer = $1", customer)
        now = plain_reading(known, customer, row["taken_at"].timestamp())
        kept = {name: row[name] for name in now.__struct_fields__}
        assert_same(type(now)(**kept), now, SHIPPED)
        assert (await archive.live(customer)).canonical == (row["canonical"] or customer)
