"""The second sweep: what was under way during the first is gone once every partition was read that far."""

from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from events import CustomerErased, RecognitionRemembered
from projections.strategy import Strategy
from services.projector.announcer import Announcer
from services.projector.finisher import Finisher
from services.projector.positions import Position, load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import Outgoing, Producer
from tests.integration.identity.test_erasure import left
from tests.integration.identity.told import Journal, told


class Ends:
    """What the finisher asks of Kafka: how far two partitions reach."""

    def __init__(self, *ends: int) -> None:
        self._ends = ends

    def partitions_for_topic(self, topic: str) -> set[int]:
        """The numbers of the partitions."""
        assert topic == INTERACTIONS
        return set(range(len(self._ends)))

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Where each ends."""
        return {place: self._ends[place.partition] for place in places}


class Heard(Producer):
    """Keeps what would be published."""

    def __init__(self) -> None:
        super().__init__("nowhere:9092", client="test")
        self.heard: list[Outgoing] = []

    async def publish(self, records: Any) -> Any:
        """Notes records."""
        self.heard += list(records)


class Away(Producer):
    """A process that dies while it announces."""

    async def publish(self, records: Any) -> Any:
        """Dies."""
        raise SystemExit(list(records))


def finisher(
    pool: Pool,
    strategy: Strategy,
    producer: Producer,
    ends: Any,
    owned: dict[int, Position],
    read: Mapping[int, int] | None = None,
) -> Finisher:
    """A finisher of a process that owns some partitions, and has read them up to somewhere."""

    async def reading() -> Mapping[int, int]:
        return read or {}

    return Finisher(
        pool=pool,
        announcer=Announcer(pool, producer),
        topic=INTERACTIONS,
        consumer=lambda: ends,
        owned=lambda: owned,
        read=reading,
    )


async def erased(pool: Pool, journal: Journal) -> None:
    """Anna is erased; outreach, which was deciding meanwhile, leaves a cause, and the desk an event."""
    await load(pool, INTERACTIONS, [1])
    await journal.tell(told("anna", 2, RecognitionRemembered(what="x")), told("anna", 1, CustomerErased()))
    await pool.execute(
        "insert into causes (customer, trigger, episode, at, source, event_id) "
        "values ('anna', 'retold', 'e', now(), '/test', 'x')"
    )
    await pool.execute("insert into outbox (topic, key, value) values ('egard.interactions', 'anna', '{}')")


async def test_it_waits_for_every_partition_and_then_forgets_the_ids(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Until each partition has passed the end it had, the ids are kept; then nothing is, and readers know."""
    await erased(pool, journal)
    producer, owned = Heard(), {0: Position(2, 2), 1: Position(0, 0)}
    ends = Ends(2, 5)
    await finisher(pool, strategy, producer, ends, owned).look()
    assert await left(pool, ["anna"]) != {}
    await pool.execute("update positions set next_offset = 5 where kafka_partition = 1")
    await finisher(
        pool, strategy, producer, Ends(2, 99), owned
    ).look()  # the ends are those of the first look
    assert await left(pool, ["anna"]) != {}
    owned[1] = Position(5, 5)
    await finisher(pool, strategy, producer, Ends(2, 99), owned).look()
    assert await left(pool, ["anna"]) == {}
    assert [(one.key, one.value) for one in producer.heard] == [(b"anna", None)]
    [audit] = await pool.fetch("select rows, finished_at is not null as finished from erasures")
    assert (audit["rows"], audit["finished"]) == (4, True)


async def test_who_dies_while_finishing_leaves_it_to_the_next(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A process that dies before the announcements are taken back keeps the ids for its successor."""
    await erased(pool, journal)
    owned = {0: Position(2, 2), 1: Position(0, 0)}
    with pytest.raises(SystemExit):
        await finisher(pool, strategy, Away("nowhere:9092", client="test"), Ends(2, 0), owned).look()
    assert await pool.fetchval("select count(*) from erasing") == 1
    producer = Heard()
    await finisher(pool, strategy, producer, Ends(2, 0), owned).look()
    assert [one.key for one in producer.heard] == [b"anna"]
    assert await left(pool, ["anna"]) == {}
    assert await pool.fetchval("select rows from erasures") == 4


async def test_while_kafka_does_not_say_how_far_it_reaches_nothing_is_finished(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Without the ends there is no telling what is still to come: the ids stay, and it is tried again."""
    await erased(pool, journal)

    class Silent(Ends):
        async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
            raise KafkaConnectionError(places)

    with pytest.raises(KafkaConnectionError):
        await finisher(pool, strategy, Heard(), Silent(2, 0), {0: Position(2, 2)}).look()
    assert await pool.fetchval("select count(*) from erasures where finished_at is null") == 1


async def over(pool: Pool) -> bool:
    """Whether the erasure is."""
    found: bool = await pool.fetchval("select finished_at is not null from erasures")
    return found


async def test_what_was_read_beyond_the_last_record_counts_whoever_read_it(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Two processes each read a partition that ends with markers: together they finish; no position moves."""
    await erased(pool, journal)
    ends = Ends(3, 5)
    await finisher(pool, strategy, Heard(), ends, {0: Position(2, 2)}, {0: 3}).look()
    assert not await over(pool)
    await finisher(pool, strategy, Heard(), ends, {1: Position(0, 0)}, {1: 5}).look()
    assert await over(pool)
    rows = await pool.fetch("select next_offset, announced_offset from positions order by kafka_partition")
    assert [tuple(row) for row in rows] == [(2, 2), (0, 0)]


@pytest.mark.parametrize(
    ("next_", "announced", "read_from", "read_until"),
    [
        pytest.param(2, 2, 2, 8, id="it was not read that far"),
        pytest.param(1, 1, 2, 9, id="the position was set back"),
        pytest.param(3, 3, 2, 9, id="there was a record after all"),
        pytest.param(2, 1, 2, 9, id="not everything is announced"),
        pytest.param(2, 2, None, None, id="nobody said so"),
    ],
)
async def test_what_was_read_elsewhere_or_less_far_does_not_count(
    pool: Pool,
    journal: Journal,
    strategy: Strategy,
    next_: int,
    announced: int,
    read_from: int | None,
    read_until: int | None,
) -> None:
    """What was read counts from where all is applied and announced, and as far as the end that was noted."""
    await erased(pool, journal)
    await pool.execute(
        "update positions set next_offset = $1, announced_offset = $2, read_from = $3, read_until = $4 "
        "where kafka_partition = 0",
        *(next_, announced, read_from, read_until),
    )
    await finisher(pool, strategy, Heard(), Ends(9, 0), {}).look()
    assert not await over(pool)


async def test_only_who_stands_where_the_database_stands_says_what_was_read(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A process whose partition was set back, or moved on by another, says nothing of it."""
    await erased(pool, journal)
    for stands in (1, 3):
        owned = {0: Position(stands, stands)}
        await finisher(pool, strategy, Heard(), Ends(9, 0), owned, {0: 9}).look()
    assert await pool.fetchval("select read_until from positions where kafka_partition = 0") is None
    assert not await over(pool)
