"""One run: requests and records at once, then the books."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from services.runtime.kafka import INTERACTIONS
from tests.fuzz.events import Key
from tests.fuzz.ledger import NEIGHBOUR, Ledger
from tests.fuzz.producing import Place as At
from tests.fuzz.producing import produce
from tests.fuzz.records import Made, records_of
from tests.fuzz.requests import Request, request_of
from tests.fuzz.wire import Connection
from tests.kafka.place import Place
from tests.processes import Serving

_CONNECTIONS = 16
_BATCH = 200
_OVER_HTTP = 0.7
"""The share of the malformed that goes over HTTP."""

_SETTLED_WITHIN = 900.0

Progress = Callable[[Ledger], None]


async def fuzz(place: Place, *, count: int, seed: int, progress: Progress) -> tuple[Ledger, dict[str, int]]:
    """Sends so many malformed inputs and their neighbours; returns the books and the sums.

    What is sent follows from the seed and the count alone; in which order it arrives does not.
    """
    ledger = Ledger()
    async with (
        place.serving("gateway", log="gateway.log") as gateway,
        place.serving("projector", log="projector.log") as projector,
    ):
        over_http = round(count * _OVER_HTTP)
        async with asyncio.TaskGroup() as group:
            group.create_task(_ask(gateway.port, ledger, over_http, seed, progress))
            group.create_task(_produce(place, ledger, count - over_http, seed, progress))
        await _settled(place, projector)
        for name, process in (("gateway", gateway), ("projector", projector)):
            _check(ledger, name, process)
    published = await place.published()
    journal, dead = await _kept(place)
    return ledger, ledger.settle(published, journal, dead)


# ------------------------------------------------------------------------------------------------ HTTP


async def _ask(port: int, ledger: Ledger, count: int, seed: int, progress: Progress) -> None:
    """Sends requests over some connections at once until so many were malformed."""
    spoiled = 0
    number = 0

    async def work() -> None:
        nonlocal spoiled, number
        async with Connection(port) as connection:
            while spoiled < count:
                number += 1
                mine = number
                one = request_of(Random(f"{seed}/http/{mine}"), _customers(count))
                spoiled += one.kind != NEIGHBOUR
                await _send(connection, ledger, mine, one)
                if one.again is not None:
                    spoiled += 1
                    await _send(connection, ledger, mine, one.again)
                progress(ledger)

    async with asyncio.TaskGroup() as group:
        for _ in range(_CONNECTIONS):
            group.create_task(work())


async def _send(connection: Connection, ledger: Ledger, number: int, one: Request) -> None:
    while True:
        answer = await connection.ask(one.wire, alien=one.alien)
        if answer is None or answer.status != 503:
            ledger.answered(number, one, answer)
            return
        ledger.turned_away(answer)
        await asyncio.sleep(float(answer.retry_after or 1))


# ----------------------------------------------------------------------------------------------- Kafka


async def _produce(place: Place, ledger: Ledger, count: int, seed: int, progress: Progress) -> None:
    """Publishes records, batch after batch, until so many were malformed."""
    spoiled = number = 0
    async with AIOKafkaProducer(bootstrap_servers=place.kafka, max_request_size=2_000_000) as producer:
        partitions = sorted(await producer.partitions_for(INTERACTIONS))
        while spoiled < count:
            batch: list[Made] = []
            while len(batch) < _BATCH and spoiled < count:
                number += 1
                some = records_of(Random(f"{seed}/kafka/{number}"), _customers(count))
                spoiled += sum(one.kind != NEIGHBOUR for one in some)
                batch += some
            draw = Random(f"{seed}/batch/{number}")
            places = await produce(producer, INTERACTIONS, draw.choice(partitions), batch, draw)
            ledger.produced(batch, places)
            progress(ledger)


# ------------------------------------------------------------------------------------------- the books


async def _settled(place: Place, projector: Serving) -> None:
    """Waits until everything was read, or until nobody is there to read it."""
    settling = asyncio.create_task(place.settled(within=_SETTLED_WITHIN))
    ending = asyncio.create_task(projector.ended(within=_SETTLED_WITHIN))
    await asyncio.wait((settling, ending), return_when=asyncio.FIRST_COMPLETED)
    for task in (settling, ending):
        task.cancel()
    await asyncio.gather(settling, ending, return_exceptions=True)


def _customers(count: int) -> int:
    return max(10, count // 20)


def _check(ledger: Ledger, name: str, process: Serving) -> None:
    """The process lives, and nothing was thrown that nobody caught."""
    if not process.running:
        ledger.says(f"the {name} ended: {process.said()[-2000:]}")
    said = process.said()
    if "Traceback" in said:
        ledger.says(f"the {name} logged {said[said.index('Traceback') :][:3000]}")


async def _kept(place: Place) -> tuple[dict[At, Key], set[At]]:
    """Where the records of the journal and of the dead letters stood."""
    connection: Any = await asyncpg.connect(place.database)
    try:
        rows = await connection.fetch("select kafka_partition, kafka_offset, customer, identity from journal")
        dead = await connection.fetch("select kafka_partition, kafka_offset from dead_letters")
    finally:
        await connection.close()
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}, {(row[0], row[1]) for row in dead}
