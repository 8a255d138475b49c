"""Whoever writes a customer's first row at once with another begins anew, and nothing is lost or doubled."""

import asyncio
import random

import pytest

from events import ContactAttempted, PromiseMade, RecognitionOverlooked
from projections.strategy import Strategy
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.positions import load
from services.runtime import database as databases
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.identity.told import NOW, assert_verified, records, told
from tests.stack import until

PARTITIONS = range(4)
_MANY = 8
"""Partitions at a time that are more than a few tries would do for."""

NAMES = [f"c{number:02}" for number in range(40)]


async def test_partitions_that_speak_of_the_same_new_customers_agree(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Four partitions applied at once, each with events of the same forty customers whom nobody knew."""
    await load(pool, INTERACTIONS, PARTITIONS)
    engine = Engine(pool, strategy, INTERACTIONS)

    async def apply(partition: int) -> None:
        names = NAMES[:: -1 if partition % 2 else 1]
        events = [told(name, 3, RecognitionOverlooked(how="cold"), f"{partition}-{name}") for name in names]
        events += [
            told(name, 2, ContactAttempted(contact_id="c", channel="phone"), f"{partition}-c-{name}")
            for name in names
        ]
        await engine.apply(prepare(partition, 0, records(events)), 0)

    await asyncio.gather(*(apply(partition) for partition in PARTITIONS))
    rows = await pool.fetch("select events, revision, unsettled from relationships")
    assert [tuple(row) for row in rows] == [(8, 4, 1)] * len(NAMES)
    await assert_verified(database_url)


async def test_who_meets_a_first_row_waits_and_begins_anew(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """The later of two waits for the earlier's commit, and then adds to the row that it left."""
    await load(pool, INTERACTIONS, PARTITIONS)
    engine = Engine(pool, strategy, INTERACTIONS)
    first = told("anna", 3, PromiseMade(promise_id="p", what="a call", due=NOW))
    second = told("anna", 2, RecognitionOverlooked(how="cold"))
    await engine.apply(prepare(0, 0, records([first])), 0)
    rows = await pool.fetch("select * from relationships")
    async with pool.acquire() as other, other.transaction():
        # As if the earlier had not committed yet: its row is there for nobody else.
        await other.execute("delete from relationships")
        await other.execute("insert into relationships select ($1::relationships).*", rows[0])
        later = asyncio.create_task(engine.apply(prepare(1, 0, records([second])), 0))

        async def waits() -> bool:
            found: bool = await pool.fetchval("select exists (select from pg_locks where not granted)")
            return found

        await until(waits)
        assert not later.done()
    await later
    assert await pool.fetchval("select events from relationships") == 2
    await assert_verified(database_url)


@pytest.mark.parametrize("engines", [1, 2])
async def test_however_many_partitions_bring_new_customers_all_is_folded(
    database_url: str, strategy: Strategy, engines: int
) -> None:
    """Again and again another batch writes the first row of a customer: all are applied, each event once."""
    pool = await databases.connect(database_url, size=_MANY + 1)
    await load(pool, INTERACTIONS, range(_MANY))
    members = [Engine(pool, strategy, INTERACTIONS) for _ in range(engines)]
    names = [f"customer-{number}" for number in range(600)]

    async def apply(partition: int) -> int:
        """Events of everybody, in an order of the partition's own, a hundred at a time."""
        everybody = random.Random(partition).sample(names, len(names))
        some = records(
            [told(name, 1, RecognitionOverlooked(how="cold"), f"{partition}-{name}") for name in everybody]
        )
        accepted = 0
        for first in range(0, len(some), 100):
            batch = prepare(partition, first, some[first : first + 100])
            accepted += (await members[partition % engines].apply(batch, 0)).accepted
        return accepted

    assert await asyncio.gather(*map(apply, range(_MANY))) == [len(names)] * _MANY
    rows = await pool.fetch("select distinct events, revision from relationships")
    await pool.close()
    assert [tuple(row) for row in rows] == [(_MANY, _MANY)]
