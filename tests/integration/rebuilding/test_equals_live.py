"""A rebuild makes of the journal what the projector made of the events as they came."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import Event
from projections.strategy import Strategy
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.identity.told import Journal
from tests.integration.rebuilding.anew import assert_same, kept, rebuild
from tests.unit.histories import streams

_EMPTY = """
    truncate journal, positions, dead_letters, contacts, promises, complaints, relationships, history,
        deadlines, causes, links, unannounced, erasures, erased, erasing
"""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams(), st.sets(st.integers(0, 60), max_size=4))
async def test_any_events_in_any_batches_are_rebuilt_to_the_rows_that_they_were_folded_to(
    pool: Pool, database_url: str, strategy: Strategy, stream: list[Event], cuts: set[int]
) -> None:
    """Matters, sums, readings, links, corrections, deadlines, revisions, erasures: all rows are the same."""
    await pool.execute(_EMPTY)
    await load(pool, INTERACTIONS, [0])
    journal = Journal(pool, strategy)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for first, last in pairwise(edges):
        if first < last:
            await journal.tell(*stream[first:last])
    before = await kept(pool)
    done = await rebuild(database_url, strategy)
    assert_same(before, await kept(pool))
    assert done.changed == 0
