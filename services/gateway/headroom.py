"""Room on the embedded broker, which deletes what was not read yet once a partition holds about 5 MB."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable

from services.runtime.database import TRANSIENT, Pool, end_if_cancelled

_CAP = 3 * 1024 * 1024
"""Unread bytes per partition at which the gateway asks publishers to wait."""

_OVERHEAD = 100
"""Bytes that a record takes besides key and value."""

_POSITIONS = "select kafka_partition, next_offset from positions where topic = $1"


class Headroom:
    """Keeps count of what was published and not yet read."""

    def __init__(self, pool: Pool, topic: str) -> None:
        self._pool = pool
        self._topic = topic
        self._unread: dict[int, deque[tuple[int, int]]] = defaultdict(deque)
        self._bytes: dict[int, int] = defaultdict(int)

    def note(self, places: Iterable[tuple[int, int]], sizes: Iterable[int]) -> None:
        """Counts what was published, by (partition, offset)."""
        for (partition, offset), size in zip(places, sizes, strict=True):
            self._unread[partition].append((offset, size + _OVERHEAD))
            self._bytes[partition] += size + _OVERHEAD

    @property
    def full(self) -> bool:
        """Whether publishers should wait."""
        return max(self._bytes.values(), default=0) > _CAP

    async def follow(self) -> None:
        """Looks again and again at how far the projector has read."""
        while True:
            await asyncio.sleep(0.1)
            try:
                rows = await self._pool.fetch(_POSITIONS, self._topic)
            except TRANSIENT as error:
                end_if_cancelled(error)
                continue
            for row in rows:
                self._forget(row["kafka_partition"], row["next_offset"])

    def _forget(self, partition: int, position: int) -> None:
        unread = self._unread[partition]
        while unread and unread[0][0] < position:
            self._bytes[partition] -= unread.popleft()[1]
