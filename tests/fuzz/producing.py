"""Publishes records that no decent client would make, in batches of any compression."""

from collections.abc import Sequence
from random import Random

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from tests.fuzz.records import Made
from tests.misnamed import Name

Place = tuple[int, int]
"""Where a record stands: partition and offset."""

_PLAIN, _GZIP, _ZSTD = 0, 1, 4
_ROOM = 900_000
"""Bytes that a batch may have; the broker takes a little more."""


async def produce(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Made], draw: Random
) -> list[Place]:
    """Publishes records to a partition, in order; returns where each of them stands."""
    places: list[Place] = []
    while len(places) < len(records):
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(
            magic=2,
            compression_type=draw.choice((_PLAIN, _GZIP, _ZSTD)),
            is_transactional=0,
            producer_id=-1,
            producer_epoch=-1,
            base_sequence=-1,
            batch_size=_ROOM,
        )
        count = 0
        for one in records[len(places) :]:
            headers = [(Name.of(name), value) for name, value in one.headers]
            if batch.append(key=one.key, value=one.value, timestamp=None, headers=headers) is None:
                break
            count += 1
        batch.close()
        sent = await producer.send_batch(batch, topic, partition=partition)
        base = (await sent).offset
        places += [(partition, base + number) for number in range(count)]
    return places
