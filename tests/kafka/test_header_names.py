"""Header names that are not UTF-8: Apache Kafka takes them, and keeps aborted transactions among the rest."""

import pytest
from aiokafka import AIOKafkaProducer

from events import FrictionMet
from services.projector import Projector
from services.runtime.kafka import INTERACTIONS
from tests import misnamed
from tests.kafka.server import KafkaServer
from tests.kafka.straight import PARTITIONS
from tests.stack import Stack, Teller, running, until


@pytest.mark.parametrize("compression", [0, 4], ids=["plain", "zstd"])
async def test_a_header_name_that_is_no_text_stops_nothing_and_lets_nothing_aborted_through(
    kafka: KafkaServer, database_url: str, compression: int
) -> None:
    """The record is a dead letter, its neighbours are folded, and what was taken back before it stays so."""
    told = Teller(f"misnamed-{compression}")
    events = [told.tell(FrictionMet(what="lost")) for _ in range(3 * PARTITIONS)]
    taken_back = told.tell(FrictionMet(what="lost"), id="aborted")
    key = told.customer.encode()
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.address, transactional_id=told.customer
    ) as transactional:
        for partition in range(PARTITIONS):
            await transactional.begin_transaction()
            await transactional.send_and_wait(INTERACTIONS, taken_back.body, partition=partition)
            await transactional.abort_transaction()
            good = [(key, event.body, ()) for event in events[3 * partition : 3 * partition + 3]]
            bad = (key, b"{}", [(b"\xc3(\xff", b"1")])
            await misnamed.produce(
                kafka.address, INTERACTIONS, partition, [*good[:2], bad, good[2]], compression=compression
            )
    async with running(kafka.address, database_url, services=(Projector,)) as stack:

        async def there() -> bool:
            return {event.id for event in events} <= set(await stack.journal("/test"))

        await until(there)
        journal = [one for one in await stack.journal("/test") if one.startswith(told.customer)]
        assert len(journal) == len(events)
        assert "aborted" not in await stack.journal("/test")
        assert await refused(stack, key) == {(one, "not_json") for one in range(PARTITIONS)}


async def refused(stack: Stack, key: bytes) -> set[tuple[int, str]]:
    """Where dead letters of a key come from, and why."""
    rows = await stack.fetch("select kafka_partition, reason from dead_letters where key = $1", key)
    return {(row["kafka_partition"], row["reason"]) for row in rows}
