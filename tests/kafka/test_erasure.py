"""Erasure on Apache Kafka: neither what is late nor a replay of the whole topic brings anybody back."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from events import ContactRetold, CustomerErased, CustomerLinked, RecognitionRemembered
from services.projector import Projector
from services.projector.service import GROUP
from services.runtime.kafka import INTERACTIONS, RELATIONSHIPS
from tests.integration.identity.test_erasure import left
from tests.kafka.place import Place
from tests.kafka.straight import everything_on
from tests.stack import Stack, Teller, running, until

WORDS = ("anna", "visitor:7")


async def publish(brokers: str, records: Sequence[tuple[bytes, bytes]]) -> None:
    """Publishes keys and values, in order."""
    async with AIOKafkaProducer(bootstrap_servers=brokers) as producer:
        for key, value in records:
            await producer.send_and_wait(INTERACTIONS, value, key)


async def over(stack: Stack) -> Any:
    """Whether an erasure is."""
    return await stack.fetch("select 1 from erasures where finished_at is not null")


async def test_who_was_erased_stays_away_though_the_whole_topic_is_read_again(place: Place) -> None:
    """Forgotten under both ids, in every table and by the last announcement, also after a replay."""
    anna, visitor, friend = (Teller(name) for name in ("anna", "visitor:7", "friend"))
    life = [
        visitor.tell(ContactRetold(contact_id="c", reason="the bill"), ago=50),
        anna.tell(CustomerLinked(alias="visitor:7"), ago=40),
        *(anna.tell(RecognitionRemembered(what="x"), ago=30) for _ in range(3)),
        friend.tell(RecognitionRemembered(what="his boat"), ago=20),
    ]
    async with running(place.kafka, place.database, services=(Projector,)) as stack:
        await publish(place.kafka, [(one.subject.encode(), one.body) for one in life])
        await place.settled(within=20)
        assert await left(stack.context.pool, WORDS)
        request = anna.tell(CustomerErased())
        await publish(place.kafka, [(b"anna", request.body)])
        await until(partial(over, stack))
        assert await left(stack.context.pool, WORDS) == {}
        late = visitor.tell(RecognitionRemembered(what="late"))
        again = [(one.key, one.value) for one in await everything_on(place.kafka, INTERACTIONS)]
        assert len(again) == len(life) + 1
        await publish(place.kafka, [*again, (b"visitor:7", late.body)])
        await place.settled(within=20)
        assert await left(stack.context.pool, WORDS) == {}
        [row] = await stack.fetch("select events from relationships")
        assert row["events"] == 1
    last = {one.key: one.value for one in await everything_on(place.kafka, RELATIONSHIPS)}
    assert {key for key, value in last.items() if value is None} == {b"anna", b"visitor:7"}
    assert last[b"friend"]


class Aborted(Exception):  # noqa: N818 - it is meant
    """The transaction is given up."""


@pytest.mark.parametrize("aborted", [False, True], ids=["committed", "aborted"])
async def test_an_erasure_is_over_though_a_transaction_is_the_last_of_its_partition(
    place: Place, aborted: bool
) -> None:
    """A marker, or what was given up, at a quiet end keeps no ids, and is no lag for the tools of Kafka."""
    anna, quiet = Teller("anna"), TopicPartition(INTERACTIONS, 0)

    async def send(producer: AIOKafkaProducer, body: bytes) -> None:
        await producer.send_and_wait(INTERACTIONS, body, partition=quiet.partition)

    async with (
        running(place.kafka, place.database, services=(Projector,)) as stack,
        AIOKafkaProducer(bootstrap_servers=place.kafka, transactional_id="books") as books,
    ):
        async with books.transaction():
            await send(books, anna.tell(RecognitionRemembered(what="x"), ago=20).body)
            await send(books, anna.tell(CustomerErased()).body)
        if aborted:
            with suppress(Aborted):
                async with books.transaction():
                    await send(books, Teller("friend").tell(RecognitionRemembered(what="x")).body)
                    raise Aborted
        await until(partial(over, stack))
        assert await left(stack.context.pool, ["anna"]) == {}
        [row] = await stack.fetch("select next_offset from positions where kafka_partition = 0")
    assert row["next_offset"] == 2
    async with AIOKafkaConsumer(bootstrap_servers=place.kafka) as consumer:
        ends = await consumer.end_offsets([quiet])
    admin = AIOKafkaAdminClient(bootstrap_servers=place.kafka)
    await admin.start()
    committed = await admin.list_consumer_group_offsets(GROUP)
    await admin.close()
    assert committed[quiet].offset == ends[quiet] == (5 if aborted else 3)
