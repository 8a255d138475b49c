"""A million events over HTTP while Kafka crashes once and restarts once: what was acknowledged is kept.

`make replay` runs it (marker `long`); what an outage does to a small flow of events is in `test_outages.py`.
"""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    Data,
    FeedbackGiven,
    PromiseKept,
    PromiseMade,
    RecognitionGreeted,
    encode,
)
from tests.kafka.place import Place
from tests.kafka.server import KafkaServer
from tests.processes import Serving, egard

_BEGINNING = datetime(2026, 1, 5, 8, tzinfo=UTC)

_ONCE = """
select
    count(*),
    count(distinct convert_from(body, 'UTF8')::jsonb ->> 'id'),
    min(convert_from(body, 'UTF8')::jsonb ->> 'id'),
    max(convert_from(body, 'UTF8')::jsonb ->> 'id')
from journal
"""


@pytest.mark.long
@pytest.mark.parametrize("size", [1_000_000])
async def test_what_was_acknowledged_survives_a_crash_and_a_restart_of_kafka(
    place: Place, kafka_server: KafkaServer, size: int
) -> None:
    """Every acknowledged event is in the journal, once, and counts once in the folds."""
    began = time.monotonic()
    history = generate(place.folder / "events.ndjson", size)
    answer = place.folder / "answer.txt"
    print(f"\n{size:,} events generated in {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    async with (
        place.serving("projector", log="projector.log") as projector,
        place.serving("gateway", log="gateway.log") as gateway,
    ):
        publishing = asyncio.create_task(
            egard("publish", str(history), "--to", gateway.url, output=answer, environment=place.environment)
        )
        try:
            for share, disturb in ((0.3, crash), (0.6, restart)):
                await reached(place, int(share * size), publishing)
                before = time.monotonic()
                await disturb(kafka_server)
                print(f"{disturb.__name__} at {share:.0%}, away for {time.monotonic() - before:.1f} s")
            code, said = await publishing
        finally:
            publishing.cancel()
        assert code == 0, said
        print(f"published in {time.monotonic() - began:.0f} s: {answer.read_text().strip()}")
        assert answer.read_text().startswith(f"{size:,} events accepted, 0 refused, of {size:,} lines.")
        await place.settled(within=3600)
        assert alive(gateway, projector)
    records = await place.published()
    print(f"{records:,} records on the topic, folded {time.monotonic() - began:.0f} s after the beginning")
    assert await place.row(_ONCE) == (size, size, name(0), name(size - 1))
    assert await place.row("select sum(events)::bigint from relationships") == (size,)
    assert await place.row("select count(*) from dead_letters") == (0,)


async def crash(kafka: KafkaServer) -> None:
    """Kafka is killed, and comes back with what was on its disk."""
    await kafka.kill()
    await kafka.start()


async def restart(kafka: KafkaServer) -> None:
    """Kafka is stopped in good order and started again."""
    await kafka.restart()


async def reached(place: Place, count: int, publishing: "asyncio.Task[tuple[int, str]]") -> None:
    """Waits until so many records were published, and sees that more are to come."""
    while await place.published() < count:
        assert not publishing.done(), publishing.result()
        await asyncio.sleep(0.1)
    assert not publishing.done()


def alive(*some: Serving) -> bool:
    """Whether processes still run."""
    return all(one.running for one in some)


def name(number: int) -> str:
    """The id of an event: in order of their numbers, names are in order too."""
    return f"event-{number:08}"


def generate(path: Path, size: int) -> Path:
    """So many events: of each customer twenty, a thousand customers at a time."""
    draw = random.Random(size)
    with path.open("wb") as file:
        for number in range(size):
            matter = f"matter-{number}"
            at = _BEGINNING + timedelta(seconds=number * 10_000_000 / size)
            data = _KINDS[number % len(_KINDS)](matter, at)
            customer = f"customer-{number // 20_000 * 1000 + draw.randrange(1000)}"
            body = encode(data, subject=customer, source="/million", id=name(number), time=at)
            file.write(body + b"\n")
    return path


_KINDS: tuple[Callable[[str, datetime], Data], ...] = (
    lambda matter, _: ContactAttempted(contact_id=matter, channel="phone"),
    lambda matter, _: ContactAnswered(contact_id=matter, by="human", waited_s=31.5),
    lambda matter, _: ContactMissed(contact_id=matter, cause="rang_out"),
    lambda matter, at: PromiseMade(promise_id=matter, what="call back", due=at + timedelta(hours=8)),
    lambda matter, _: PromiseKept(promise_id=matter),
    lambda *_: RecognitionGreeted(by_name=True),
    lambda *_: FeedbackGiven(score=80),
)
