"""The projector's consumer: under a backlog, each partition has its turn."""

from collections import Counter

from aiokafka import AIOKafkaProducer, TopicPartition

from services.embedded import PARTITIONS, EmbeddedBroker
from services.projector.consumer import Consumer
from services.runtime.kafka import INTERACTIONS
from tests.stack import until

PORTION = 50
DEEP = 10 * PORTION
"""Records of each partition that nobody has read yet."""


async def test_no_partition_is_served_twice_while_another_waits() -> None:
    """All partitions are deep behind: portion by portion they take turns, and none is read out before."""
    places = [TopicPartition(INTERACTIONS, number) for number in range(PARTITIONS)]
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        async with AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
            for place in places:
                for number in range(DEEP):
                    await producer.send(INTERACTIONS, b"%d" % number, partition=place.partition)
        consumer = Consumer(bootstrap_servers=broker.address, standing=dict, auto_offset_reset="none")
        async with consumer:
            consumer.assign(places)
            for place in places:
                consumer.seek(place, 0)

            async def all_are_here() -> bool:
                return len(consumer._fetcher._records) == PARTITIONS

            await until(all_are_here)
            served: Counter[int] = Counter()
            read: dict[int, list[bytes]] = {place.partition: [] for place in places}
            for _ in range(DEEP // PORTION * PARTITIONS):
                for place, records in (await consumer.getmany(max_records=PORTION)).items():
                    served[place.partition] += 1
                    read[place.partition] += [record.value for record in records]
                assert max(served.values()) - min(served[place.partition] for place in places) <= 1
    assert set(served.values()) == {DEEP // PORTION}
    # In turns, and each in its order.
    assert all(values == [b"%d" % number for number in range(DEEP)] for values in read.values())
