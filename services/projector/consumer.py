"""aiokafka's consumer, made to lose nothing and to pass no partition over when it cannot read one.

Under a backlog aiokafka hands out all that it has of one partition, often tens of thousands of records,
before it comes to the next. Here whichever was served goes to the end of the line: each has its turn.

Two habits of aiokafka 0.14 would cost us events, both when records cannot be parsed:

- `getmany` takes the records of one partition after another. Where a later one raises, what it took of the
  earlier ones is gone, though their positions have moved on: these records would never be seen. So after any
  failure all partitions are set back to where the projector stands.
- The name of a header is decoded strictly, though brokers take any bytes. A single record with another name
  makes every later `getmany` raise, and FastStream tries again without a word. So a partition that fails for
  this is read once by ourselves, with aiokafka's own pure-Python parser and names that escape what is not
  UTF-8. The projector then refuses that record like any other.

Nothing of these two runs while nothing fails. And one habit of FastStream would cost us time: after a look
that found nothing it sleeps, and does not see what comes meanwhile. So a look ends when something was found.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    KafkaError,
    LeaderNotAvailableError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

from services.runtime.database import sentence

log = logging.getLogger("egard.projector")

_APART = 10.0
"""Seconds for which partitions are read one by one after a failure."""

_PAUSE = 1.0
"""Seconds until a partition is tried again that cannot be read."""

_LOOK_MS = 1000
"""Milliseconds that one look waits for records; then it is seen whether we were stopped."""

_Found = dict[Any, list[Any]]


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer whose `getmany` fails for the partition that cannot be read, and for no other."""

    def __init__(self, *topics: str, standing: Callable[[], Mapping[Any, int]], **more: Any) -> None:
        """`standing` tells the offset of the next record to apply in each partition that we own."""
        super().__init__(*topics, **more)
        self._standing = standing
        self.handed_out: dict[Any, int] = {}
        """The offset after the last record that was handed out, of each partition."""
        self._apart_until = 0.0
        self._again_at: dict[Any, float] = {}

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> _Found:
        """Records of each partition, in order; waits until there are some, unless something failed lately.

        Raises `KafkaError` where none can be read and one failed.
        """
        if asyncio.get_running_loop().time() < self._apart_until:
            return await self._each_apart(max_records or 1)
        found: _Found = {}
        try:
            while not found:
                found = await super().getmany(
                    *partitions, timeout_ms=max(timeout_ms, _LOOK_MS), max_records=max_records
                )
        except ConsumerStoppedError:
            raise
        except Exception:
            self._set_back()
            self._apart_until = asyncio.get_running_loop().time() + _APART
            return {}
        for place, records in found.items():
            self._note(place, records)
        self._to_the_end(found)
        return found

    def _note(self, place: Any, records: Sequence[Any]) -> None:
        """Notes what is handed out, before anybody can see that the position is past it."""
        self.handed_out[place] = records[-1].offset + 1

    def _to_the_end(self, served: Iterable[Any]) -> None:
        """Lets every other partition whose records are here already be served before these."""
        here = self._fetcher._records
        for place in served:
            if place in here:
                here.move_to_end(place)

    def _set_back(self) -> None:
        """Lets every partition be read again from where the projector stands."""
        for place, offset in self._standing().items():
            if place in self.assignment():
                self.seek(place, offset)

    async def _each_apart(self, most: int) -> _Found:
        loop = asyncio.get_running_loop()
        found: _Found = {}
        failure: KafkaError | None = None
        for place in sorted(self.assignment()):
            if loop.time() < self._again_at.get(place, 0.0):
                continue
            try:
                records = await self._of_one(place, most)
            except ConsumerStoppedError:
                raise
            except Exception as error:
                failure = self._failed(place, error)
                continue
            self._again_at.pop(place, None)
            if records:
                self._note(place, records)
                found[place] = records
        if failure is not None:
            self._apart_until = loop.time() + _APART
            if not found:
                raise failure
        return found

    def _failed(self, place: Any, error: Exception) -> KafkaError:
        """Notes that a partition cannot be read; says so the first time."""
        if place not in self._again_at:
            log.warning(
                "Partition %d of %s cannot be read at present: %s The others go on.",
                place.partition,
                place.topic,
                sentence(error),
            )
        self._again_at[place] = asyncio.get_running_loop().time() + _PAUSE
        # FastStream waits after an error of Kafka's, and would try again at once after any other.
        return error if isinstance(error, KafkaError) else CorruptRecordException(sentence(error))

    async def _of_one(self, place: Any, most: int) -> list[Any]:
        try:
            found: _Found = await super().getmany(place, timeout_ms=0, max_records=most)
        except (UnicodeDecodeError, CorruptRecordException) as error:
            # The parser in Python wraps what the one in C raises.
            if UnicodeDecodeError not in (type(error), type(error.__cause__)):
                raise
            return await self._escaping(place, most)
        return found.get(place, [])

    async def _escaping(self, place: Any, most: int) -> list[Any]:
        """The next records of a partition, read by ourselves; what is no UTF-8 in names is escaped."""
        offset = self._standing().get(place)
        if offset is None:
            return []
        leader = self._client.cluster.leader_for_partition(place)
        if leader is None or leader == -1:
            raise LeaderNotAvailableError(place)
        fetcher = self._fetcher
        wanted = [(place.topic, [(place.partition, offset, fetcher._max_partition_fetch_bytes)])]
        response = await self._client.send(
            leader,
            FetchRequest(
                fetcher._fetch_max_wait_ms, 1, fetcher._fetch_max_bytes, fetcher._isolation_level, wanted
            ),
        )
        [(_, [(_, code, _, *rest)])] = response.topics
        if code:
            raise for_code(code)(place)
        records = PartitionRecords(
            place,
            _Records(rest[-1]),
            rest[2] if response.API_VERSION >= 11 else rest[-2],  # its place in the answer changed
            offset,
            None,
            None,
            True,
            fetcher._isolation_level,
        )
        found = list(islice(records, most))
        if self._standing().get(place) != offset:
            return []  # it was taken from us, or set elsewhere, while Kafka answered
        self.seek(TopicPartition(*place), records.next_fetch_offset)
        return found


class _Records(_MemoryRecordsPy):  # type: ignore[misc]
    """Record batches whose records may have headers of any name."""

    def next_batch(self) -> Any:
        piece = self._next_slice
        batch = super().next_batch()
        # Headers came with the second version of the format.
        return batch if piece is None or piece[self.MAGIC_OFFSET] < 2 else _Batch(piece)


class _Batch(_DefaultRecordBatchPy):  # type: ignore[misc]
    _buffer: bytearray

    def __iter__(self) -> Any:
        self._maybe_uncompress()
        self._buffer = _Escaping(self._buffer)
        return self


class _Escaping(bytearray):
    """Bytes that decode to text whatever they are; the parser decodes nothing but the names of headers."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return found if isinstance(found, int) else _Escaping(found)

    def decode(self, *_: Any, **__: Any) -> str:
        return bytes(self).decode("utf-8", "surrogateescape")
