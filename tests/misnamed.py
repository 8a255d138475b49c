"""Records with header names that are not UTF-8: brokers take them, and no client of ours can make them."""

from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

Made = tuple[bytes, bytes, Sequence[tuple[bytes, bytes]]]
"""Key, value and headers of a record."""


class Name(str):
    """A name that is written as other bytes than its own."""

    __slots__ = ("_bytes",)
    _bytes: bytes

    @classmethod
    def of(cls, name: bytes) -> "Name":
        made = cls(name.decode("latin-1"))
        made._bytes = name
        return made

    def encode(self, *_: str) -> bytes:
        return self._bytes


async def produce(
    brokers: str, topic: str, partition: int, records: Iterable[Made], *, compression: int = 0
) -> int:
    """Publishes records to a partition, in one batch; returns the offset of the first."""
    async with AIOKafkaProducer(bootstrap_servers=brokers) as producer:
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(
            magic=2,
            compression_type=compression,
            is_transactional=0,
            producer_id=-1,
            producer_epoch=-1,
            base_sequence=-1,
            batch_size=1 << 20,
        )
        for key, value, headers in records:
            named = [(Name.of(name), content) for name, content in headers]
            batch.append(key=key, value=value, timestamp=None, headers=named)
        batch.close()
        sent = await producer.send_batch(batch, topic, partition=partition)
        return int((await sent).offset)
