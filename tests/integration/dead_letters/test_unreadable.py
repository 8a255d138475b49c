"""Records that a client library cannot read, or that come without a time: neither stops the line."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from events import FrictionMet
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.projector import Projector, partitions, standstill
from services.projector.consumer import Consumer
from services.runtime.kafka import INTERACTIONS
from tests import misnamed
from tests.conftest import fresh_database
from tests.integration.dead_letters.letters import journalled, letters, send
from tests.stack import Stack, Teller, running, until


async def test_a_header_name_that_is_no_text_stops_nothing(
    database_server: EmbeddedDatabase, told: Teller, caplog: pytest.LogCaptureFixture
) -> None:
    """The record is a dead letter; its neighbours in batch and partition, and in others, are folded."""
    events = [told.tell(FrictionMet(what="lost")) for _ in range(12)]
    customer = told.customer.encode()
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        for partition, compression in enumerate((0, 1, 3, 4)):
            made: list[misnamed.Made] = [
                (customer, event.body, []) for event in events[3 * partition : 3 * partition + 3]
            ]
            bad = (customer, b"{}", [(b"\xc3(\xff", b"\xfe"), ("é".encode(), b"1")])
            await misnamed.produce(
                broker.address, INTERACTIONS, partition, [*made[:2], bad, made[2]], compression=compression
            )
        async for url in fresh_database(database_server):
            async with running(broker.address, url, services=(Projector,)) as stack:
                await journalled(stack, told, *(event.id for event in events))
                found = await letters(stack, told)
                # And it goes on as before.
                await send(stack, told, told.tell(FrictionMet(what="lost"), id=f"{told.customer}-z").body)
                await journalled(stack, told, *(event.id for event in events), f"{told.customer}-z")
    assert [one["kafka_offset"] for one in found] == [2, 2, 2, 2]
    assert {(one["reason"], one["detail"]) for one in found} == {
        ("not_json", "The name of a header is not UTF-8: '\ufffd(\ufffd'.")
    }
    assert {one["headers"] for one in found} == {'[["\ufffd(\ufffd", "/g=="], ["é", "MQ=="]]'}
    assert "cannot be read" not in caplog.text


async def test_a_partition_that_cannot_be_read_holds_up_no_other_and_sounds_an_alarm(
    database_server: EmbeddedDatabase,
    told: Teller,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its neighbours lose nothing and go on; the log names it, and says so when it has stood still."""
    events = [told.tell(FrictionMet(what="lost")) for _ in range(20)]

    async def failing(self: Consumer, place: Any, most: int) -> list[Any]:
        raise ValueError("no way to unpack this")

    # The partition that fails is the last to be taken from what was fetched: the others are in hand by then.
    monkeypatch.setattr("aiokafka.consumer.fetcher.random.shuffle", list.sort)
    monkeypatch.setattr(Consumer, "_escaping", failing)
    monkeypatch.setattr(standstill, "STILL", 0.5)
    monkeypatch.setattr(partitions, "_HOUSEKEEPING", 0.1)
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        await misnamed.produce(broker.address, INTERACTIONS, 3, [(b"k", b"{}", [(b"\xff", b"")])])
        async with AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
            for place, event in enumerate(events):
                await producer.send_and_wait(INTERACTIONS, event.body, partition=place % 3)
        with caplog.at_level(logging.WARNING):
            async for url in fresh_database(database_server):
                async with running(broker.address, url, services=(Projector,)) as stack:
                    await journalled(stack, told, *(event.id for event in events))

                    async def alarmed() -> bool:
                        return "stands still" in caplog.text

                    await until(alarmed)
    assert caplog.text.count("Partition 3 of egard.interactions cannot be read at present: no way") == 1
    assert "Partition 3 stands still: offset 0 is next, the end is 1;" in caplog.text


@pytest.mark.parametrize("timestamp", [1, int(datetime(2090, 1, 1, tzinfo=UTC).timestamp() * 1000)])
async def test_a_publishers_clock_is_not_the_time_of_arrival(
    stack: Stack, told: Teller, timestamp: int
) -> None:
    """Where the broker does not stamp records, they arrive when they are read, whatever their stamp says."""
    event = told.tell(FrictionMet(what="lost"))
    ahead = told.tell(FrictionMet(what="lost"), ago=-3600)
    async with AIOKafkaProducer(bootstrap_servers=stack.context.settings.kafka) as producer:
        for one in (event, ahead):
            await producer.send_and_wait(
                INTERACTIONS, one.body, key=told.customer.encode(), partition=0, timestamp_ms=timestamp
            )
    await journalled(stack, told, event.id)
    [letter] = await until(lambda: letters(stack, told))
    assert (letter["reason"], letter["event_id"]) == ("time_ahead", ahead.id)
    [row] = await stack.fetch("select arrived from journal where customer = $1", told.customer)
    assert abs(datetime.now(UTC) - row["arrived"]) < timedelta(minutes=1)
