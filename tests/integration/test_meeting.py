"""Batches of several partitions that speak of the same customers, whom nobody knew before."""

import asyncio
import random

import pytest

from events import RecognitionRemembered
from projections.strategy import Strategy
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.positions import load
from services.projector.records import Record
from services.runtime import database as databases
from services.runtime.kafka import INTERACTIONS
from tests.stack import Teller

PARTITIONS = 8
CUSTOMERS = 600
IN_BATCH = 100


@pytest.mark.parametrize("engines", [1, 2])
async def test_however_many_partitions_bring_new_customers_all_is_folded(
    database_url: str, strategy: Strategy, engines: int
) -> None:
    """Again and again another batch writes the first row of a customer: all are applied, each event once."""
    pool = await databases.connect(database_url, size=PARTITIONS + 1)
    tellers = [Teller(f"customer-{number}") for number in range(CUSTOMERS)]
    await load(pool, INTERACTIONS, list(range(PARTITIONS)))
    members = [Engine(pool, strategy, INTERACTIONS) for _ in range(engines)]

    async def apply(partition: int) -> int:
        """Events of everybody, in an order of the partition's own, batch after batch."""
        events = [
            teller.tell(RecognitionRemembered(what="x"))
            for teller in random.Random(partition).sample(tellers, CUSTOMERS)
        ]
        records = [
            Record(place, event.subject.encode(), event.body, (), int(event.time.timestamp() * 1000))
            for place, event in enumerate(events)
        ]
        accepted = 0
        for first in range(0, CUSTOMERS, IN_BATCH):
            batch = prepare(partition, first, records[first : first + IN_BATCH])
            accepted += (await members[partition % engines].apply(batch, 0)).accepted
        return accepted

    assert await asyncio.gather(*map(apply, range(PARTITIONS))) == [CUSTOMERS] * PARTITIONS
    rows = await pool.fetch("select distinct events, revision from relationships")
    await pool.close()
    assert [tuple(row) for row in rows] == [(PARTITIONS, PARTITIONS)]
