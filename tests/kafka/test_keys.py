"""No correctness rests on partitioning: librdkafka puts most keys elsewhere than Java's clients and we do."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from confluent_kafka import Producer

from events import ContactAnswered, ContactAttempted, Event, PromiseKept, PromiseMade, RecognitionRemembered
from services.gateway import Gateway
from services.projector import Projector
from services.runtime.kafka import INTERACTIONS
from tests.kafka.place import Place
from tests.kafka.straight import journalled
from tests.kafka.test_members import known, shared
from tests.stack import Teller, running, until

CUSTOMERS = 40


def publish_by_librdkafka(brokers: str, events: Sequence[Event]) -> None:
    """Publishes as any client of librdkafka does that sets nothing: a CRC-32 of the key says where."""
    producer = Producer({"bootstrap.servers": brokers})
    for event in events:
        producer.produce(INTERACTIONS, event.body, event.subject.encode())
    assert producer.flush(20) == 0


async def test_what_two_clients_put_in_different_partitions_is_one_relationship(place: Place) -> None:
    """Halves of matters come by different partitions and members, some twice: all joins, and counts once."""
    ours: list[Event] = []
    theirs: list[Event] = []
    due = datetime.now(UTC) + timedelta(hours=1)
    for number in range(CUSTOMERS):
        told = Teller(f"customer-{number}")
        ours.append(told.tell(ContactAttempted(contact_id="c", channel="phone"), ago=60))
        theirs.append(told.tell(ContactAnswered(contact_id="c", by="human"), ago=30))
        theirs.append(told.tell(PromiseMade(promise_id="p", what="call", due=due), ago=20))
        ours.append(told.tell(PromiseKept(promise_id="p"), ago=10))
        both = told.tell(RecognitionRemembered(what="x"), ago=5)
        ours.append(both)
        theirs.append(both)
    members: list[Projector] = []
    kind = known(members)
    async with (
        running(place.kafka, place.database, services=(Gateway, kind)) as stack,
        running(place.kafka, place.database, services=(kind,)),
    ):
        await until(shared(members, 2, 2), within=20)
        _, answer = await asyncio.gather(
            asyncio.to_thread(publish_by_librdkafka, place.kafka, theirs), stack.post(ours)
        )
        assert answer.json() == {"accepted": len(ours)}
        await until(journalled(stack, 5 * CUSTOMERS))
        await place.settled(within=20)
        spread = await stack.fetch(
            "select customer from journal group by 1 having count(distinct kafka_partition) > 1"
        )
        counted = await stack.fetch("select 1 from relationships where events = 5")
    assert all(one.partitions.applied.accepted for one in members)
    # A hash that agreed would send them all the same way.
    assert len(spread) > CUSTOMERS / 2
    assert len(counted) == CUSTOMERS
    # Matters too are those of the events taken together.
    await place.verified()
