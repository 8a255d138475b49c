"""What tests of identity share: events of some hours ago, brought to the database as the projector does."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from unittest.mock import patch

from events import Data, Event, make
from projections.strategy import Strategy
from services.cli.verify import verify
from services.projector.batch import prepare
from services.projector.engine import Applied, Engine
from services.projector.records import Record
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS

NOW = datetime.now(UTC).replace(microsecond=0)
SAME = 1e-9

_ids = count(1)


def told(subject: str, hours: float, data: Data, name: str = "", *, source: str = "/test") -> Event:
    """An event of some hours ago."""
    return make(
        data, subject=subject, source=source, id=name or f"e{next(_ids)}", time=NOW - timedelta(hours=hours)
    )


def records(events: Sequence[Event], first: int = 0) -> list[Record]:
    """Events as the topic holds them."""
    arrived = int(datetime.now(UTC).timestamp() * 1000)
    return [
        Record(first + place, one.subject.encode(), one.body, [], arrived) for place, one in enumerate(events)
    ]


class Journal:
    """Brings batches to the database as the projector does, without Kafka."""

    def __init__(self, pool: Pool, strategy: Strategy) -> None:
        self.engine = Engine(pool, strategy, INTERACTIONS)
        self._next = 0

    async def tell(self, *events: Event) -> Applied:
        """Applies a batch."""
        return await self.tell_records(records(events, self._next))

    async def tell_records(self, some: Sequence[Record]) -> Applied:
        """Applies records whose offsets go on from the last ones."""
        applied = await self.engine.apply(prepare(0, self._next, some), 0)
        self._next = some[-1].offset + 1
        return applied


async def assert_verified(database_url: str) -> None:
    """What is stored is what the journal amounts to."""
    with patch.dict(os.environ, EGARD_DATABASE=database_url):
        assert await verify() == 0
